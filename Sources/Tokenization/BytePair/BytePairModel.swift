/// Byte-pair encoding of one word: start from its symbols, then merge the pair of lowest rank (the leftmost
/// of equals) until no pair merges.
///
/// Short words scan all pairs for every merge; long ones keep the pairs in a heap, so that no input is
/// quadratic. Both give the same ids.
struct BytePairModel: Sendable {
    /// What the symbols are that a word starts from.
    enum Spelling: Sendable {
        /// Bytes, which tokens spell in the byte alphabet.
        case bytes
        /// Scalars.
        case scalars(Affixes)
    }

    /// How a scalar's token depends on its place in the word.
    struct Affixes: Sendable {
        /// Before every symbol but the first: "##".
        var continuingPrefix: [UInt8] = []
        /// After the last symbol: "</w>".
        var endSuffix: [UInt8] = []
        /// A scalar without a token becomes its bytes, `<0xE6>`, where all of them are tokens.
        var fallsBackToBytes = false

        var isEmpty: Bool { continuingPrefix.isEmpty && endSuffix.isEmpty }
    }

    struct Options: Sendable {
        var spelling = Spelling.bytes
        /// A word that is a token is that token, whatever the merges say (Llama 3).
        var ignoreMerges = false
        /// What a symbol without a token becomes; nil drops it.
        var unknownID: Int32?
        /// One unknown token for a run of unknown symbols.
        var fuseUnknown = false
    }

    /// Up to here the scan over at most this many pairs is cheaper than a heap.
    static let scanLimit = 32
    static let noID: Int32 = -1

    let vocabulary: Vocabulary
    let options: Options
    let merges: MergeTable
    /// With bytes: the id of each byte. With scalars: the id of each ASCII scalar inside a word.
    ///
    /// `noID` where the vocabulary has none.
    let byteIDs: [Int32]
    /// The ids of `<0x00>` to `<0xFF>`.
    let fallbackIDs: [Int32]
    /// A scalar that tokens only begin with: no merge crosses the place before one.
    let wordStart: [UInt8]

    init(vocabulary: Vocabulary, merges: MergeTable, options: Options) {
        self.vocabulary = vocabulary
        self.merges = merges
        self.options = options
        let fallback = (UInt8.min...UInt8.max).map { byte in
            vocabulary.id(ofText: ByteFallback.spelling(of: byte)) ?? Self.noID
        }
        fallbackIDs = fallback
        switch options.spelling {
        case .bytes:
            byteIDs = (UInt8.min...UInt8.max).map { vocabulary.id(ofBytes: [$0], in: 0..<1) ?? Self.noID }
            wordStart = []
        case .scalars(let affixes):
            byteIDs = (UInt8.min...0x7F).map { byte in
                let text = affixes.continuingPrefix + [byte]
                return vocabulary.id(ofText: text, in: 0..<text.count) ?? Self.noID
            }
            wordStart = Self.wordStart(vocabulary, options, affixes)
        }
    }

    func encode(_ bytes: [UInt8], in word: Range<Int>, into session: inout EncodingSession) {
        guard !wordStart.isEmpty else { return encodeWord(bytes, word, &session) }
        var start = word.lowerBound
        var index = start
        while let next = nextWordStart(bytes, after: index, to: word.upperBound) {
            encodeWord(bytes, start..<next, &session)
            (start, index) = (next, next)
        }
        encodeWord(bytes, start..<word.upperBound, &session)
    }

    @inline(__always)
    private func encodeWord(_ bytes: [UInt8], _ word: Range<Int>, _ session: inout EncodingSession) {
        if case .bytes = options.spelling, word.count == 1, byteIDs[Int(bytes[word.lowerBound])] != Self.noID
        {
            session.ids.append(byteIDs[Int(bytes[word.lowerBound])])
            return
        }
        session.encodeCached(bytes, word) { session in
            if options.ignoreMerges, let id = wholeID(bytes, word) {
                session.ids.append(id)
                return
            }
            switch options.spelling {
            case .bytes: spell(bytes, in: word, into: &session.symbols)
            case .scalars(let affixes): spell(bytes, in: word, affixes, into: &session.symbols)
            }
            if session.symbols.count <= Self.scanLimit {
                mergeByScan(&session)
            } else {
                mergeByHeap(&session)
            }
        }
    }

    private func wholeID(_ bytes: [UInt8], _ word: Range<Int>) -> Int32? {
        switch options.spelling {
        case .bytes: vocabulary.id(ofBytes: bytes, in: word)
        case .scalars: vocabulary.id(ofText: bytes, in: word)
        }
    }
}

// MARK: - Merging

extension BytePairModel {
    private func mergeByScan(_ session: inout EncodingSession) {
        var count = session.symbols.count
        guard count > 1 else {
            session.ids.append(contentsOf: session.symbols)
            return
        }
        // ranks[i] is the merge of symbols i and i + 1.
        session.ranks.removeAll(keepingCapacity: true)
        for index in 0..<count - 1 {
            session.ranks.append(merges.merge(session.symbols[index], session.symbols[index + 1]).packed)
        }
        while count > 1 {
            var best = 0
            for index in 1..<max(count - 1, 1) where session.ranks[index] < session.ranks[best] {
                best = index
            }
            let merge = MergeTable.Merge(packed: session.ranks[best])
            guard merge.packed != MergeTable.Merge.none.packed else { break }
            session.symbols[best] = merge.mergedID
            count -= 1
            for index in best + 1..<max(count, best + 1) {
                session.symbols[index] = session.symbols[index + 1]
                session.ranks[index - 1] = session.ranks[index]
            }
            if best > 0 {
                session.ranks[best - 1] =
                    merges.merge(session.symbols[best - 1], session.symbols[best]).packed
            }
            if best + 1 < count {
                session.ranks[best] = merges.merge(session.symbols[best], session.symbols[best + 1]).packed
            }
        }
        session.ids.append(contentsOf: session.symbols[0..<count])
    }

    private func mergeByHeap(_ session: inout EncodingSession) {
        var chain = SymbolChain(session.symbols)
        var heap = MergeHeap(capacity: session.symbols.count)
        for index in 0..<session.symbols.count - 1 { push(index, chain, &heap) }
        while let (rank, index) = heap.pop() {
            guard let next = chain.next(of: index) else { continue }
            let merge = merges.merge(chain.ids[index], chain.ids[next])
            // A symbol has changed since this entry was pushed; its present pair has its own entry.
            guard merge.packed != MergeTable.Merge.none.packed, merge.rank == rank else { continue }
            chain.merge(index, into: merge.mergedID)
            if let previous = chain.previous(of: index) { push(previous, chain, &heap) }
            push(index, chain, &heap)
        }
        var index: Int? = 0
        while let current = index {
            session.ids.append(chain.ids[current])
            index = chain.next(of: current)
        }
    }

    private func push(_ index: Int, _ chain: SymbolChain, _ heap: inout MergeHeap) {
        guard let next = chain.next(of: index) else { return }
        let merge = merges.merge(chain.ids[index], chain.ids[next])
        if merge.packed != MergeTable.Merge.none.packed { heap.push(rank: merge.rank, index: index) }
    }
}
