/// The `decoder` of a `tokenizer.json`.
enum HuggingFaceDecoder {
    /// Scalars that `Strip` removes from an end of a token.
    private static let mostStripped = 1 << 20

    static func stages(_ field: JSONField?) throws(TokenizerError) -> [Decoder.Stage] {
        guard let field else { return [.spaces] }
        var stages: [Decoder.Stage] = []
        for component in try HuggingFaceComponent.flattened(field, members: "decoders") {
            stages.append(try stage(component))
        }
        return stages
    }

    private static func stage(_ component: HuggingFaceComponent) throws(TokenizerError) -> Decoder.Stage {
        let field = component.field
        switch component.type {
        case "ByteLevel": return .byteLevel
        case "ByteFallback": return .byteFallback
        case "Fuse": return .fuse
        case "Strip":
            return .strip(
                content: try component.scalar("content"),
                start: try component.count("start", upTo: mostStripped, default: nil),
                stop: try component.count("stop", upTo: mostStripped, default: nil))
        case "Replace":
            return .replace(try component.pattern(), content: Array(try field.required("content").bytes()))
        case "Metaspace":
            let metaspace = try HuggingFacePreTokenizer.metaspace(component)
            return .metaspace(
                replacement: LiteralPattern(metaspace.replacement), dropsFirst: metaspace.prepending != .never
            )
        case "BPEDecoder": return .wordSuffix(LiteralPattern(try component.text("suffix")))
        case "WordPiece":
            return .wordPiece(
                prefix: Array(try field.required("prefix").bytes()),
                cleansUp: try field.flag("cleanup", default: true))
        case "CTC":
            let padding = Array(try field.required("pad_token").bytes())
            return .ctc(
                padding: padding.isEmpty ? nil : LiteralPattern(padding),
                delimiter: LiteralPattern(try component.text("word_delimiter_token")),
                cleansUp: try field.flag("cleanup", default: true))
        default:
            throw component.unknown(
                expected:
                    "ByteLevel, ByteFallback, Fuse, Strip, Replace, Metaspace, BPEDecoder, WordPiece, CTC "
                    + "or Sequence")
        }
    }
}
