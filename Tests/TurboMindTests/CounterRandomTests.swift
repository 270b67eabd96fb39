import Testing
import TurboMind

@Suite struct CounterRandomTests {
    @Test func theSameSeedAndPositionDrawTheSameNumber() {
        let first = (0..<100).map { CounterRandom.uniform(seed: 42, position: $0) }
        let second = (0..<100).map { CounterRandom.uniform(seed: 42, position: $0) }
        let other = (0..<100).map { CounterRandom.uniform(seed: 43, position: $0) }
        #expect(first == second)
        #expect(first != other)
        #expect(first.allSatisfy { (0..<1).contains($0) })
        #expect(abs(first.reduce(0, +) / 100 - 0.5) < 0.15)
    }

    /// Replies to a seed stay the same from version to version.
    @Test(
        arguments: [
            (0, 0, 10946269), (0, 1, 11764387), (1, 0, 6177195), (42, 7, 12326563), (42, 4095, 5746189),
            (.max, 100000, 2084357),
        ] as [(UInt64, Int, UInt64)])
    func numbersAreForEver(seed: UInt64, position: Int, bits: UInt64) {
        #expect(CounterRandom.uniform(seed: seed, position: position) == Float(bits) * 0x1p-24)
        #expect(CounterRandom.integer(below: 1 << 24, seed: seed, position: position) == bits)
        #expect(CounterRandom.integer(below: 1 << 60, seed: seed, position: position) == bits << 36)
        #expect(CounterRandom.integer(below: 1000, seed: seed, position: position) == (bits * 1000) >> 24)
        #expect(CounterRandom.integer(below: 0, seed: seed, position: position) == 0)
    }
}
