import Checkpoints
import Foundation
import ModelTestSupport
import Models
import Quantization
import Tensors
import TestSupport
import Testing

@Suite("Quantising whole models")
struct QuantizedModelTests {
    /// Every method, with what its logits may differ from the model's own, relative to their spread.
    static let methods: [(name: String, options: QuantizationOptions, tolerance: Float)] = [
        ("rtn", QuantizationOptions(method: .rtn, group: 32), 0.45),
        ("rtn symmetric", QuantizationOptions(method: .rtn, group: 32, isSymmetric: true), 0.45),
        ("awq", QuantizationOptions(method: .awq, group: 32), 0.45),
        ("awq symmetric", QuantizationOptions(method: .awq, group: 32, isSymmetric: true), 0.45),
        (
            "awq searched",
            QuantizationOptions(method: .awq, group: 32, searchesScales: true, searchesClips: true), 0.45
        ),
        ("gptq", QuantizationOptions(method: .gptq, group: 32, isSymmetric: true), 0.45),
        ("smooth", QuantizationOptions(method: .smoothQuant), 0.03),
        ("smooth searched", QuantizationOptions(method: .smoothQuant, searchesScales: true), 0.03),
    ]

    @Test(
        "every method's folder is read again and computes nearly the same", arguments: TinySpecs.names)
    func roundTrip(name: String) throws {
        let spec = try TinySpecs.spec(name)
        for method in Self.methods {
            let folder = try TemporaryFolder()
            let (source, target) = (folder.path + "/source", folder.path + "/target")
            try TinyCheckpoint.write(spec, to: source)
            let summary = try Self.quantize(source, to: target, method.options)
            #expect(summary.linears.count == 7 * (try Checkpoint.open(source)).configuration.layerCount)
            #expect(summary.linears.allSatisfy { $0.relativeError.isFinite && $0.relativeError < 0.2 })
            let difference = try Self.difference(source, target)
            #expect(difference < method.tolerance, "\(name) \(method.name): \(difference)")
            #expect(FileSystem.kind(of: target + ".partial") == .missing)
        }
    }

    /// On the text that they saw, where they have nothing to learn but it.
    @Test(
        "what looks at the inputs loses less than rounding", arguments: ["llama", "llama, wide", "qwen2"])
    func methodsBeatRounding(name: String) throws {
        let folder = try TemporaryFolder()
        let source = folder.path + "/source"
        try TinyCheckpoint.write(try TinySpecs.spec(name), to: source)
        var losses: [String: Double] = [:]
        for method in Self.methods + [
            ("awq clipped", QuantizationOptions(method: .awq, group: 32, searchesClips: true), 0)
        ] {
            let summary = try Self.quantize(source, to: folder.path + "/" + method.name, method.options)
            losses[method.name] = summary.linears.reduce(0) { $0 + $1.relativeError }
        }
        let loss = { (name: String) in try #require(losses[name]) }
        #expect(try loss("gptq") < 0.6 * loss("rtn symmetric"))
        #expect(try loss("awq clipped") < loss("awq"))
        #expect(try loss("awq searched") < 0.95 * loss("rtn"))
        #expect(try loss("smooth searched") < 0.01 * loss("rtn"))
    }

    @Test("a run that was ended gives the same folder as one that was not")
    func resumes() throws {
        let spec = try TinySpecs.spec("llama")
        let folder = try TemporaryFolder()
        let source = folder.path + "/source"
        try TinyCheckpoint.write(spec, to: source)
        let options = QuantizationOptions(method: .awq, group: 32, searchesScales: true)
        _ = try Self.quantize(source, to: folder.path + "/whole", options)
        var layers: [Int] = []
        let quantizer = try Self.quantizer(source, to: folder.path + "/parts", options)
        // What a run leaves when it ends behind its first layer.
        _ = try quantizer.run { step in
            if step.layer == 0 { try? Self.copy(quantizer.partialFolder, to: folder.path + "/kept") }
        }
        let again = try Self.quantizer(source, to: folder.path + "/resumed", options)
        try Self.copy(folder.path + "/kept", to: again.partialFolder)
        _ = try again.run { if $0.isResumed { layers.append($0.layer) } }
        #expect(layers == [0])
        let whole = try Self.bytes(folder.path + "/whole/model.safetensors")
        #expect(try Self.bytes(folder.path + "/resumed/model.safetensors") == whole)
        #expect(try Self.bytes(folder.path + "/parts/model.safetensors") == whole)
    }

    @Test("threads do not change a bit")
    func threads() throws {
        let spec = try TinySpecs.spec("qwen2")
        let folder = try TemporaryFolder()
        let source = folder.path + "/source"
        try TinyCheckpoint.write(spec, to: source)
        for method in Self.methods {
            var files: [[UInt8]] = []
            for threads in [1, 2, 3] {
                let target = folder.path + "/\(method.name)-\(threads)"
                _ = try Self.quantize(source, to: target, method.options, threads: threads)
                files.append(try Self.bytes(target + "/model.safetensors"))
            }
            #expect(files[1] == files[0] && files[2] == files[0], "\(method.name)")
        }
    }

    @Test("dead channels and rows of zeros become what they are")
    func deadChannels() throws {
        var spec = try TinySpecs.spec("llama")
        for index in spec.tensors.indices where spec.tensors[index].name.hasSuffix("1.mlp.up_proj.weight") {
            spec.tensors[index].scale = 0
        }
        let folder = try TemporaryFolder()
        let source = folder.path + "/source"
        try TinyCheckpoint.write(spec, to: source)
        try Self.set("model.layers.0.input_layernorm.weight", 3, to: 0, in: spec, source)
        try Self.set("model.layers.0.post_attention_layernorm.weight", 5, to: 0, in: spec, source)
        for method in Self.methods {
            let target = folder.path + "/" + method.name
            _ = try Self.quantize(source, to: target, method.options)
            let difference = try Self.difference(source, target)
            #expect(difference < method.tolerance, "\(method.name): \(difference)")
        }
    }

    // MARK: - Errors

    @Test("a weight that is no number is named")
    func infiniteWeight() throws {
        let spec = try TinySpecs.spec("llama")
        let name = "model.layers.1.mlp.down_proj.weight"
        let folder = try TemporaryFolder()
        try TinyCheckpoint.write(spec, to: folder.path + "/source")
        let inputs = try #require(spec.tensors.first { $0.name == name }).shape[1]
        try Self.set(name, inputs + 1, to: .infinity, in: spec, folder.path + "/source")
        #expect(throws: QuantizationError.notFinite(tensor: name, row: 1)) {
            _ = try Self.quantize(
                folder.path + "/source", to: folder.path + "/target",
                QuantizationOptions(method: .rtn, group: 32))
        }
        #expect(FileSystem.kind(of: folder.path + "/target") == .missing)
    }

