internal import Checkpoints

/// What `lite calibrate` finds out about a model, for other programs and for `lite kv_qparams`.
package struct CalibrationStatistics: Sendable, Equatable {
    package struct Linear: Sendable, Equatable {
        package let name: String
        package let inputs: InputStatistics
        package let outputs: InputStatistics
    }

    private let headDimension: Int
    package private(set) var linears: [Linear] = []
    /// Of each layer's keys as the cache holds them, a channel for each key-value head and dimension.
    package internal(set) var keys: [InputStatistics] = []
    package internal(set) var values: [InputStatistics] = []

    init(headDimension: Int) { self.headDimension = headDimension }

    mutating func add(_ name: String, _ inputs: InputStatistics, _ outputs: InputStatistics) {
        linears.append(Linear(name: name, inputs: inputs, outputs: outputs))
    }

    static let keyFile = "key_stats.pth"
    static let valueFile = "value_stats.pth"
    private static let inputFile = "inputs_stats.pth"
    private static let outputFile = "outputs_stats.pth"

    package static let fileNames = [inputFile, outputFile, keyFile, valueFile]

    /// Writes LMDeploy's four files: dictionaries of the kind of figure, then of the layer's name, of fp32 tensors.
    /// What is in the folder under these names is replaced.
    package func write(to folder: String) throws(QuantizationError) {
        try Folder.make(folder)
        let linears = [
            (Self.inputFile, linears.map { ($0.name, $0.inputs) }),
            (Self.outputFile, linears.map { ($0.name, $0.outputs) }),
        ]
        for (file, named) in linears {
            try write(named, Self.figures, to: folder + "/" + file) { [$0] }
        }
        for (file, layers) in [(Self.keyFile, keys), (Self.valueFile, values)] {
            let named = layers.enumerated().map { ("model.layers.\($0)", $1) }
            try write(named, Array(Self.figures.prefix(3)), to: folder + "/" + file) {
                [$0 / headDimension, headDimension]
            }
        }
    }

    // MARK: - Internals

    private typealias Figure = (name: String, values: (InputStatistics) -> [Float])

    private static var figures: [Figure] {
        [
            ("max", \.maximum), ("min", \.minimum), ("absmax", \.absoluteMaximum), ("mean", \.mean),
            ("absmean", \.absoluteMean),
        ]
    }

    private func write(
        _ named: [(String, InputStatistics)], _ figures: [Figure], to path: String, shape: (Int) -> [Int]
    ) throws(QuantizationError) {
        let sections = figures.map { figure in
            TorchFile.Section(
                name: figure.name,
                tensors: named.map { name, statistics in
                    let values = figure.values(statistics)
                    return .init(name: name, shape: shape(values.count), values: values)
                })
        }
        try TorchFile.write(sections, to: path + ".part")
        try Folder.rename(path + ".part", to: path)
    }
}
