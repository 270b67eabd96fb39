import Tokenization

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The committed files of `Fixtures`, written by tools/goldens/tokenizers.py.
enum Fixture {
    /// The small tokenizers that the generator trained.
    static let tokenizerNames = ["smollm", "llama3", "qwen2", "flags"]

    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return [UInt8](try Data(contentsOf: folder.appending(path: "Fixtures").appending(path: name)))
    }

    static func json<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(try bytes(name)))
    }

    static func tokenizer(_ name: String) throws -> Tokenizer {
        try Tokenizer(tokenizerJSON: try bytes("\(name).tokenizer.json"))
    }

    static func golden(_ name: String) throws -> Golden {
        try json("\(name).golden.json", as: Golden.self)
    }
}

/// What Hugging Face's tokenizers make of texts and ids.
struct Golden: Decodable {
    struct Case: Decodable {
        let text: String
        /// Special tokens in the text are recognised, none are added.
        let ids: [Int32]
        /// The post-processor's tokens are added.
        let special: [Int32]
        /// Special tokens in the text are text.
        let plain: [Int32]
        /// `special`, without and with special tokens.
        let decoded: String
        let decodedAll: String
    }

    struct Decode: Decodable {
        let ids: [Int32]
        let decoded: String
    }

    let cases: [Case]
    let decodes: [Decode]
}

extension String {
    /// For comparisons: `==` on strings takes canonically equivalent texts for equal.
    var codeUnits: [UInt8] { Array(utf8) }
}
