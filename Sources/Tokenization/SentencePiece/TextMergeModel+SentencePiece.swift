extension TextMergeModel {
    /// The model of a SentencePiece file of type BPE.
    init(_ file: SentencePieceFile, unknownID: Int32?, userDefined: ByteTrie) throws(TokenizerError) {
        var pieces = ByteStrings()
        pieces.reserveCapacity(file.pieces.count)
        var options = Options()
        options.unit = .scalar
        options.unknownID = unknownID
        options.frozen = userDefined
        var byteIDs = [Int32](repeating: -1, count: 256)
        for (index, piece) in file.pieces.enumerated() {
            let id = Int32(index)
            let isFindable = piece.type == .normal || piece.type == .userDefined || piece.type == .unused
            pieces.insert(piece.text, id: id, isFindable: isFindable && !piece.text.isEmpty)
            if piece.type == .unused { options.unusedIDs.insert(id) }
            if piece.type == .byte, let byte = ByteFallback.byte(of: piece.text) { byteIDs[Int(byte)] = id }
        }
        if file.fallsBackToBytes {
            guard let missing = byteIDs.firstIndex(of: -1) else {
                options.byteIDs = byteIDs
                self.init(pieces: pieces, ranks: Self.ranks(file.pieces), options: options)
                return
            }
            throw TokenizerError(
                .inconsistent, field: "tokenizer.model: pieces", found: "no piece for the byte \(missing)",
                expected: "256 byte pieces, because byte_fallback is set",
                advice: TokenizerError.damagedFileAdvice)
        }
        self.init(pieces: pieces, ranks: Self.ranks(file.pieces), options: options)
    }

    /// The place of each piece when they are ordered by score, the best first; equal scores share one.
    private static func ranks(_ pieces: [SentencePieceFile.Piece]) -> [UInt32] {
        let order = pieces.indices.sorted { pieces[$0].score > pieces[$1].score }
        var ranks = [UInt32](repeating: 0, count: pieces.count)
        var rank: UInt32 = 0
        for (place, index) in order.enumerated() {
            if place > 0, pieces[order[place - 1]].score > pieces[index].score { rank += 1 }
            ranks[index] = rank
        }
        return ranks
    }
}
