import Tokenization

/// Small GGUF vocabularies for tests.
enum TinyVocabulary {
    /// The byte alphabet: printable Latin-1 as itself, the other bytes from U+0100 on.
    static let byteTokens: [String] = {
        var next: UInt32 = 0x100
        return (UInt32(0)..<256).map { byte in
            let isPrintable = 0x21...0x7E ~= byte || 0xA1...0xAC ~= byte || 0xAE...0xFF ~= byte
            if !isPrintable { next += 1 }
            return String(Unicode.Scalar(isPrintable ? byte : next - 1).map(Character.init) ?? "?")
        }
    }()

    /// Every byte, the result of every merge, then `controls`.
    static func make(
        merges: [String] = [], controls: [String] = [], pre: String = "gpt-2"
    ) -> GGUFVocabulary {
        var tokens = byteTokens
        for merge in merges { tokens.append(merge.filter { $0 != " " }) }
        let types = [Int32](repeating: 1, count: tokens.count) + controls.map { _ in 3 }
        return GGUFVocabulary(pre: pre, tokens: tokens + controls, types: types, merges: merges)
    }

    /// A vocabulary with the tokens and merges of one of the fixture tokenizers.
    static func equivalent(toFixture name: String, pre: String) throws -> GGUFVocabulary {
        struct File: Decodable {
            struct Model: Decodable {
                let merges: [[String]]
            }
            struct Added: Decodable {
                let id: Int
                let special: Bool
            }
            let model: Model
            let added: [Added]

            enum CodingKeys: String, CodingKey {
                case model
                case added = "added_tokens"
            }
        }
        let file = try Fixture.json("\(name).tokenizer.json", as: File.self)
        let tokenizer = try Fixture.tokenizer(name)
        // The texts come from the tokenizer: a dictionary of strings would merge equivalent keys.
        let tokens = (0..<Int32(tokenizer.vocabularySize)).map { tokenizer.text(of: $0) ?? "" }
        var types = [Int32](repeating: 1, count: tokens.count)
        for added in file.added { types[added.id] = added.special ? 3 : 4 }
        return GGUFVocabulary(
            pre: pre, tokens: tokens, types: types,
            merges: file.model.merges.map { $0.joined(separator: " ") })
    }
}
