internal import Checkpoints
internal import LMDeploy
internal import Tokenization

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension Session {
    /// `{"op": "load", "path": PATH}`: the tokenizer that later requests use, of a GGUF file, a model's folder
    /// or a tokenizer's file.
    mutating func load(_ request: Request) throws -> Answer {
        tokenizer = nil
        let loaded = try Tokenizer(source: TokenizerSource.read(request.string("path")))
        tokenizer = loaded
        return .object([
            (name: "size", value: .int(loaded.vocabularySize)),
            (name: "bos", value: loaded.bosID.map { .int(Int($0)) } ?? .null),
            (name: "eos", value: loaded.eosID.map { .int(Int($0)) } ?? .null),
        ])
    }

    /// `{"op": "encode", "texts": […]}`, or `"bytes"` with base64 of what may be no UTF-8; `"special"` adds
    /// what belongs around a text, `"parse": false` takes spelled-out special tokens for text.
    func encode(_ request: Request) throws -> Answer {
        let tokenizer = try loaded()
        let special = try request.bool("special", default: false)
        let parse = try request.bool("parse", default: true)
        let texts =
            request.member("bytes") == nil
            ? try request.strings("texts")
            : try request.strings("bytes").map { text in
                guard let data = Data(base64Encoded: text) else {
                    throw ProbeError("request: 'bytes' must be base64")
                }
                return String(decoding: data, as: UTF8.self)
            }
        let ids = texts.map { text in
            Answer.array(
                tokenizer.encode(text, addSpecialTokens: special, parseSpecialTokens: parse)
                    .map { .int(Int($0)) })
        }
        return .object([(name: "ids", value: .array(ids))])
    }

    /// `{"op": "decode", "ids": [[…], …], "skip": true}`
    func decode(_ request: Request) throws -> Answer {
        let tokenizer = try loaded()
        let skip = try request.bool("skip", default: false)
        let texts = try request.idLists("ids").map {
            Answer.string(tokenizer.decode($0, skipSpecialTokens: skip))
        }
        return .object([(name: "texts", value: .array(texts))])
    }

    /// As `decode`, but token by token, the pieces joined.
    func stream(_ request: Request) throws -> Answer {
        let tokenizer = try loaded()
        let skip = try request.bool("skip", default: false)
        let texts = try request.idLists("ids").map { ids in
            var detokenizer = StreamingDetokenizer(tokenizer, skipSpecialTokens: skip)
            var text = ""
            for id in ids { text += detokenizer.append(id) }
            return Answer.string(text + detokenizer.finish())
        }
        return .object([(name: "texts", value: .array(texts))])
    }

    /// `{"op": "bench", "path": TEXT-FILE, "rounds": 5}`: the seconds that each round of encoding takes.
    func bench(_ request: Request) throws -> Answer {
        let tokenizer = try loaded()
        let path = try request.string("path")
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ProbeError("\(path) cannot be read")
        }
        let text = String(decoding: data, as: UTF8.self)
        let clock = ContinuousClock()
        var count = 0
        var seconds: [Answer] = []
        for _ in 0..<min(max(try request.optionalInt("rounds") ?? 1, 1), 1000) {
            let elapsed = clock.measure { count = tokenizer.encode(text, addSpecialTokens: false).count }
            seconds.append(.double(elapsed / .seconds(1)))
        }
        return .object([
            (name: "bytes", value: .int(data.count)),
            (name: "ids", value: .int(count)),
            (name: "seconds", value: .array(seconds)),
        ])
    }

    private func loaded() throws -> Tokenizer {
        guard let tokenizer else { throw ProbeError("request: no tokenizer is loaded, send 'load' first") }
        return tokenizer
    }
}
