import Checkpoints
import Tensors
import TestSupport
import Testing

/// Whatever is done to a file of a model folder, opening it ends in a checkpoint that can be read, or in an
/// error of one line that names the file.
@Suite(.timeLimit(.minutes(1)))
struct HostileFolderTests {
    private static let mutations = 400

    enum Target: String, CaseIterable, Sendable {
        case safetensors = "model.safetensors"
        case index = "model.safetensors.index.json"
        case config = "config.json"
        case generation = "generation_config.json"
        case tokenizerConfig = "tokenizer_config.json"
        case zip = "pytorch_model.bin"
        case pickle = "data.pkl"
        case torchIndex = "pytorch_model.bin.index.json"
        case params = "params.json"
        case consolidated = "consolidated.01.pth"

        /// Files whose text leaves most mutations harmless, or nearly none.
        var opensOften: Bool { self == .generation || self == .tokenizerConfig }
    }

    private struct Subject {
        let folder: TemporaryFolder
        let original: [UInt8]
        /// The file that is written, from the mutated bytes.
        let file: String
        var write: ([UInt8]) -> [UInt8] = { $0 }
    }

    private static func subject(_ target: Target) throws -> Subject {
        let folder = try TinyFiles.folder(others: [
            "generation_config.json":
                #"{"do_sample":true,"temperature":0.6,"top_p":0.9,"top_k":50,"eos_token_id":[1,5],"max_new_tokens":9}"#,
            "tokenizer_config.json":
                #"{"bos_token":{"content":"<s>"},"eos_token":"</s>","#
                + #""chat_template":[{"name":"default","template":"T"}]}"#,
        ])
        var state = PyTorchBuilder()
        state.add("model.norm.weight", [4], [1, 2, 3, 4])
        state.add("lm_head.weight", [3, 2], "BFloat16Storage", [UInt8](repeating: 1, count: 12))
        switch target {
        case .safetensors, .config, .generation, .tokenizerConfig: break
        case .index:
            try folder.write(TinyFiles.safetensors().build(), to: "a.safetensors")
            let names = TinyFiles.safetensors().tensors.map { #""\#($0.name)":"a.safetensors""# }
            let map = #"{"metadata":{"total_size":1},"weight_map":{\#(names.joined(separator: ","))}}"#
            try folder.write(map, to: target.rawValue)
        case .zip, .pickle:
            try folder.remove("model.safetensors")
            try folder.write(state.build(), to: "pytorch_model.bin")
        case .torchIndex:
            try folder.remove("model.safetensors")
            try folder.write(state.build(), to: "a.bin")
            let map = #"{"weight_map":{"model.norm.weight":"a.bin","lm_head.weight":"a.bin"}}"#
            try folder.write(map, to: target.rawValue)
        case .params, .consolidated:
            try folder.remove("config.json")
            for file in ["params.json", "consolidated.00.pth", "consolidated.01.pth"] {
                try folder.write(WeightFolders.golden("meta/" + file), to: file)
            }
        }
        if target == .pickle {
            return Subject(folder: folder, original: state.pickle(), file: "pytorch_model.bin") {
                state.zip(pickle: $0).build()
            }
        }
        return Subject(folder: folder, original: try folder.read(target.rawValue), file: target.rawValue)
    }

    @Test(arguments: Target.allCases)
    func `mutated files open or are refused in one line`(target: Target) throws {
        let subject = try Self.subject(target)
        #expect(throws: Never.self) { try Checkpoint.open(subject.folder.path) }
        var mutator = FileMutator(seed: TinyRandom.fnv1a64(target.rawValue.utf8))
        var (opened, refused) = (0, 0)
        for round in 0..<Self.mutations {
            let bytes = subject.write(mutator.mutated(subject.original))
            try subject.folder.write(bytes, to: subject.file)
            let seconds = ResourceUse.processorSeconds {
                if Self.isRefused(subject.folder.path, round) { refused += 1 } else { opened += 1 }
            }
            #expect(seconds < 1, "round \(round)")
        }
        // Both happen for every kind of file, so that neither the readers nor the mutations do nothing.
        #expect(opened > 4 && refused > 20, "\(opened) opened, \(refused) refused")
    }

    /// Opens and reads a folder, or checks the error.
    private static func isRefused(_ path: String, _ round: Int) -> Bool {
        do {
            let checkpoint = try Checkpoint.open(path)
            for tensor in checkpoint.tensors.values {
                // As many values as the files have bytes at most: no field makes a tensor larger.
                #expect(tensor.byteCount <= 1 << 16)
                _ = tensor.floats(0..<min(tensor.rowCount, 8))
            }
            return false
        } catch {
            #expect(error.message.contains(path), "round \(round): \(error)")
            #expect(error.message.utf8.count < 1000 && !error.message.contains("\n"), "\(error)")
            return true
        }
    }
}
