/// The merges of a byte-pair model: a pair of adjacent ids to the rank of its merge and the merged id.
struct MergeTable: Sendable {
    /// `rank << 32 | merged id`: comparing two merges as integers compares their ranks first.
    struct Merge {
        static let none = Merge(packed: .max)

        let packed: UInt64

        var rank: UInt32 { UInt32(packed >> 32) }
        var mergedID: Int32 { Int32(truncatingIfNeeded: packed) }
    }

    private static let empty = UInt64.max
    /// 2^64 / golden ratio: multiplying spreads close keys over the high bits.
    private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Key and merge side by side, so that a lookup touches one cache line.
    ///
    /// At most half full.
    private var slots: [UInt64]
    private let slotCount: UInt64
    /// Per process, so that a hostile file cannot aim for collisions.
    private let seed = UInt64.random(in: .min ... .max)

    /// - Parameter byteLimit: memory for the table, which it exceeds only to be no more than half full. Where there
    ///   is enough, it stays two sevenths full, so that most pairs that do not merge are seen at the first place.
    init(capacity: Int, byteLimit: Int) {
        let count = max(capacity * 2, min(capacity * 7 / 2, byteLimit / 16), 2)
        slots = [UInt64](repeating: Self.empty, count: 2 * count)
        slotCount = UInt64(count)
    }

    /// A repeated pair takes the later merge.
    ///
    /// At most `capacity` insertions.
    mutating func insert(left: Int32, right: Int32, rank: UInt32, mergedID: Int32) {
        let slot = slot(of: Self.key(left, right))
        slots[slot] = Self.key(left, right)
        slots[slot + 1] = UInt64(rank) << 32 | UInt64(UInt32(bitPattern: mergedID))
    }

    @inline(__always)
    func merge(_ left: Int32, _ right: Int32) -> Merge {
        Merge(packed: slots[slot(of: Self.key(left, right)) + 1])
    }

    @inline(__always)
    private func slot(of key: UInt64) -> Int {
        let mixed = (key ^ seed) &* Self.multiplier
        // A second round lets the high half of the key reach every bit of the slot, whose number is that share of
        // all slots which the bits make as a fraction.
        let bits = (mixed ^ mixed >> 32) &* Self.multiplier
        var slot = Int(bits.multipliedFullWidth(by: slotCount).high) * 2
        while slots[slot] != Self.empty, slots[slot] != key {
            slot = slot + 2 == slots.count ? 0 : slot + 2
        }
        return slot
    }

    @inline(__always)
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }
}