    @Test("a folder that has something in it is left alone")
    func occupiedFolder() throws {
        let folder = try TemporaryFolder()
        try TinyCheckpoint.write(try TinySpecs.spec("llama"), to: folder.path + "/source")
        #expect(throws: QuantizationError.self) {
            _ = try Self.quantize(
                folder.path + "/source", to: folder.path + "/source",
                QuantizationOptions(method: .rtn, group: 32))
        }
    }

    @Test("a model that is quantised already is refused")
    func quantizedModel() throws {
        let folder = try TemporaryFolder()
        try TinyCheckpoint.write(try TinySpecs.spec("llama"), to: folder.path + "/source")
        let options = QuantizationOptions(method: .rtn, group: 32)
        _ = try Self.quantize(folder.path + "/source", to: folder.path + "/once", options)
        #expect(throws: QuantizationError.self) {
            _ = try Self.quantize(folder.path + "/once", to: folder.path + "/twice", options)
        }
        #expect(FileSystem.kind(of: folder.path + "/twice.partial") == .missing)
    }

    // MARK: - Internals

    private static func quantizer(
        _ source: String, to target: String, _ options: QuantizationOptions, threads: Int = 2
    ) throws -> ModelQuantizer {
        var random = SeededGenerator(seed: 7)
        let checkpoint = try Checkpoint.open(source)
        let vocabulary = Int32(checkpoint.configuration.vocabularySize)
        let tokens = [40, 64, 17].map { count in
            (0..<count).map { _ in Int32.random(in: 0..<vocabulary, using: &random) }
        }
        return try ModelQuantizer(
            checkpoint: checkpoint, options: options,
            samples: try CalibrationSamples(tokens: tokens, source: "random"), folder: target,
            kernels: try #require(Kernels(.best)), pool: try WorkerPool(threads: threads))
    }

    private static func quantize(
        _ source: String, to target: String, _ options: QuantizationOptions, threads: Int = 2
    ) throws -> QuantizationSummary {
        try quantizer(source, to: target, options, threads: threads).run { _ in }
    }

    /// Root mean square of the difference of logits over that of their distance from their mean.
    private static func difference(_ source: String, _ target: String) throws -> Float {
        let prompt: [Int32] = (0..<24).map { Int32($0 * 5 % 60) }
        let own = try ModelHarness(path: source, override: .fp32, isa: .best).logits(prompt)
        let other = try ModelHarness(path: target, override: .fp32, isa: .best).logits(prompt)
        let mean = own.reduce(0, +) / Float(own.count)
        var (error, spread): (Float, Float) = (0, 0)
        for (a, b) in zip(own, other) {
            error += (a - b) * (a - b)
            spread += (a - mean) * (a - mean)
        }
        return (error / spread).squareRoot()
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        try #require(FileSystem.kind(of: path) == .file)
        let file = try MappedFile(path: path)
        return file.withBytes { Array($0) }
    }

    private static func copy(_ folder: String, to target: String) throws {
        try FileManager.default.copyItem(atPath: folder, toPath: target)
    }

    /// Changes a value of a checkpoint's file.
    private static func set(
        _ name: String, _ index: Int, to value: Float, in spec: TinyModelSpec, _ folder: String
    ) throws {
        let path = folder + "/model.safetensors"
        var bytes = try Self.bytes(path)
        var place = 8
        for byte in 0..<8 { place += Int(bytes[byte]) << (8 * byte) }
        for tensor in spec.tensors.prefix(while: { $0.name != name }) { place += 4 * tensor.count }
        withUnsafeBytes(of: value.bitPattern.littleEndian) { pattern in
            bytes.replaceSubrange(place + 4 * index..<place + 4 * index + 4, with: pattern)
        }
        try Data(bytes).write(to: URL(filePath: path))
    }
}
