import KernelLab

/// A machine whose clock and ceilings are scripted.
final class FakeMachine: Measurable {
    /// Rates that measurements of a cell's ceiling give, one after another, and then the last one for ever.
    var ceilings: [Int: [Double]] = [:]
    /// 10^9 units of one run, and the seconds it takes.
    var work = (units: 6.0, seconds: 2.0)
    /// What was called, such as "prepare 1".
    private(set) var calls: [String] = []
    private var clock = 100.0

    func prepare(_ cell: Int) { calls.append("prepare \(cell)") }

    func ceilingRate(_ cell: Int) -> Double {
        calls.append("ceiling \(cell)")
        clock += 1000
        guard let next = ceilings[cell]?.first else { return 10 }
        if ceilings[cell, default: []].count > 1 { ceilings[cell]?.removeFirst() }
        return next
    }

    func run(_ cell: Int) -> Double {
        calls.append("run \(cell)")
        clock += work.seconds
        return work.units
    }

    func now() -> Double { clock }
}

/// Counts up: every shuffle is known.
struct CountingGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64 = 0) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return (state ^ (state >> 31)) &* 0xBF58_476D_1CE4_E5B9
    }
}
