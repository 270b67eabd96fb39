import Checkpoints
import TestSupport
import Testing

/// Model folders for tests of weights in the forms of PyTorch and safetensors.
enum WeightFolders {
    static func golden(_ name: String) throws -> [UInt8] {
        Array(try GoldenFile.data("checkpoints/" + name))
    }

    /// A folder with a configuration and weights, opened.
    static func open(
        _ weights: [UInt8], as name: String, changing changes: [String: String?] = [:]
    ) throws -> Checkpoint {
        let config = TinyFiles.config(changing: changes)
        let folder = try TinyFiles.folder(config: config, weights: nil)
        try folder.write(weights, to: name)
        return try Checkpoint.open(folder.path)
    }

    static func error(_ weights: [UInt8], as name: String = "pytorch_model.bin") throws -> CheckpointError {
        try #require(throws: CheckpointError.self) { try open(weights, as: name) }
    }

    /// Checks that a checkpoint has exactly these tensors, bit for bit.
    static func expect(_ checkpoint: Checkpoint, equals golden: String) throws {
        let expected = try open(self.golden(golden), as: "model.safetensors")
        #expect(checkpoint.tensors.keys.sorted() == expected.tensors.keys.sorted())
        for (name, tensor) in expected.tensors {
            let found = try #require(checkpoint.tensors[name])
            #expect(found.shape == tensor.shape, "\(name)")
            #expect(bits(found.floats()) == bits(tensor.floats()), "\(name)")
        }
    }
}
