internal import Tensors

extension CheckpointSummary {
    /// A workspace's settings and packed matrices.
    init(workspace path: String) throws(CheckpointError) {
        let folder = WorkspaceFolder(path)
        let packed = try PackedCheckpoint(folder)
        let ranks = packed.ranks == 1 ? "" : ", \(packed.ranks) ranks"
        let tables = packed.files.map(\.table)
        var tensors: [Tensor] = []
        for matrix in tables.flatMap(\.matrices) {
            let bytes = matrix.format?.byteCount(rows: matrix.rows, columns: matrix.columns)
            tensors.append(
                Tensor(
                    name: matrix.parts.map(\.name).joined(separator: " + "),
                    shape: [matrix.rows, matrix.columns],
                    type: matrix.format?.description ?? matrix.storage.rawValue, isReadable: true,
                    byteCount: bytes))
        }
        for vector in tables.flatMap(\.vectors) {
            tensors.append(
                Tensor(
                    name: vector.parts.map(\.name).joined(separator: " + "), shape: [vector.count],
                    type: "fp32",
                    isReadable: true, byteCount: vector.count * MemoryLayout<Float>.size))
        }
        self.init(
            format:
                "TurboMind workspace, packed layout \(PackedLayout.version).\(PackedLayout.matrixLayout)\(ranks)",
            architecture: packed.configuration.architecture, fileCount: packed.ranks,
            byteCount: packed.files.reduce(0) { $0 + (FileSystem.status(of: $1.path)?.byteCount ?? 0) },
            metadata: try INIFile(folder.configuration).entries.map {
                Field(key: $0.key, value: quoted($0.value), count: nil)
            },
            tensors: tensors)
    }

    private init(
        format: String, architecture: String?, fileCount: Int, byteCount: Int, metadata: [Field],
        tensors: [Tensor]
    ) {
        self.format = format
        self.architecture = architecture
        quantization = nil
        self.fileCount = fileCount
        self.byteCount = byteCount
        self.metadata = metadata
        self.tensors = tensors
    }
}
