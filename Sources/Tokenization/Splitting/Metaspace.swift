/// Makes spaces visible, as SentencePiece does: every space becomes `replacement`, and one is put before the
/// text.
struct Metaspace: Sendable {
    enum Prepending: String, Sendable {
        /// Before every piece.
        case always
        /// Before the piece that begins the text.
        case first
        case never
    }

    /// One scalar, usually U+2581.
    var replacement: [UInt8]
    var prepending = Prepending.always
    /// Whether a piece begins at every replacement.
    var splits = true

    func replacingSpaces(_ text: ArraySlice<UInt8>, _ beginsText: Bool) -> [UInt8] {
        let startsReplaced = text.first == 0x20 || text.starts(with: replacement)
        let prepends = prepending == .always || (prepending == .first && beginsText)
        var result: [UInt8] = []
        result.reserveCapacity(text.count + text.count / 4 + replacement.count)
        if prepends, !startsReplaced { result.append(contentsOf: replacement) }
        for byte in text {
            if byte == 0x20 { result.append(contentsOf: replacement) } else { result.append(byte) }
        }
        return result
    }
}
