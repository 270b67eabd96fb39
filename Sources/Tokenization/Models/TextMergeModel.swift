/// Byte-pair encoding without a list of merges: two neighbours merge when their text together is a piece,
/// the best piece first, the leftmost of equals.
///
/// SentencePiece's vocabularies (scores) and tiktoken's (ranks) are of this kind.
struct TextMergeModel: Sendable {
    enum Unit: Sendable {
        case byte
        case scalar
    }

    struct Options: Sendable {
        /// What a text starts from.
        var unit = Unit.byte
        /// A word that is a piece is that piece, whatever merging would make of it.
        var takesWholeWords = false
        var unknownID: Int32?
        /// By byte: what becomes of a scalar without a piece; empty for the unknown piece.
        var byteIDs: [Int32] = []
        /// Texts that are one symbol from the start and merge with nothing.
        var frozen = ByteTrie([])
        /// Pieces that are taken apart again where they are left at the end.
        var unusedIDs: Set<Int32> = []
    }

    private static let scanLimit = 32
    private static let space = Array("\u{2581}".utf8)
    private static let none = UInt64.max

    private let pieces: ByteStrings
    /// By id: the lower the earlier; `UInt32.max` for what never merges.
    private let ranks: [UInt32]
    private let options: Options
    private let longest: Int
    /// Whether text can be cut before every space that follows something else.
    private let cutsAtSpaces: Bool

    /// - Parameters:
    ///   - pieces: By id, with their texts findable.
    ///   - ranks: By id.
    init(pieces: ByteStrings, ranks: [UInt32], options: Options) {
        self.pieces = pieces
        self.ranks = ranks
        self.options = options
        longest = (0..<Int32(pieces.size)).reduce(0) { max($0, pieces[$1]?.count ?? 0) }
        cutsAtSpaces =
            options.unit == .scalar && options.unusedIDs.isEmpty
            && (0..<Int32(pieces.size)).allSatisfy { id in
                pieces[id].map { Self.hasSpacesFirst(Array($0)) } ?? true
            }
    }

    /// A whole text with visible spaces.
    func encodeText(_ bytes: [UInt8], into session: inout EncodingSession) {
        var start = 0
        if cutsAtSpaces {
            var index = 1
            while index < bytes.count {
                if Self.isSpace(bytes, index), index < 3 || !Self.isSpace(bytes, index - 3) {
                    encode(bytes, in: start..<index, into: &session)
                    start = index
                }
                index += 1
            }
        }
        encode(bytes, in: start..<bytes.count, into: &session)
    }

    func encode(_ bytes: [UInt8], in word: Range<Int>, into session: inout EncodingSession) {
        guard !word.isEmpty else { return }
        session.encodeCached(bytes, word) { session in
            if options.takesWholeWords, word.count <= longest, let id = pieces.id(of: bytes, in: word) {
                session.ids.append(id)
                return
            }
            let symbols = TextSymbols(bytes, word, options)
            if symbols.count <= Self.scanLimit, options.unusedIDs.isEmpty {
                mergeByScan(bytes, symbols, &session)
            } else {
                mergeByHeap(bytes, symbols, &session)
            }
        }
    }

    // MARK: - Merging

    /// `rank << 32 | id` of the piece with this text.
    private func merge(_ bytes: [UInt8], _ range: Range<Int>) -> UInt64 {
        guard range.count <= longest, let id = pieces.id(of: bytes, in: range), ranks[Int(id)] != .max else {
            return Self.none
        }
        return UInt64(ranks[Int(id)]) << 32 | UInt64(id)
    }

