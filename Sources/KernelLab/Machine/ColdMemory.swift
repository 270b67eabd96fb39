internal import Tensors

/// How much memory has to pass by before something is out of the caches.
package enum ColdMemory {
    /// Enough for a machine that does not tell the size of its caches, and no less than a small model has.
    package static let leastBytes = 128 << 20
    /// The last-level cache times this: replacement is not exactly in order.
    package static let cacheMultiple = 4

    package static func bytes(lastLevelCache: Int?, available: Int) -> Int {
        let wanted = max(leastBytes, cacheMultiple * (lastLevelCache ?? 0))
        // With caches of a GiB, as some servers have, four times that is still no reason to swap.
        return max(leastBytes, min(wanted, available / 8))
    }
}

/// Matrices that lie one after another in memory that no cache holds, as a model's do.
final class ColdWeights {
    private let memory: MemoryArena.Slice
    private let isWarm: Bool
    private var matrices: [Key: [PackedMatrix]] = [:]
    private var position = 0

    private struct Key: Hashable {
        let format: WeightFormat
        let shape: MatrixShape
    }

    /// Neighbours never share a prefetched pair of cache lines.
    private static let alignment = 128

    /// Bytes from a matrix of `bytes` bytes to the next one.
    static func stride(_ bytes: Int) -> Int { (bytes + alignment - 1) / alignment * alignment }

    /// - Parameter isWarm: always the same matrix of each format and shape, wherever it may be cached.
    init(byteCount: Int, isWarm: Bool, pool: WorkerPool) throws(LabError) {
        do {
            memory = try MemoryArena().allocate(byteCount)
        } catch {
            throw .memory(mebibytes: byteCount >> 20, available: Machine.availableMemoryBytes() >> 20)
        }
        self.isWarm = isWarm
        fill(on: pool)
    }

    /// `count` matrices that were not used for the longest time.
    func next(_ count: Int, _ format: WeightFormat, _ shape: MatrixShape) throws(TensorError)
        -> [PackedMatrix]
    {
        let all = try matrices(format, shape)
        guard !isWarm else { return Array(repeating: all[0], count: count) }
        let stride = Self.stride(all[0].byteCount)
        let first = (position + stride - 1) / stride
        let chosen = (0..<count).map { all[(first + $0) % all.count] }
        position = (first + count) % all.count * stride
        return chosen
    }

    /// Matrices of a shape share the memory with those of all others: their values mean nothing.
    private func matrices(
        _ format: WeightFormat, _ shape: MatrixShape
    ) throws(TensorError) -> [PackedMatrix] {
        let key = Key(format: format, shape: shape)
        if let known = matrices[key] { return known }
        guard let bytes = format.byteCount(rows: shape.outputs, columns: shape.inputs) else {
            throw .unrepresentable(
                format: format.description, rows: shape.outputs, columns: shape.inputs)
        }
        let stride = Self.stride(bytes)
        var made: [PackedMatrix] = []
        for index in 0..<(isWarm ? 1 : max(1, memory.byteCount / stride)) {
            made.append(
                try PackedMatrix(
                    format: format, rows: shape.outputs, columns: shape.inputs,
                    storage: memory.part(offset: index * stride, byteCount: bytes)))
        }
        matrices[key] = made
        return made
    }

    /// Bytes 0x30...0x3F and 0xB0...0xBF: in every format they make up ordinary numbers of either sign, below 2 in
    /// magnitude and not denormal.
    private func fill(on pool: WorkerPool) {
        // SAFETY: the slice is this object's own; threads write disjoint words of it.
        nonisolated(unsafe) let words = UnsafeMutableRawBufferPointer(
            start: memory.baseAddress, count: memory.byteCount
        ).bindMemory(to: UInt64.self)
        pool.run { thread, threads in
            var state = UInt64(thread) &* 0x9E37_79B9_7F4A_7C15 | 1
            for index in words.count * thread / threads..<words.count * (thread + 1) / threads {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                words[index] = state & 0x8F8F_8F8F_8F8F_8F8F | 0x3030_3030_3030_3030
            }
        }
    }
}
