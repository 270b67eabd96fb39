package import Tensors

/// A machine's ceilings, to print and to store.
package struct CeilingReport: Sendable, Equatable, Encodable {
    /// A rate with one thread and with all.
    package struct Rate: Sendable, Equatable, Encodable {
        package var oneThread: Double
        package var allThreads: Double

        package init(oneThread: Double, allThreads: Double) {
            self.oneThread = oneThread
            self.allThreads = allThreads
        }

        init(_ rate: MachineCeilings.Rate) {
            self.init(oneThread: rate.oneThread, allThreads: rate.allThreads)
        }
    }

    package var processor: String
    package var instructionSet: String
    package var threads: Int
    package var memoryReadGigabytesPerSecond: Rate
    package var int8DotGops: Rate
    package var int8SignedDotGops: Rate
    /// `nil` where the CPU has no bfloat16 dot product.
    package var bf16DotGflops: Rate?
    package var fp32Gflops: Rate

    package init(_ ceilings: MachineCeilings, processor: String) {
        self.processor = processor
        instructionSet = ceilings.instructionSet.rawValue
        threads = ceilings.threads
        memoryReadGigabytesPerSecond = Rate(ceilings.memoryReadGigabytesPerSecond)
        int8DotGops = Rate(ceilings.int8DotGigaoperationsPerSecond)
        int8SignedDotGops = Rate(ceilings.int8SignedDotGigaoperationsPerSecond)
        bf16DotGflops = ceilings.bfloat16DotGigaoperationsPerSecond.map(Rate.init)
        fp32Gflops = Rate(ceilings.float32GigaoperationsPerSecond)
    }

    /// An aligned table under a line about the machine.
    package var text: String {
        func row(_ name: String, _ unit: String, _ rate: Rate?) -> [String] {
            [name, unit] + [rate?.oneThread, rate?.allThreads].map { $0?.fixed(1) ?? "-" }
        }
        let table = TextTable.lines(
            header: ["ceiling", "unit", "1 thread", threads == 1 ? "all" : "\(threads) threads"],
            rows: [
                row("memory read", "GB/s", memoryReadGigabytesPerSecond),
                row("int8 dot", "GOPS", int8DotGops),
                row("int8 signed dot", "GOPS", int8SignedDotGops),
                row("bf16 dot", "GFLOPS", bf16DotGflops),
                row("fp32", "GFLOPS", fp32Gflops),
            ])
        return (["\(processor), \(instructionSet)"] + table).joined(separator: "\n") + "\n"
    }

    /// The mean of two measurements of the same machine.
    package static func mean(_ first: CeilingReport, _ second: CeilingReport) -> CeilingReport {
        func mean(_ a: Rate, _ b: Rate) -> Rate {
            Rate(oneThread: (a.oneThread + b.oneThread) / 2, allThreads: (a.allThreads + b.allThreads) / 2)
        }
        var result = first
        result.memoryReadGigabytesPerSecond = mean(
            first.memoryReadGigabytesPerSecond, second.memoryReadGigabytesPerSecond)
        result.int8DotGops = mean(first.int8DotGops, second.int8DotGops)
        result.int8SignedDotGops = mean(first.int8SignedDotGops, second.int8SignedDotGops)
        if let a = first.bf16DotGflops, let b = second.bf16DotGflops { result.bf16DotGflops = mean(a, b) }
        result.fp32Gflops = mean(first.fp32Gflops, second.fp32Gflops)
        return result
    }

    /// The dot-product ceiling of the arithmetic that weights of `weightFormat` are multiplied in.
    package func computeCeiling(weightFormat: String) -> Rate {
        if weightFormat.hasPrefix("w8") { return int8SignedDotGops }
        if weightFormat.hasPrefix("w") { return int8DotGops }
        if weightFormat.hasPrefix("bf16"), let bf16DotGflops { return bf16DotGflops }
        return fp32Gflops
    }
}
