#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// What a piece of code takes, measured such that other tests on the same machine change little about it.
package enum ResourceUse {
    /// The seconds that the calling thread spends in `body` on a processor.
    package static func processorSeconds(_ body: () throws -> Void) rethrows -> Double {
        let start = threadSeconds()
        try body()
        return threadSeconds() - start
    }

    private static func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    // MARK: - Memory

    /// Whether the system says how much memory was resident at most, and forgets it when asked to.
    package static let measuresMemory: Bool = resetsPeak()

    /// How much memory reading a file may take, whatever is in it: this many times its size, and a fixed number of
    /// bytes for what every process needs.
    package static let memoryFactor = 8
    package static let memorySlack = 4 << 20

    /// By how many bytes the process's resident memory grows at most while `body` runs, pages of mapped files
    /// included.
    ///
    /// Other threads can only add to it, so the least of several runs counts.
    package static func peakGrowth(runs: Int = 4, _ body: () throws -> Void) rethrows -> Int {
        var least = Int.max
        for _ in 0..<runs {
            releaseFreedMemory()
            _ = resetsPeak()
            let before = statusBytes("VmRSS:") ?? 0
            try body()
            least = min(least, (statusBytes("VmHWM:") ?? .max) - before)
        }
        return least
    }

    /// As above in a process that does nothing else, of any number of measurements one after another.
    package static func peakGrowthAlone(_ body: () throws -> Void) rethrows -> Int {
        returnLargeBlocks()
        return try peakGrowth(runs: 1, body)
    }

    /// Memory that was freed would be used again without being counted. The module of the C library leaves this
    /// function out.
    private static func releaseFreedMemory() {
        guard let symbol = dlsym(nil, "malloc_trim") else { return }
        // SAFETY: the function of that name in the GNU C library has this type; others have none.
        _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)(0)
    }

    /// Gives large blocks back to the system when they are freed, always: the GNU C library keeps ever larger ones
    /// as it sees some being freed, and does not trim what threads other than the first one have kept.
    private static func returnLargeBlocks() {
        guard let symbol = dlsym(nil, "mallopt") else { return }
        let mmapThreshold: Int32 = -3
        // SAFETY: the function of that name in the GNU C library has this type; others have none.
        _ = unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)(mmapThreshold, 1 << 16)
    }

    private static func resetsPeak() -> Bool {
        guard let file = fopen("/proc/self/clear_refs", "w") else { return false }
        let isWritten = fputs("5", file) >= 0
        guard fclose(file) == 0, isWritten, let peak = statusBytes("VmHWM:"), let now = statusBytes("VmRSS:")
        else { return false }
        return peak - now < 1 << 24
    }

    private static func statusBytes(_ field: String) -> Int? {
        guard let file = fopen("/proc/self/status", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix(field) else { continue }
            let kilobytes = text.split(whereSeparator: \.isWhitespace).lazy.compactMap { Int($0) }.first
            return kilobytes.map { $0 << 10 }
        }
        return nil
    }
}
