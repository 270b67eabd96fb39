/// Byte strings by id in one flat buffer, and the way back from a byte string to its id.
///
/// Keys are bytes and never `String`, whose equality would merge canonically equivalent tokens.
struct ByteStrings: Sendable {
    private static let absent: Int32 = -1
    private static let minimumSlots = 16

    private var buffer: [UInt8] = []
    private var starts: [Int] = []
    private var counts: [Int32] = []
    /// Open addressing; a slot holds an id or `absent`.
    ///
    /// Always a power of two, at most half full.
    private var slots = [Int32](repeating: absent, count: minimumSlots)
    private var usedSlots = 0

    /// One above the largest id.
    var size: Int { counts.count }

    subscript(id: Int32) -> ArraySlice<UInt8>? {
        guard id >= 0, id < counts.count, counts[Int(id)] >= 0 else { return nil }
        let start = starts[Int(id)]
        return buffer[start..<start + Int(counts[Int(id)])]
    }

    mutating func reserveCapacity(_ count: Int) {
        starts.reserveCapacity(count)
        counts.reserveCapacity(count)
        grow(toAtLeast: count * 2)
    }

    /// Stores `bytes` under an id that has none; `isFindable` enters it into the way back, where a later
    /// id takes the place of an earlier one with the same bytes.
    mutating func insert(_ bytes: some Collection<UInt8>, id: Int32, isFindable: Bool = true) {
        precondition(self[id] == nil, "an id is stored once")
        while counts.count <= id {
            starts.append(0)
            counts.append(Self.absent)
        }
        starts[Int(id)] = buffer.count
        counts[Int(id)] = Int32(bytes.count)
        buffer.append(contentsOf: bytes)
        guard isFindable else { return }
        grow(toAtLeast: (usedSlots + 1) * 2)
        place(id)
    }

    func id(of bytes: [UInt8], in range: Range<Int>) -> Int32? {
        let id = slots[slot(of: bytes, in: range)]
        return id == Self.absent ? nil : id
    }

    // MARK: - Internals

    /// The slot that holds the key, or the empty slot where it would go.
    private func slot(of bytes: [UInt8], in range: Range<Int>) -> Int {
        let mask = slots.count - 1
        var slot = Self.hash(bytes, range) & mask
        while slots[slot] != Self.absent, !matches(slots[slot], bytes, range) {
            slot = (slot + 1) & mask
        }
        return slot
    }

    private func matches(_ id: Int32, _ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        guard Int(counts[Int(id)]) == range.count else { return false }
        let start = starts[Int(id)]
        for offset in 0..<range.count where buffer[start + offset] != bytes[range.lowerBound + offset] {
            return false
        }
        return true
    }

    private mutating func place(_ id: Int32) {
        let start = starts[Int(id)]
        let slot = slot(of: buffer, in: start..<start + Int(counts[Int(id)]))
        if slots[slot] == Self.absent { usedSlots += 1 }
        slots[slot] = id
    }

    private mutating func grow(toAtLeast count: Int) {
        guard slots.count < count else { return }
        var capacity = slots.count
        while capacity < count { capacity *= 2 }
        let ids = slots.filter { $0 != Self.absent }
        slots = [Int32](repeating: Self.absent, count: capacity)
        usedSlots = 0
        for id in ids { place(id) }
    }

    /// `Hasher` is seeded per process, so that a hostile vocabulary cannot aim for collisions.
    private static func hash(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        var hasher = Hasher()
        bytes.withUnsafeBytes { hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0[range])) }
        return hasher.finalize()
    }
}
