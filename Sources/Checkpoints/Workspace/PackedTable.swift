package import Tensors

/// What a file of packed weights holds: the model's description, and where each matrix and vector lies.
package struct PackedTable: Sendable, Equatable, Codable {
    /// How a parameter is divided between tensor-parallel ranks.
    package enum Division: String, Sendable, Codable {
        /// Not at all.
        case whole
        /// Each rank has some outputs of every part.
        case outputs
        /// Each rank has some inputs.
        case inputs
    }

    /// One of the tensors whose rows follow each other in a matrix.
    package struct Part: Sendable, Equatable, Codable {
        /// As in the checkpoint: "model.layers.0.self_attn.q_proj.weight".
        package var name: String
        /// In this file.
        package var rows: Int
        /// What the checkpoint had, and how many bytes of it.
        package var type: DType
        package var bytes: Int

        package init(name: String, rows: Int, type: DType, bytes: Int) {
            self.name = name
            self.rows = rows
            self.type = type
            self.bytes = bytes
        }
    }

    package struct Matrix: Sendable, Equatable, Codable {
        package var parts: [Part]
        package var storage: WeightFormat.Storage
        package var group: Int
        package var columns: Int
        package var division: Division
        /// Bytes from the start of the file.
        package var offset: Int

        package var rows: Int { parts.reduce(0) { $0 + $1.rows } }
        /// A row of the format table, if there is one like this.
        package var format: WeightFormat? {
            WeightFormat.table.first { $0.storage == storage && $0.group == group }
        }
    }

    /// Numbers in fp32.
    package struct Vector: Sendable, Equatable, Codable {
        package struct Part: Sendable, Equatable, Codable {
            package var name: String
            package var count: Int
        }

        package var parts: [Part]
        package var division: Division
        package var offset: Int

        package var count: Int { parts.reduce(0) { $0 + $1.count } }
    }

    package var configuration: ModelConfiguration
    package var generationDefaults: GenerationDefaults
    package var rank: Int
    package var ranks: Int
    package var matrices: [Matrix] = []
    package var vectors: [Vector] = []

    package init(
        configuration: ModelConfiguration, generationDefaults: GenerationDefaults, rank: Int, ranks: Int
    ) {
        self.configuration = configuration
        self.generationDefaults = generationDefaults
        self.rank = rank
        self.ranks = ranks
    }
}
