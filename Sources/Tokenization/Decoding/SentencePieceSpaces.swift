/// Which visible spaces are not text but were put before it.
enum SentencePieceStripping: Sendable {
    static let space = Array("\u{2581}".utf8)
    static let spacePattern = LiteralPattern(space)

    case none
    /// The one that the first piece begins with.
    case first
    /// One of every piece, as long as there is no text.
    case leading
}

/// The beginning of a text that is decoded from SentencePiece's pieces.
struct SentencePieceSpaces: Sendable {
    private var expectsSpace = true
    private var hasStripped = false
    private var hasText = false

    /// The text of a piece.
    mutating func text(of piece: [UInt8], _ stripping: SentencePieceStripping) -> [UInt8] {
        if hasStripped || hasText { expectsSpace = false }
        hasStripped = false
        var piece = piece[...]
        if expectsSpace, stripping != .none, piece.starts(with: SentencePieceStripping.space) {
            piece = piece.dropFirst(SentencePieceStripping.space.count)
            hasStripped = stripping == .first
        }
        let text = TextReplacement.all([(SentencePieceStripping.spacePattern, [0x20])], in: Array(piece))
        if !text.isEmpty { hasText = true }
        return text
    }

    /// The text of a run of byte pieces, which is taken: characters, and U+FFFD for every other byte.
    mutating func text(ofBytes bytes: inout [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        var text: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let width = (1...4).first { width in
                index + width <= bytes.count
                    && String(validating: bytes[index..<index + width], as: UTF8.self) != nil
            }
            if let width {
                text += bytes[index..<index + width]
            } else {
                text += UTF8Prefix.replacement
            }
            index += width ?? 1
        }
        bytes.removeAll()
        hasText = true
        return text
    }
}
