/// The packed weights of a model: one mapped file for each tensor-parallel rank.
package final class PackedCheckpoint: Sendable {
    /// By rank.
    package let files: [PackedFile]
    /// Where in rank 0's table what begins with a parameter is, by the parameter's name.
    private let matrices: [String: Int]
    private let vectors: [String: Int]
    private let parameters: Set<String>

    /// As in LMDeploy, which runs on up to eight GPUs of up to eight machines.
    package static let maximumRanks = 64

    package init(_ folder: WorkspaceFolder) throws(CheckpointError) {
        let first = try Self.file(folder, rank: 0, ranks: nil)
        var files = [first]
        for rank in 1..<max(first.table.ranks, 1) {
            let file = try Self.file(folder, rank: rank, ranks: first.table.ranks)
            try Self.check(file, against: first)
            files.append(file)
        }
        self.files = files
        matrices = Self.index(first.table.matrices.map { $0.parts[0].name })
        vectors = Self.index(first.table.vectors.map { $0.parts[0].name })
        parameters = Set(Self.names(first.table))
    }

    package var ranks: Int { files.count }
    package var configuration: ModelConfiguration { files[0].table.configuration }
    package var generationDefaults: GenerationDefaults { files[0].table.generationDefaults }

    /// Rank 0's description of the matrix that begins with a parameter.
    package func matrix(_ name: String) -> PackedTable.Matrix? {
        matrices[name].map { files[0].table.matrices[$0] }
    }

    /// Rank 0's description of the vector that begins with a parameter.
    package func vector(_ name: String) -> PackedTable.Vector? {
        vectors[name].map { files[0].table.vectors[$0] }
    }

    /// Every rank's share of a matrix of rank 0: its file and its own description.
    package func shares(
        of matrix: PackedTable.Matrix
    ) -> [(file: PackedFile, matrix: PackedTable.Matrix)] {
        guard matrix.division != .whole, let name = matrix.parts.first?.name else {
            return [(files[0], matrix)]
        }
        return files.compactMap { file in
            file.table.matrices.first { $0.parts[0].name == name }.map { (file, $0) }
        }
    }

    /// Whether there is a parameter of this name.
    package func contains(_ name: String) -> Bool { parameters.contains(name) }

    /// Names of all parameters.
    package var names: [String] { Self.names(files[0].table) }

    // MARK: - Internals

    private static func names(_ table: PackedTable) -> [String] {
        table.matrices.flatMap { $0.parts.map(\.name) } + table.vectors.flatMap { $0.parts.map(\.name) }
    }

    private static func index(_ names: [String]) -> [String: Int] {
        Dictionary(zip(names, names.indices)) { first, _ in first }
    }

    private static func file(
        _ folder: WorkspaceFolder, rank: Int, ranks: Int?
    ) throws(CheckpointError) -> PackedFile {
        let path = folder.packedFile(rank: rank)
        guard FileSystem.kind(of: path) == .file else {
            throw CheckpointError(
                .missingFile,
                ranks.map {
                    "\(path) is missing, one of \($0) files of packed weights: convert the model again"
                }
                    ?? "\(folder.path) is a workspace without \(path): it is incomplete, or another program's; "
                    + "run `lmdeploy convert` on the model that it was made from")
        }
        let file = try PackedFile(path: path)
        guard file.table.rank == rank, ranks == nil || file.table.ranks == ranks else {
            throw CheckpointError(
                .malformed,
                "\(path) is rank \(file.table.rank) of \(file.table.ranks), expected \(rank) of "
                    + "\(ranks ?? file.table.ranks): it belongs to another workspace, convert the model again"
            )
        }
        return file
    }

    /// Ranks have equal shares of the same parameters.
    private static func check(_ file: PackedFile, against first: PackedFile) throws(CheckpointError) {
        var divided = first.table.matrices.filter { $0.division != .whole }
        var own = file.table.matrices
        // Where they lie differs: only rank 0 has matrices that are not divided.
        for index in divided.indices { divided[index].offset = 0 }
        for index in own.indices { own[index].offset = 0 }
        var (vectors, ownVectors) = (first.table.vectors, file.table.vectors)
        for index in vectors.indices { vectors[index].offset = 0 }
        for index in ownVectors.indices { ownVectors[index].offset = 0 }
        guard file.table.configuration == first.table.configuration, own == divided, ownVectors == vectors
        else {
            throw CheckpointError(
                .malformed,
                "\(file.path) does not belong to \(first.path): convert the model again")
        }
    }
}
