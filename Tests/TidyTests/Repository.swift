#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The files of this checkout.
enum Repository {
    /// Text files that people write, by their extension; those without one are listed by name.
    private static let extensions: Set<String> = [
        "swift", "c", "h", "md", "py", "sh", "json", "txt", "yml", "yaml",
    ]
    private static let names: Set<String> = [
        "Makefile", "run", "LICENSE", ".gitignore", ".swift-format", ".clang-format", ".swift-version",
    ]
    /// Made by tools, not by people.
    private static let skippedFolders: Set<String> = [
        ".git", ".swiftpm", ".venv", "__pycache__", "Goldens", "Fixtures", "build", "shared",
    ]

    static let root: String = {
        let source = URL(filePath: #filePath, directoryHint: .notDirectory).resolvingSymlinksInPath()
        let root = source.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .path
        return root.hasSuffix("/") ? String(root.dropLast()) : root
    }()

    /// Every text file, by path.
    static let files: [SourceText] = {
        var files: [SourceText] = []
        collect("", into: &files)
        return files
    }()

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root + "/" + path)
    }

    /// The file at `path`, empty when there is none: what it should say is then missing.
    static func file(_ path: String) -> SourceText {
        files.first { $0.path == path } ?? SourceText(path: path, text: "")
    }

    /// Names of the folders in `Sources`.
    static var targets: Set<String> {
        Set(entries("Sources").filter { isFolder("Sources/" + $0) })
    }

    // MARK: - Internals

    private static func entries(_ folder: String) -> [String] {
        let path = folder.isEmpty ? root : root + "/" + folder
        return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    private static func isFolder(_ path: String) -> Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: root + "/" + path)
        return attributes?[.type] as? FileAttributeType == .typeDirectory
    }

    private static func collect(_ folder: String, into files: inout [SourceText]) {
        for entry in entries(folder) {
            let path = folder.isEmpty ? entry : folder + "/" + entry
            if isFolder(path) {
                if !skippedFolders.contains(entry) && !entry.hasPrefix(".build") {
                    collect(path, into: &files)
                }
            } else if names.contains(entry)
                || extensions.contains(String(entry.split(separator: ".").last ?? ""))
            {
                guard let data = FileManager.default.contents(atPath: root + "/" + path) else { continue }
                files.append(SourceText(path: path, text: String(decoding: data, as: UTF8.self)))
            }
        }
    }
}
