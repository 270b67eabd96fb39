package import Checkpoints
internal import JSON
internal import Layers
package import Models
package import Tensors

/// Quantises a model layer by layer into a folder.
///
/// Finished layers are kept beside the folder until all are there: a run that was ended goes on behind the last of
/// them. The folder itself appears complete or not at all.
package final class ModelQuantizer {
    package let options: QuantizationOptions
    package let geometry: ModelGeometry
    private let checkpoint: Checkpoint
    private let samples: CalibrationSamples
    private let folder: String
    private let kernels: Kernels
    private let pool: WorkerPool

    package static let architectures = ["LlamaForCausalLM", "MistralForCausalLM", "Qwen2ForCausalLM"]

    /// - Parameter folder: must not exist, or have nothing but the files of `CalibrationStatistics`.
    package init(
        checkpoint: Checkpoint, options: QuantizationOptions, samples: CalibrationSamples, folder: String,
        kernels: Kernels, pool: WorkerPool
    ) throws(QuantizationError) {
        try Self.check(checkpoint, folder: folder)
        geometry = ModelGeometry(checkpoint.configuration)
        var options = options
        if options.method != .smoothQuant {
            let inputs = [geometry.hidden, geometry.attendedWidth, geometry.intermediate]
            guard let group = QuantizationOptions.fittingGroup(options.group, inputs: inputs) else {
                throw .groupSize(options.group, tensor: "model.layers.0", inputs: inputs.min() ?? 0)
            }
            options.group = group
        }
        self.options = options
        self.checkpoint = checkpoint
        self.samples = samples
        // "out/" is "out": what is written meanwhile lies beside the folder, not in it.
        self.folder = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        self.kernels = kernels
        self.pool = pool
    }

    /// Refuses what cannot be quantised, before anything is computed.
    package static func check(_ checkpoint: Checkpoint, folder: String) throws(QuantizationError) {
        try check(checkpoint)
        let entries = Set(FileSystem.entries(of: folder)).subtracting(CalibrationStatistics.fileNames)
        guard FileSystem.kind(of: folder) == .missing || entries.isEmpty else {
            throw .file(path: folder, reason: "exists and is not empty: choose another folder, or remove it")
        }
    }

    static func check(_ checkpoint: Checkpoint) throws(QuantizationError) {
        let architecture = checkpoint.configuration.architecture
        guard architectures.contains(architecture) else {
            throw .unsupportedArchitecture(architecture, supported: architectures)
        }
        guard checkpoint.kind == .huggingFace else {
            throw .file(
                path: checkpoint.path,
                reason: "is no Hugging Face folder: give the folder of the original model")
        }
        if let quantization = checkpoint.quantization {
            throw .file(
                path: checkpoint.path,
                reason: "is quantised already (\(quantization)): give the folder of the original model")
        }
    }

    /// Where finished layers are kept.
    package var partialFolder: String { folder + ".partial" }

    /// A finished layer.
    package struct Progress: Sendable {
        package let layer: Int
        package let layers: Int
        /// Whether an earlier run has done it.
        package let isResumed: Bool
    }

    package func run(progress: (Progress) -> Void) throws(QuantizationError) -> QuantizationSummary {
        let clock = ContinuousClock()
        let start = clock.now
        try Folder.make(partialFolder)
        let state = try RunState(
            folder: partialFolder, fingerprint: fingerprint, layers: geometry.layers)
        let hidden = try Activations(samples, checkpoint: checkpoint, geometry: geometry)
        if !state.finished.isEmpty { try state.readHidden(into: hidden) }
        let compute = try FloatCompute(
            samples: samples, geometry: geometry, rotary: checkpoint.configuration.rotaryEmbedding(geometry),
            kernels: kernels, pool: pool)
        let quantizer = LayerQuantizer(
            options: options, checkpoint: checkpoint, block: try BlockCompute(compute), hidden: hidden)
        for layer in 0..<geometry.layers {
            let isResumed = layer < state.finished.count
            if !isResumed {
                let result = try quantizer.quantize(layer: layer)
                try LayerFile.write(
                    result, of: "model.layers.\(layer).", options: options,
                    to: partialFolder + "/" + LayerFile.name(layer))
                try state.finish(result.reports, hidden: hidden)
            }
            progress(Progress(layer: layer, layers: geometry.layers, isResumed: isResumed))
        }
        let after = try writeFolder(state)
        return QuantizationSummary(
            options: options, linears: state.finished.flatMap { $0 },
            bytesBefore: checkpoint.tensors.values.reduce(0) { $0 + $1.byteCount }, bytesAfter: after,
            quantizedWeights: quantizedWeights, bitsPerWeight: bitsPerWeight, samples: samples.tokens.count,
            tokens: samples.rows, source: samples.source, duration: clock.now - start)
    }

    // MARK: - Internals

    /// - Returns: bytes of the tensors in it.
    private func writeFolder(_ state: RunState) throws(QuantizationError) -> Int {
        let complete = partialFolder + "/model"
        try Folder.make(complete)
        for name in FileSystem.entries(of: complete) { Folder.remove(complete + "/" + name) }
        let layers = (0..<geometry.layers).map { partialFolder + "/" + LayerFile.name($0) }
        try ModelFolder(checkpoint: checkpoint, options: options).write(layers: layers, to: complete)
        // What `calibrate` left there stays there.
        for name in CalibrationStatistics.fileNames where FileSystem.kind(of: folder + "/" + name) == .file {
            try Folder.rename(folder + "/" + name, to: complete + "/" + name)
        }
        Folder.removeFolder(folder)
        try Folder.rename(complete, to: folder)
        for layer in layers { Folder.remove(layer) }
        state.remove()
        Folder.removeFolder(partialFolder)
        return FileSystem.entries(of: folder).filter { $0.hasSuffix(".safetensors") }
            .reduce(0) { $0 + (FileSystem.status(of: folder + "/" + $1)?.byteCount ?? 0) }
    }

    private var quantizedWeights: Int {
        let perLayer =
            geometry.hidden * geometry.queryKeyValueWidth + geometry.attendedWidth * geometry.hidden
            + 3 * geometry.hidden * geometry.intermediate
        return perLayer * geometry.layers
    }

    /// Scales and zeros counted in.
    private var bitsPerWeight: Double {
        options.method == .smoothQuant ? 8 : 4 + Double(16 + 4) / Double(options.group)
    }

    /// What a run must have in common with the one whose layers it takes over.
    private var fingerprint: JSONOutput {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for token in samples.tokens.joined() {
            hash = (hash ^ UInt64(UInt32(bitPattern: token))) &* 0x100_0000_01B3
        }
        return .object([
            .init("model", .string(checkpoint.path)), .init("method", .string(options.method.rawValue)),
            .init("group", .integer(options.group)), .init("symmetric", .boolean(options.isSymmetric)),
            .init("searchesScales", .boolean(options.searchesScales)),
            .init("searchesClips", .boolean(options.searchesClips)),
            .init("samples", .integer(samples.tokens.count)),
            .init("tokens", .string(String(hash, radix: 16))),
        ])
    }
}
