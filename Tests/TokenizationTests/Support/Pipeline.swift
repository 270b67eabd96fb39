import Tokenization

/// A tokenizer of `pipelines.*.json` and what Hugging Face's tokenizers make of texts and ids with it.
struct Pipeline: Decodable, Sendable {
    /// `[text, ids, with added tokens, with special tokens as text]`.
    struct Case: Decodable, Sendable {
        let text: String
        let ids: [Int32]
        let special: [Int32]
        let plain: [Int32]

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            text = try values.decode(String.self)
            ids = try values.decode([Int32].self)
            special = try values.decode([Int32].self)
            plain = try values.decode([Int32].self)
        }
    }

    /// `[ids, text without special tokens, text with them]`.
    struct Decode: Decodable, Sendable {
        let ids: [Int32]
        let text: String
        let whole: String

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            ids = try values.decode([Int32].self)
            text = try values.decode(String.self)
            whole = try values.decode(String.self)
        }
    }

    private struct File: Decodable {
        let pipelines: [Pipeline]
    }

    let name: String
    /// The `tokenizer.json`.
    let definition: String
    let cases: [Case]
    let decodes: [Decode]

    private static let files = ["families", "components"].map { name in
        (name, Result { try Fixture.json("pipelines.\(name).json", as: File.self).pipelines })
    }

    static func all(_ name: String) throws -> [Pipeline] {
        guard let file = files.first(where: { $0.0 == name }) else { throw MissingPipeline(name: name) }
        return try file.1.get()
    }

    static func named(_ name: String) throws -> Pipeline {
        guard let pipeline = try all("families").first(where: { $0.name == name }) else {
            throw MissingPipeline(name: name)
        }
        return pipeline
    }

    func tokenizer(config: String? = nil) throws -> Tokenizer {
        try Tokenizer(
            tokenizerJSON: Array(definition.utf8), tokenizerConfigJSON: config.map { Array($0.utf8) })
    }
}

private struct MissingPipeline: Error {
    let name: String
}
