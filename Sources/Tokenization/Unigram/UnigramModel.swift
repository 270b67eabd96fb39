/// The most probable segmentation of a text into pieces, each with a logarithmic probability (Kudo 2018,
/// "Subword Regularization"), found by Viterbi's algorithm.
///
/// The two implementations that vocabularies are made for add the probabilities in different precision and
/// treat what is unknown differently; both are followed, so that ties fall alike.
struct UnigramModel: Sendable {
    enum Flavor: Sendable {
        /// Hugging Face's `tokenizers`.
        case tokenizers
        /// The `sentencepiece` package.
        case sentencePiece
    }

    enum Kind: Sendable {
        case normal
        /// Wins against every other piece.
        case userDefined
        /// Not found in text: control tokens, bytes, unused pieces.
        case hidden
    }

    struct Piece: Sendable {
        var bytes: ArraySlice<UInt8>
        var kind = Kind.normal
    }

    /// What a scalar without a piece costs more than the least probable piece.
    private static let unknownPenalty = 10.0
    /// From here on `sentencepiece` finds sums of single precision too coarse.
    private static let recentring = 100_000.0
    /// Bounds the work for each position of a text.
    private static let longestPiece = 2048

    private let trie: ByteTrie
    private let scores: [Double]
    private let unknownScore: Double
    private let unknownID: Int32?
    private let byteIDs: [Int32]?
    private let flavor: Flavor

    /// - Parameters:
    ///   - pieces: By id, read several times and not kept.
    ///   - scores: By id.
    ///   - unknownID: What a scalar without a piece becomes; a text with one is not encodable without it.
    ///   - byteFallback: Whether the bytes of what is unknown become "<0x..>" tokens, where all of them have
    ///     one.
    ///   - field: For messages.
    init(
        pieces: some RandomAccessCollection<Piece>, scores: [Double], unknownID: Int32?, byteFallback: Bool,
        flavor: Flavor = .tokenizers, field: String = "tokenizer.json: model.vocab"
    ) throws(TokenizerError) {
        var ids: [Int32] = []
        ids.reserveCapacity(pieces.count)
        for (id, piece) in pieces.enumerated() {
            try Self.check(piece, scores[id], id, field)
            guard piece.kind != .hidden, !piece.bytes.isEmpty else { continue }
            ids.append(Int32(id))
        }
        if let unknownID, !scores.indices.contains(Int(unknownID)) {
            throw TokenizerError(
                .outOfRange, field: field, found: "\(unknownID) as the unknown token",
                expected: "an id below \(pieces.count)", advice: TokenizerError.damagedFileAdvice)
        }
        trie = ByteTrie(ids) { pieces[pieces.index(pieces.startIndex, offsetBy: Int($0))].bytes }
        self.scores = Self.scores(pieces, scores, flavor)
        unknownScore = Self.unknownScore(pieces, scores, flavor)
        self.unknownID = unknownID
        self.flavor = flavor
        byteIDs = byteFallback ? Self.byteIDs(pieces) : nil
    }

    /// Appends the ids of the best segmentation of `bytes[range]`, whole scalars of UTF-8.
    func encode(_ bytes: [UInt8], in range: Range<Int>, into ids: inout [Int32]) {
        guard !range.isEmpty else { return }
        let path = bestPath(bytes, range)
        var pieces: [(start: Int, end: Int, id: Int32)] = []
        var end = range.count
        while end > 0 {
            let step = path[end]
            pieces.append((Int(step.start), end, step.id))
            end = Int(step.start)
        }
        var index = pieces.count - 1
        while index >= 0 {
            guard pieces[index].id == unknownID || pieces[index].id < 0 else {
                ids.append(pieces[index].id)
                index -= 1
                continue
            }
            var last = index
            while last > 0, pieces[last - 1].id == pieces[index].id { last -= 1 }
            let unknown = range.lowerBound + pieces[index].start..<range.lowerBound + pieces[last].end
            appendUnknown(bytes, unknown, into: &ids)
            index = last - 1
        }
    }

    // MARK: - The best path

    private struct Step {
        /// Of the best path that ends here; single precision in `sentencepiece`.
        var score = 0.0
        /// Where the last piece of that path begins; -1 while there is none.
        var start: Int32 = -1
        var id: Int32 = -1
    }

