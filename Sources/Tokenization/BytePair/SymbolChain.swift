/// The symbols of a word as a doubly linked list over flat arrays: merging two is constant time.
struct SymbolChain {
    private static let none: UInt32 = .max

    private(set) var ids: [Int32]
    private var nexts: [UInt32]
    private var previouses: [UInt32]

    /// At most 2^32 - 1 symbols: text that long does not fit the positions.
    init(_ ids: [Int32]) {
        let count = UInt32(ids.count)
        self.ids = ids
        nexts = (0..<count).map { $0 + 1 == count ? Self.none : $0 + 1 }
        previouses = (0..<count).map { $0 == 0 ? Self.none : $0 - 1 }
    }

    /// The symbol after a live one; nil at the end of the word and for symbols that were merged away.
    func next(of index: Int) -> Int? {
        nexts[index] == Self.none ? nil : Int(nexts[index])
    }

    func previous(of index: Int) -> Int? {
        previouses[index] == Self.none ? nil : Int(previouses[index])
    }

    /// Merges the symbol with its successor, which must exist.
    mutating func merge(_ index: Int, into id: Int32) {
        let removed = Int(nexts[index])
        ids[index] = id
        nexts[index] = nexts[removed]
        if let next = next(of: index) { previouses[next] = UInt32(index) }
        nexts[removed] = Self.none
    }
}
