import Tokenization

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The committed files of `Fixtures/vocabularies`, written by tools/goldens/vocabularies.py.
enum VocabularyFixture {
    struct Golden: Decodable {
        struct Case: Decodable {
            let text: String
            let ids: [Int32]
            let decoded: String
        }

        struct Decode: Decodable {
            let ids: [Int32]
            let decoded: String
        }

        let cases: [Case]
        let decodes: [Decode]?
    }

    /// The fields of a GGUF file that a SentencePiece model was converted to.
    struct Pieces: Decodable {
        let tokens: [String]
        let scores: [Float]
        let types: [Int32]
        let charsmap: [UInt8]
        let addSpacePrefix: Bool
        let removeExtraSpaces: Bool
        let unknown: Int32
        let bos: Int32
        let eos: Int32
    }

    struct PreTokenizers: Decodable {
        struct Family: Decodable {
            let names: [String]
            /// By text.
            let ids: [[Int32]]
        }

        let tokens: [String]
        let merges: [String]
        let texts: [String]
        let families: [Family]
    }

    struct BytePairs: Decodable {
        let tokens: [String]
        let merges: [String]
        let cases: [Golden.Case]
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        try Fixture.bytes("vocabularies/\(name)")
    }

    static func golden(_ name: String) throws -> Golden {
        try json("\(name).golden.json", as: Golden.self)
    }

    static func json<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(try bytes(name)))
    }

    static func gguf(_ name: String, model: String) throws -> GGUFVocabulary {
        let pieces = try json("\(name).gguf.json", as: Pieces.self)
        return GGUFVocabulary(
            model: model, tokens: pieces.tokens, types: pieces.types, scores: pieces.scores,
            bosID: pieces.bos, eosID: pieces.eos, unknownID: pieces.unknown,
            addSpacePrefix: pieces.addSpacePrefix, removeExtraSpaces: pieces.removeExtraSpaces,
            characterMap: pieces.charsmap)
    }
}
