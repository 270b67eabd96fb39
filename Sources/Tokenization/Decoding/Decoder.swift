/// Turns tokens into text: a list of stages, each of which gets the tokens that the one before makes.
///
/// The stages are those of Hugging Face's `tokenizers`. All of them work on a stream (`DecoderState`); a
/// whole text is a stream that ends.
struct Decoder: Sendable {
    enum Stage: Sendable {
        /// Stand-ins of the byte alphabet become bytes; what is then not UTF-8 becomes U+FFFD. Makes one
        /// token of all.
        case byteLevel
        /// Runs of tokens like `<0xE6>` become text, or U+FFFD for each byte when they are not UTF-8.
        case byteFallback
        /// Makes one token of all.
        case fuse
        /// Removes up to `start` and `stop` times `content` (one scalar) from the ends of every token.
        case strip(content: [UInt8], start: Int, stop: Int)
        case replace(TextPattern, content: [UInt8])
        /// The replacement becomes a space, and nothing in the first token where one was put before the text.
        case metaspace(replacement: LiteralPattern, dropsFirst: Bool)
        /// A word's last token carries `suffix`, which becomes a space except in the last token of all.
        case wordSuffix(LiteralPattern)
        /// A token without `prefix` begins a word.
        case wordPiece(prefix: [UInt8], cleansUp: Bool)
        case ctc(padding: LiteralPattern?, delimiter: LiteralPattern, cleansUp: Bool)
        /// SentencePiece's: bytes become text, U+FFFD for each one that is no part of a character, visible
        /// spaces become spaces, but not where the text begins.
        case sentencePiece(SentencePieceStripping)
        /// Tokens are separated by spaces: what Hugging Face does without a decoder.
        case spaces
    }

    let stages: [Stage]

    init(_ stages: [Stage]) {
        self.stages = stages
    }

    /// Whether it is that of byte-level BPE and nothing else.
    var isByteLevel: Bool {
        guard stages.count == 1, case .byteLevel = stages[0] else { return false }
        return true
    }

    /// Whether it has to know of tokens that are left out of the text.
    var seesSkippedTokens: Bool {
        stages.contains { stage in
            if case .sentencePiece = stage { true } else { false }
        }
    }

    /// The same, and then `TextReplacement.configurationCleanup` on all of the text.
    var cleaningUpSpaces: Decoder {
        Decoder(
            stages + [.fuse]
                + TextReplacement.configurationCleanup.map { from, to in
                    .replace(.literal(from), content: to)
                })
    }

    /// The bytes that a token stands for in the middle of a text.
    func bytes(of token: ArraySlice<UInt8>) -> [UInt8] {
        var text = Array(token)
        for stage in stages {
            switch stage {
            case .byteLevel: text = ByteAlphabet.bytes(for: text) ?? text
            case .byteFallback:
                if let byte = ByteFallback.byte(of: text) { text = [byte] }
            case .replace(let pattern, let content):
                text = Normalizer.Stage.replacing(pattern, by: content, text, 0..<text.count) ?? text
            case .metaspace(let replacement, _):
                text = TextReplacement.all([(replacement, [0x20])], in: text)
            case .sentencePiece:
                if let byte = ByteFallback.byte(of: text) { text = [byte] }
                text = TextReplacement.all([(SentencePieceStripping.spacePattern, [0x20])], in: text)
            case .wordSuffix(let suffix): text = TextReplacement.all([(suffix, [0x20])], in: text)
            case .wordPiece(let prefix, _):
                text = text.starts(with: prefix) ? Array(text.dropFirst(prefix.count)) : [0x20] + text
            case .spaces: text = [0x20] + text
            case .ctc(let padding, let delimiter, _):
                text = TextReplacement.all(padding.map { [($0, [])] } ?? [], in: text)
                text = TextReplacement.all([(delimiter, [0x20])], in: text)
            case .fuse, .strip: break
            }
        }
        return text
    }
}
