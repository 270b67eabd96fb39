/// Byte-pair encoding of one word: start from its bytes, then merge the pair of lowest rank (the
/// leftmost of equals) until no pair merges.
///
/// Short words scan all pairs for every merge; long ones keep the pairs in a heap, so that no input is
/// quadratic. Both give the same ids.
struct BytePairModel: Sendable {
    /// Up to here the scan over at most this many pairs is cheaper than a heap.
    static let scanLimit = 32
    private static let noID: Int32 = -1

    let vocabulary: Vocabulary
    private let merges: MergeTable
    /// The id of each single byte, `noID` where the vocabulary has none.
    private var byteIDs: [Int32]
    private let options: Options

    struct Options: Sendable {
        /// A word that is a token is that token, whatever the merges say (Llama 3).
        var ignoreMerges = false
        /// What a byte without a token becomes; nil drops the byte.
        var unknownID: Int32?
        /// One unknown token for a run of unknown bytes.
        var fuseUnknown = false
    }

    init(vocabulary: Vocabulary, merges: MergeTable, options: Options) {
        self.vocabulary = vocabulary
        self.merges = merges
        self.options = options
        byteIDs = (UInt8.min...UInt8.max).map { vocabulary.id(ofBytes: [$0], in: 0..<1) ?? Self.noID }
    }

    func encode(_ bytes: [UInt8], in word: Range<Int>, into session: inout BytePairSession) {
        if word.count == 1, byteIDs[Int(bytes[word.lowerBound])] != Self.noID {
            session.ids.append(byteIDs[Int(bytes[word.lowerBound])])
            return
        }
        let key = session.cache.key(bytes, word)
        if let key, let earlier = session.cache.find(key) {
            for index in earlier { session.ids.append(session.ids[index]) }
            return
        }
        let firstOutput = session.ids.count
        if options.ignoreMerges, let id = vocabulary.id(ofBytes: bytes, in: word) {
            session.ids.append(id)
        } else {
            spell(bytes, in: word, into: &session.symbols)
            if session.symbols.count <= Self.scanLimit {
                mergeByScan(&session)
            } else {
                mergeByHeap(&session)
            }
        }
        if let key { session.cache.store(key, firstOutput..<session.ids.count) }
    }

    private func spell(_ bytes: [UInt8], in word: Range<Int>, into symbols: inout [Int32]) {
        symbols.removeAll(keepingCapacity: true)
        var followsUnknown = false
        for index in word {
            let id = byteIDs[Int(bytes[index])]
            if id != Self.noID {
                symbols.append(id)
                followsUnknown = false
            } else if let unknown = options.unknownID {
                if !(followsUnknown && options.fuseUnknown) { symbols.append(unknown) }
                followsUnknown = true
            }
        }
    }
}

// MARK: - Merging

extension BytePairModel {
    private func mergeByScan(_ session: inout BytePairSession) {
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

    private func mergeByHeap(_ session: inout BytePairSession) {
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
