/// A folder that appears under its name when all of it is written, or not at all.
///
/// It is written beside its place under another name. Dropped without ``commit()``, it is removed, and so are the
/// folders above that were made for it.
package final class StagedFolder {
    package let destination: String
    /// Where to write until the end.
    package let path: String
    /// The outermost folder that was made for the destination, and those inside of it.
    private var madeFolders: [String] = []
    private var isCommitted = false

    /// - Parameter mayReplace: whether what is at the destination may be replaced; asked when there is something.
    package init(_ destination: String, mayReplace: (String) -> Bool) throws(CheckpointError) {
        let folder =
            destination.count > 1 && destination.hasSuffix("/") ? String(destination.dropLast()) : destination
        self.destination = folder
        path = "\(folder).unfinished-\(OutputSystem.processNumber)"
        switch FileSystem.kind(of: folder) {
        case .missing: break
        case .folder where FileSystem.entries(of: folder).isEmpty || mayReplace(folder): break
        case .folder:
            throw CheckpointError(
                .unwritable,
                "\(folder) is not empty and not something that this command wrote: name another folder, or "
                    + "remove it")
        case .file, .other:
            throw CheckpointError(
                .unwritable, "\(folder) is a file: name another folder, or remove it")
        }
        do throws(OutputSystem.Failure) {
            if let slash = folder.lastIndex(of: "/"), slash != folder.startIndex {
                try makeFolders(String(folder[..<slash]))
            }
            // What an earlier process of this number left, when it was killed.
            OutputSystem.removeTree(path)
            _ = try OutputSystem.makeFolder(path)
        } catch {
            removeMadeFolders()
            throw .unwritable(folder, error.reason)
        }
    }

    deinit {
        guard !isCommitted else { return }
        OutputSystem.removeTree(path)
        removeMadeFolders()
    }

    /// Makes a folder inside, and those above it.
    package func makeFolder(_ name: String) throws(CheckpointError) {
        var folder = path
        for part in name.split(separator: "/") {
            folder += "/" + part
            do {
                _ = try OutputSystem.makeFolder(folder)
            } catch {
                throw .unwritable(folder, error.reason)
            }
        }
    }

    /// Puts the folder in its place. What was there before is removed.
    package func commit() throws(CheckpointError) {
        let previous = "\(destination).replaced-\(OutputSystem.processNumber)"
        let replaces = FileSystem.kind(of: destination) != .missing
        do throws(OutputSystem.Failure) {
            if replaces {
                OutputSystem.removeTree(previous)
                try OutputSystem.rename(destination, to: previous)
            }
            do throws(OutputSystem.Failure) {
                try OutputSystem.rename(path, to: destination)
            } catch {
                if replaces { try OutputSystem.rename(previous, to: destination) }
                throw error
            }
        } catch {
            throw .unwritable(destination, error.reason)
        }
        isCommitted = true
        OutputSystem.removeTree(previous)
    }

    // MARK: - Internals

    private func makeFolders(_ path: String) throws(OutputSystem.Failure) {
        guard FileSystem.kind(of: path) != .folder else { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeFolders(String(path[..<slash]))
        }
        if try OutputSystem.makeFolder(path) { madeFolders.append(path) }
    }

    private func removeMadeFolders() {
        for folder in madeFolders.reversed() { OutputSystem.removeEmptyFolder(folder) }
    }
}