    private func mergeByScan(_ bytes: [UInt8], _ symbols: TextSymbols, _ session: inout EncodingSession) {
        var symbols = symbols
        var merges: [UInt64] = []
        for index in 0..<max(symbols.count - 1, 0) {
            merges.append(symbols.canMerge(index) ? merge(bytes, symbols.pair(index)) : Self.none)
        }
        while let best = merges.indices.min(by: { merges[$0] >> 32 < merges[$1] >> 32 }),
            merges[best] != Self.none
        {
            symbols.merge(best)
            merges.remove(at: best)
            if best > 0 {
                merges[best - 1] =
                    symbols.canMerge(best - 1) ? merge(bytes, symbols.pair(best - 1)) : Self.none
            }
            if best < merges.count {
                merges[best] = symbols.canMerge(best) ? merge(bytes, symbols.pair(best)) : Self.none
            }
        }
        var output = TextMergeOutput(options)
        for index in 0..<symbols.count {
            output.append(
                bytes, symbols.range(index), pieces.id(of: bytes, in: symbols.range(index)), &session)
        }
    }

    private func mergeByHeap(_ bytes: [UInt8], _ symbols: TextSymbols, _ session: inout EncodingSession) {
        var chain = SymbolChain([Int32](repeating: 0, count: symbols.count))
        var ends = (0..<symbols.count).map { symbols.range($0).upperBound }
        var heap = MergeHeap(capacity: symbols.count)
        // How each unused piece was last put together: the length of its left half.
        var halves: [ArraySlice<UInt8>: Int] = [:]
        func range(_ index: Int) -> Range<Int> { symbols.range(index).lowerBound..<ends[index] }
        func push(_ index: Int) {
            guard let next = chain.next(of: index), !symbols.isFrozen(index), !symbols.isFrozen(next) else {
                return
            }
            let whole = range(index).lowerBound..<ends[next]
            let merge = merge(bytes, whole)
            guard merge != Self.none else { return }
            heap.push(rank: UInt32(merge >> 32), index: index)
            if options.unusedIDs.contains(Int32(truncatingIfNeeded: merge)) {
                halves[bytes[whole]] = ends[index] - whole.lowerBound
            }
        }
        for index in 0..<symbols.count { push(index) }
        while let (rank, index) = heap.pop() {
            guard let next = chain.next(of: index), !symbols.isFrozen(index), !symbols.isFrozen(next) else {
                continue
            }
            let merge = merge(bytes, range(index).lowerBound..<ends[next])
            // A symbol has changed since this entry was pushed; its present pair has its own entry.
            guard merge != Self.none, merge >> 32 == UInt64(rank) else { continue }
            ends[index] = ends[next]
            chain.merge(index, into: 0)
            if let previous = chain.previous(of: index) { push(previous) }
            push(index)
        }
        var output = TextMergeOutput(options)
        var index: Int? = symbols.count > 0 ? 0 : nil
        while let current = index {
            append(bytes, range(current), halves, &output, &session)
            index = chain.next(of: current)
        }
    }

    /// Takes unused pieces apart until what is left is in use.
    private func append(
        _ bytes: [UInt8], _ range: Range<Int>, _ halves: [ArraySlice<UInt8>: Int],
        _ output: inout TextMergeOutput,
        _ session: inout EncodingSession
    ) {
        var pending = [range]
        while let range = pending.popLast() {
            let id = pieces.id(of: bytes, in: range)
            if let id, options.unusedIDs.contains(id), let count = halves[bytes[range]] {
                let middle = range.lowerBound + count
                pending.append(middle..<range.upperBound)
                pending.append(range.lowerBound..<middle)
            } else {
                output.append(bytes, range, id, &session)
            }
        }
    }

    // MARK: - Spaces

    private static func isSpace(_ bytes: [UInt8], _ index: Int) -> Bool {
        index + 2 < bytes.count && bytes[index] == space[0] && bytes[index + 1] == space[1]
            && bytes[index + 2] == space[2]
    }

    /// Whether spaces come only at the beginning of the piece.
    private static func hasSpacesFirst(_ piece: [UInt8]) -> Bool {
        var index = 0
        while isSpace(piece, index) { index += 3 }
        while index < piece.count {
            if isSpace(piece, index) { return false }
            index += 1
        }
        return true
    }
}
