/// What is measured: cells that can be run, and the ceiling of each.
package protocol Measurable {
    associatedtype Cell: Hashable

    /// Makes everything ready for one ``run(_:)``, outside of any measurement.
    func prepare(_ cell: Cell)
    /// 10^9 units per second that the machine can do at this moment.
    func ceilingRate(_ cell: Cell) -> Double
    /// Does the cell's work; returns how many 10^9 units that was.
    func run(_ cell: Cell) -> Double
    /// Seconds since any fixed moment.
    func now() -> Double
}

/// Takes samples of cells in rounds. In each round every cell that still wants one gets one, in a new order, so that
/// what changes slowly hits all of them alike.
package struct Sampler<Machine: Measurable, Generator: RandomNumberGenerator> {
    private let machine: Machine
    private let policy: SamplePolicy
    package private(set) var generator: Generator

    package init(_ machine: Machine, _ policy: SamplePolicy, generator: Generator) {
        self.machine = machine
        self.policy = policy
        self.generator = generator
    }

    /// - Parameter progress: called before each sample with how many are done, dropped ones too, and how many there
    ///   will be when no more is dropped.
    package mutating func measure(
        _ cells: [Machine.Cell], progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) -> [CellSamples] {
        var results = cells.map { _ in CellSamples(policy) }
        var done = 0
        while true {
            let open = cells.indices.filter { results[$0].wantsMore }
            if open.isEmpty { return results }
            for index in open.shuffled(using: &generator) {
                let left = results.reduce(0) { $0 + max(0, policy.samples - $1.kept.count) }
                progress(done, done + left)
                results[index].add(sample(cells[index]))
                done += 1
            }
        }
    }

    private func sample(_ cell: Machine.Cell) -> Sample {
        machine.prepare(cell)
        let before = machine.ceilingRate(cell)
        let start = machine.now()
        let units = machine.run(cell)
        let elapsed = machine.now() - start
        let after = machine.ceilingRate(cell)
        return Sample(
            rate: elapsed > 0 ? units / elapsed : 0, ceilingBefore: before, ceilingAfter: after)
    }
}
