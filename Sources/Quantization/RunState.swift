internal import Checkpoints
internal import JSON

/// What is known of finished layers, in files beside them.
final class RunState {
    private let folder: String
    private let fingerprint: JSONOutput
    /// Reports of the layers that are finished.
    private(set) var finished: [[LinearReport]] = []

    /// Goes on with what is in the folder if it is of the same run, and starts anew otherwise.
    init(folder: String, fingerprint: JSONOutput, layers: Int) throws(QuantizationError) {
        self.folder = folder
        self.fingerprint = fingerprint
        if let reports = read(), reports.count <= layers,
            FileSystem.kind(of: hiddenPath(reports.count)) == .file,
            (0..<reports.count).allSatisfy({
                FileSystem.kind(of: folder + "/" + LayerFile.name($0)) == .file
            })
        {
            finished = reports
        } else {
            for name in FileSystem.entries(of: folder) { Folder.remove(folder + "/" + name) }
        }
    }

    func readHidden(into hidden: Activations) throws(QuantizationError) {
        let path = hiddenPath(finished.count)
        let file = try InputFile(path: path)
        let bytes = UnsafeMutableRawBufferPointer(hidden.elements)
        guard file.byteCount == bytes.count else {
            throw .file(
                path: path, reason: "has another size than expected; remove \(folder) and start again")
        }
        for first in stride(from: 0, to: bytes.count, by: 1 << 22) {
            let part = first..<min(first + 1 << 22, bytes.count)
            UnsafeMutableRawBufferPointer(rebasing: bytes[part]).copyBytes(from: try file.read(part))
        }
    }

    /// Notes a layer. The files are complete or not there, whenever the process ends.
    func finish(_ reports: [LinearReport], hidden: Activations) throws(QuantizationError) {
        let path = hiddenPath(finished.count + 1)
        let file = try OutputFile(path: path + ".part")
        try file.write(UnsafeRawBufferPointer(hidden.elements))
        try file.finish()
        try Folder.rename(path + ".part", to: path)
        finished.append(reports)
        let state = try OutputFile(path: statePath + ".part")
        try state.write(Array(text.utf8))
        try state.finish()
        try Folder.rename(statePath + ".part", to: statePath)
        Folder.remove(hiddenPath(finished.count - 1))
    }

    func remove() {
        Folder.remove(hiddenPath(finished.count))
        Folder.remove(statePath)
    }

    // MARK: - Internals

    private var statePath: String { folder + "/state.json" }

    private func hiddenPath(_ layer: Int) -> String { folder + "/hidden-\(layer).bin" }

    private var text: String {
        let layers = finished.map { reports in
            JSONOutput.array(
                reports.map {
                    .object([
                        .init("name", .string($0.name)), .init("relativeError", .number($0.relativeError)),
                    ])
                })
        }
        return JSONOutput.object([.init("run", fingerprint), .init("layers", .array(layers))]).text
    }

    /// The reports of another run's layers, if it was the same run.
    private func read() -> [[LinearReport]]? {
        guard let file = try? InputFile(path: statePath), let bytes = try? file.read(0..<file.byteCount),
            let document = try? JSONDocument(bytes), let members = document.root.members,
            let run = members["run"], JSONOutput(run) == fingerprint, let layers = members["layers"]?.elements
        else { return nil }
        return layers.map { layer in
            (layer.elements.map { Array($0) } ?? []).compactMap { report in
                guard let fields = report.members, let name = fields["name"]?.text?.string,
                    let error = fields["relativeError"]?.double
                else { return nil }
                return LinearReport(name: name, relativeError: error)
            }
        }
    }
}
