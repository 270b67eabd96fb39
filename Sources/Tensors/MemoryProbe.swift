internal import CKernels
internal import Synchronization

/// Reads of a buffer that is larger than the caches.
final class MemoryProbe {
    private let instructionSet: InstructionSet
    private let buffer: AlignedBuffer
    private let partBytes: Int
    private let parts: Int
    private var position = 0
    private let checksum = Mutex<UInt64>(0)

    /// Twice the largest share of the last-level cache that a core of today's servers has (32 MiB).
    private static let bytesPerThread = 64 << 20
    private static let leastParts = 4
    /// What the kernel reads at a time.
    private static let granularity = 256

    init(threads: Int, instructionSet: InstructionSet) throws(TensorError) {
        let parts = max(Self.leastParts, threads)
        // On a machine with little memory a smaller buffer still gives a number, though caches may help it.
        let affordable = max(1 << 20, Machine.availableMemoryBytes() / 4 / parts)
        partBytes = min(Self.bytesPerThread, affordable) / Self.granularity * Self.granularity
        self.parts = parts
        self.instructionSet = instructionSet
        do {
            buffer = try AlignedBuffer(byteCount: partBytes * parts)
        } catch {
            throw .outOfMemory(what: "the memory benchmark", bytes: partBytes * parts)
        }
    }

    /// Writes every page: those that nobody wrote share one page of zeros, which the caches would hold.
    func touch(on pool: WorkerPool) {
        pool.run { thread, threads in
            let share = share(of: thread, threads, in: 0..<buffer.byteCount)
            UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[share]).initializeMemory(
                as: UInt8.self, repeating: 1)
        }
    }

    /// 10^9 bytes per second of one thread reading a part.
    func oneThread() -> Double {
        let elapsed = seconds { read(0..<partBytes) }
        return Double(partBytes) / elapsed / 1e9
    }

    /// 10^9 bytes per second of all threads reading everything.
    func allThreads(of pool: WorkerPool) -> Double { rate(of: 0..<buffer.byteCount, pool) }

    /// 10^9 bytes per second of all threads reading the next slice, a few milliseconds of the buffer.
    func nextSlice(of pool: WorkerPool) -> Double {
        let bytes = max(buffer.byteCount / 8, min(buffer.byteCount, pool.threads * (16 << 20)))
        if position + bytes > buffer.byteCount { position = 0 }
        defer { position += bytes }
        return rate(of: position..<position + bytes, pool)
    }

    private func rate(of range: Range<Int>, _ pool: WorkerPool) -> Double {
        let elapsed = seconds {
            pool.run { thread, threads in read(share(of: thread, threads, in: range)) }
        }
        return Double(range.count) / elapsed / 1e9
    }

    private func read(_ range: Range<Int>) {
        // SAFETY: `range` lies within the buffer, which lives as long as this probe.
        let sum = lmk_ceiling_read(instructionSet.code, buffer.baseAddress + range.lowerBound, range.count)
        checksum.withLock { $0 &+= sum }
    }

    private func share(of thread: Int, _ threads: Int, in range: Range<Int>) -> Range<Int> {
        let units = range.count / Self.granularity
        let start = range.lowerBound + units * thread / threads * Self.granularity
        let end = range.lowerBound + units * (thread + 1) / threads * Self.granularity
        return start..<end
    }
}