    private func bestPath(_ bytes: [UInt8], _ range: Range<Int>) -> [Step] {
        var path = [Step](repeating: Step(), count: range.count + 1)
        let isSingle = flavor == .sentencePiece
        var start = range.lowerBound
        // The last place that a path has come to.
        var frontier = 0
        while start < range.upperBound {
            let offset = start - range.lowerBound
            if isSingle, abs(path[offset].score) > Self.recentring {
                Self.recentre(&path, from: offset, through: frontier)
            }
            let reached = path[offset].score
            let width = min(bytes.scalar(at: start).width, range.upperBound - start)
            var hasSingle = false
            trie.forEachPrefix(bytes, from: start, to: range.upperBound) { count, id in
                let sum = scores[Int(id)] + reached
                // Of two singles the double sum rounds to the single sum.
                let candidate = isSingle ? Double(Float(sum)) : sum
                if path[offset + count].start < 0 || candidate > path[offset + count].score {
                    path[offset + count] = Step(
                        score: candidate, start: Int32(offset), id: id)
                }
                if count == width { hasSingle = true }
                frontier = max(frontier, offset + count)
            }
            if !hasSingle {
                frontier = max(frontier, offset + width)
                let sum = unknownScore + reached
                let candidate = isSingle ? Double(Float(sum)) : sum
                if path[offset + width].start < 0 || candidate > path[offset + width].score {
                    path[offset + width] = Step(
                        score: candidate, start: Int32(offset), id: unknownID ?? -1)
                }
            }
            start += width
        }
        return path
    }

    /// Makes the path that ends at `offset` start over from 0, and those that go on from before it with it.
    private static func recentre(_ path: inout [Step], from offset: Int, through frontier: Int) {
        let reached = path[offset].score
        for index in offset...max(offset, frontier) where index == offset || path[index].start >= 0 {
            path[index].score = Double(Float(path[index].score - reached))
        }
    }

    private func appendUnknown(_ bytes: [UInt8], _ range: Range<Int>, into ids: inout [Int32]) {
        if let byteIDs, range.allSatisfy({ byteIDs[Int(bytes[$0])] >= 0 }) {
            // The text of the unknown token itself is that token, to the tokenizers package.
            if flavor == .tokenizers, isUnknownToken(bytes, range), let unknownID {
                ids.append(unknownID)
            } else {
                for index in range { ids.append(byteIDs[Int(bytes[index])]) }
            }
        } else if let unknownID {
            ids.append(unknownID)
        }
    }

    private func isUnknownToken(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        guard let found = trie.longestPrefix(bytes, from: range.lowerBound, to: range.upperBound) else {
            return false
        }
        return found.count == range.count && found.value == unknownID
    }
}

// MARK: - Scores

extension UnigramModel {
    private static func check(
        _ piece: Piece, _ score: Double, _ id: Int, _ field: String
    ) throws(TokenizerError) {
        guard piece.bytes.count <= longestPiece else {
            throw TokenizerError(
                .outOfRange, field: "\(field)[\(id)]", found: "a piece of \(piece.bytes.count) bytes",
                expected: "at most \(longestPiece)", advice: TokenizerError.damagedFileAdvice)
        }
        guard score.isFinite else {
            throw TokenizerError(
                .outOfRange, field: "\(field)[\(id)]", found: "the score \(score)",
                expected: "a finite number", advice: TokenizerError.damagedFileAdvice)
        }
    }

    /// `sentencepiece` gives a user-defined piece a score close to 0, whatever the file says.
    private static func scores(
        _ pieces: some Collection<Piece>, _ scores: [Double], _ flavor: Flavor
    ) -> [Double] {
        guard flavor == .sentencePiece else { return scores }
        let best = normalScores(pieces, scores).max() ?? 0
        let bonus = max(best, Float.leastNormalMagnitude)
        return zip(pieces, scores).map { piece, score in
            piece.kind == .userDefined
                ? Double(Float(Double(Float(piece.bytes.count) * bonus) - 0.1)) : Double(Float(score))
        }
    }

    private static func unknownScore(
        _ pieces: some Collection<Piece>, _ scores: [Double], _ flavor: Flavor
    ) -> Double {
        switch flavor {
        case .tokenizers: (scores.min() ?? 0) - unknownPenalty
        case .sentencePiece: Double((normalScores(pieces, scores).min() ?? 0) - Float(unknownPenalty))
        }
    }

    private static func normalScores(
        _ pieces: some Collection<Piece>, _ scores: [Double]
    ) -> some Sequence<Float> {
        zip(pieces, scores).lazy.filter { $0.0.kind == .normal }.map { Float($0.1) }
    }

    /// The ids of "<0x00>" to "<0xFF>", -1 for those that are missing.
    private static func byteIDs(_ pieces: some Collection<Piece>) -> [Int32] {
        var ids = [Int32](repeating: -1, count: 256)
        for (id, piece) in pieces.enumerated() {
            if let byte = ByteFallback.byte(of: piece.bytes),
                ByteFallback.spelling(of: byte)[...] == piece.bytes
            {
                ids[Int(byte)] = Int32(id)
            }
        }
        return ids
    }
}
