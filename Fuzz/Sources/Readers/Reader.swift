internal import Builders
internal import ChatTemplates
internal import Checkpoints
internal import Tokenization

/// The readers of files that people download. Each turns any bytes into a result or an error of one line.
public enum Reader: String, CaseIterable, Sendable {
    case gguf
    case safetensors
    case index
    case config
    case zip
    case pickle
    case tokenizerJSON = "tokenizer-json"
    case tokenizerModel = "tokenizer-model"
    case tiktoken
    case template

    /// Prepares what stays the same from input to input.
    public func makeHarness() -> Harness {
        let folder = WorkFolder(rawValue)
        switch self {
        case .gguf:
            return Harness(folder) { open(folder.write($0, to: "x.gguf")) }
        case .safetensors:
            folder.write(Self.configuration, to: "config.json")
            return Harness(folder) { bytes in
                folder.write(bytes, to: "model.safetensors")
                open(folder.path)
            }
        case .index:
            folder.write(Self.configuration, to: "config.json")
            folder.write(Self.weights, to: "a.safetensors")
            return Harness(folder) { bytes in
                folder.write(bytes, to: "model.safetensors.index.json")
                open(folder.path)
            }
        case .config:
            return Self.configurations(folder)
        case .zip:
            folder.write(Self.configuration, to: "config.json")
            return Harness(folder) { bytes in
                folder.write(bytes, to: "pytorch_model.bin")
                open(folder.path)
            }
        case .pickle:
            folder.write(Self.configuration, to: "config.json")
            var file = PyTorchBuilder()
            file.add("x", [2, 8], [Float](repeating: 1, count: 16))
            return Harness(folder) { [file] bytes in
                folder.write(file.zip(pickle: bytes).build(), to: "pytorch_model.bin")
                open(folder.path)
            }
        case .tokenizerJSON:
            return Harness(folder) { bytes in tokenize { try Tokenizer(tokenizerJSON: bytes) } }
        case .tokenizerModel:
            return Harness(folder) { readTokenizer(folder.write($0, to: "tokenizer.model")) }
        case .tiktoken:
            return Harness(folder) { readTokenizer(folder.write($0, to: "qwen.tiktoken")) }
        case .template:
            return Harness(folder) { render($0) }
        }
    }

    // MARK: - Internals

    private static let configuration = """
        {"architectures":["LlamaForCausalLM"],"hidden_size":32,"intermediate_size":64,"num_hidden_layers":1,
        "num_attention_heads":4,"num_key_value_heads":2,"vocab_size":6,"max_position_embeddings":128}
        """

    private static var weights: [UInt8] {
        var file = SafetensorsBuilder()
        file.add("x", [2], [1, 2])
        return file.build()
    }

    /// One text as each of a folder's configurations, while the others are valid.
    private static func configurations(_ folder: WorkFolder) -> Harness {
        let names = ["config.json", "generation_config.json", "tokenizer_config.json"]
        folder.write(weights, to: "model.safetensors")
        let meta = WorkFolder("config-meta")
        var file = PyTorchBuilder()
        file.add("tok_embeddings.weight", [6, 32], [Float](repeating: 1, count: 192))
        meta.write(file.build(), to: "consolidated.00.pth")
        return Harness(folder) { bytes in
            for name in names {
                for other in names {
                    folder.write(other == "config.json" ? configuration : "{}", to: other)
                }
                folder.write(bytes, to: name)
                open(folder.path)
            }
            meta.write(bytes, to: "params.json")
            open(meta.path)
        }
    }
}

/// Runs one reader, again and again.
public struct Harness {
    private let folder: WorkFolder
    private let body: ([UInt8]) -> Void

    init(_ folder: WorkFolder, _ body: @escaping ([UInt8]) -> Void) {
        self.folder = folder
        self.body = body
    }

    public func run(_ input: [UInt8]) { body(input) }

    public func cleanUp() { folder.remove() }
}

// MARK: - Reading

/// Opens a checkpoint and reads everything in it.
private func open(_ path: String) {
    do {
        let checkpoint = try Checkpoint.open(path)
        if let source = try? checkpoint.tokenizerSource() { tokenize { try Tokenizer(source: source) } }
        for tensor in checkpoint.tensors.values {
            readRows(tensor)
            tensor.discard()
        }
    } catch {
        check(error.message)
    }
}

private func readRows(_ tensor: CheckpointTensor) {
    guard tensor.rowLength <= 1 << 20 else { return }
    // The first row, and the last.
    for row in Set([0, tensor.rowCount - 1]) where row >= 0 {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: max(tensor.rowLength, 1)) {
            tensor.readFloats(rows: row..<row + 1, into: $0)
        }
    }
}

private func readTokenizer(_ path: String) {
    tokenize { try Tokenizer(source: TokenizerSource.read(path)) }
}

private func tokenize(by make: () throws -> Tokenizer) {
    let text = "Hello, wörld!\n  <s>x</s> 123 \u{1F600}"
    do {
        let tokenizer = try make()
        _ = tokenizer.decode(tokenizer.encode(text, addSpecialTokens: true))
    } catch {
        check("\(error)")
    }
}

private func render(_ bytes: [UInt8]) {
    let message: JinjaObject = ["role": .string("user"), "content": .string("Hi")]
    do {
        let template = try JinjaTemplate(String(decoding: bytes, as: UTF8.self))
        _ = try template.render(
            [
                "messages": .array([.object(message), .object(message)]), "bos_token": .string("<s>"),
                "eos_token": .string("</s>"), "add_generation_prompt": .bool(true), "tools": .none,
            ], utcSeconds: 0)
    } catch {
        // A template may raise any text.
        _ = "\(error)"
    }
}

/// An error is one line of bounded length, whatever the input.
private func check(_ message: String) {
    guard message.utf8.count < 4096, !message.utf8.contains(UInt8(ascii: "\n")) else {
        fatal("a message of \(message.utf8.count) bytes or several lines: \(message.prefix(200))")
    }
}
