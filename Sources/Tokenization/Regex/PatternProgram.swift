/// What a pattern is compiled to: instructions for a machine that tries one way and takes back.
struct PatternProgram: Sendable {
    enum Instruction: Sendable {
        /// The pattern, or the body of an atomic group, has matched.
        case accept
        /// The body of a lookaround has matched.
        case acceptLook
        /// Bytes of `literals`.
        case literal(Range<Int32>)
        case set(Int32)
        /// First this, then that way; `firstBytes` of each is -1 where every byte may come.
        case split(first: Int32, second: Int32, firstBytes: Int32, secondBytes: Int32, point: Int32)
        case jump(Int32)
        /// A run of a set's members, as long or as short as possible.
        case run(RunIndex)
        /// The body at `body` until it accepts, then on; nothing inside is tried again.
        case atomic(body: Int32, point: Int32)
        case look(body: Int32, isNegative: Bool)
        /// Goes so many scalars back.
        case back(Int32)
        case anchor(PatternNode.Anchor)
        case fail
    }

    typealias RunIndex = Int32

    struct Run: Sendable {
        let set: Int
        let minimum: Int
        let maximum: Int
        let greed: PatternNode.Greed
        let point: Int
    }

    /// Which bytes a way can begin with.
    struct FirstBytes: Sendable {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

        @inline(__always)
        func contains(_ byte: UInt8) -> Bool {
            let word =
                switch byte >> 6 {
                case 0: words.0
                case 1: words.1
                case 2: words.2
                default: words.3
                }
            return word >> UInt64(byte & 63) & 1 != 0
        }
    }

    var instructions: [Instruction] = []
    var literals: [UInt8] = []
    var sets: [ScalarBitmap] = []
    var runs: [Run] = []
    var firstBytes: [FirstBytes] = []
    /// What the whole pattern can begin with; -1 where every byte may come, or nothing.
    var startBytes: Int32 = -1
    /// The set of `\w`, where an anchor needs it.
    var wordSet = 0
    /// Places where a way is chosen, for the memory of what has failed.
    var pointCount = 0
}
