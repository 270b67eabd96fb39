import KernelLab
import Testing

@Suite struct SamplerTests {
    private func measure(
        _ machine: FakeMachine, _ policy: SamplePolicy, _ cells: [Int] = [1], seed: UInt64 = 0
    ) -> [CellSamples] {
        var sampler = Sampler(machine, policy, generator: CountingGenerator(seed))
        return sampler.measure(cells)
    }

    @Test func aSampleStandsBetweenTwoMeasurementsOfItsCeiling() {
        let machine = FakeMachine()
        machine.ceilings[1] = [10, 10.5]
        let results = measure(machine, SamplePolicy(samples: 1))
        #expect(machine.calls == ["prepare 1", "ceiling 1", "run 1", "ceiling 1"])
        #expect(results[0].kept == [Sample(rate: 3, ceilingBefore: 10, ceilingAfter: 10.5)])
        #expect(results[0].ceiling == 10.25)
        #expect(results[0].ratio == 3 / 10.25)
    }

    @Test func aSampleIsDroppedAndRepeatedWhenItsCeilingMoved() {
        let machine = FakeMachine()
        machine.ceilings[1] = [10, 12, 10, 10, 10, 8, 10]
        let results = measure(machine, SamplePolicy(samples: 2))
        #expect(results[0].kept.count == 2)
        #expect(results[0].dropped == 2)
        #expect(results[0].ratio == 0.3)
        #expect(machine.calls.count { $0 == "run 1" } == 4)
    }

    @Test func aCellGivesUpAfterItsAttempts() {
        let machine = FakeMachine()
        machine.ceilings[1] = (0..<100).map { $0.isMultiple(of: 2) ? 10 : 20 }
        let results = measure(machine, SamplePolicy(samples: 4, attemptsPerSample: 3), [1, 2])
        #expect(results[0].kept == [])
        #expect(results[0].dropped == 12)
        #expect(results[0].ratio == nil)
        #expect(results[0].rate == nil)
        #expect(results[0].ceiling == nil)
        #expect(results[1].kept.count == 4)
        #expect(results[1].dropped == 0)
        #expect(machine.calls.count { $0 == "run 2" } == 4)
    }

    @Test func everyRoundTakesEveryCellOnceInAnOrderOfItsOwn() {
        let cells = Array(0..<12)
        func rounds(_ seed: UInt64) -> [[String]] {
            let machine = FakeMachine()
            _ = measure(machine, SamplePolicy(samples: 3), cells, seed: seed)
            let runs = machine.calls.filter { $0.hasPrefix("run") }
            return stride(from: 0, to: runs.count, by: cells.count).map { Array(runs[$0..<$0 + cells.count]) }
        }
        let first = rounds(1)
        #expect(first.count == 3)
        for round in first { #expect(Set(round) == Set(cells.map { "run \($0)" })) }
        #expect(Set(first).count == 3)
        #expect(rounds(1) == first)
        #expect(rounds(2) != first)
    }

    @Test func progressCountsToItsEnd() {
        let machine = FakeMachine()
        machine.ceilings[1] = [10, 20, 10]
        var seen: [[Int]] = []
        var sampler = Sampler(machine, SamplePolicy(samples: 2), generator: CountingGenerator())
        _ = sampler.measure([1]) { seen.append([$0, $1]) }
        #expect(seen == [[0, 2], [1, 3], [2, 3]])
    }

    @Test func noTimeIsNoRate() {
        let machine = FakeMachine()
        machine.work.seconds = 0
        #expect(measure(machine, SamplePolicy(samples: 1))[0].rate == 0)
    }

    @Test(arguments: [
        (10.0, 10.0, 0.0), (9.5, 10.5, 0.1), (10.5, 9.5, 0.1), (5, 15, 1), (0, 10, .infinity),
        (10, 0, .infinity), (.nan, 10, .infinity),
    ])
    func driftIsAShareOfTheMean(first: Double, second: Double, expected: Double) {
        #expect(Drift.between(first, second) == expected)
    }

    @Test(
        arguments: [
            ([], nil), ([3], 3), ([9, 1, 5], 5), ([4, 1, 3, 100], 3.5),
        ] as [([Double], Double?)])
    func theMedianIsTheMiddle(values: [Double], expected: Double?) {
        #expect(values.median == expected)
    }

    @Test func theRatioIsTheMedianOfRatiosNotTheRatioOfMedians() {
        var samples = CellSamples(SamplePolicy(samples: 3))
        for (rate, ceiling) in [(1.0, 10.0), (8, 16), (9, 30)] {
            samples.add(Sample(rate: rate, ceilingBefore: ceiling, ceilingAfter: ceiling))
        }
        #expect(samples.ratio == 0.3)
        #expect(samples.rate == 8)
        #expect(samples.ceiling == 16)
    }
}
