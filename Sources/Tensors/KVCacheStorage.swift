internal import CKernels

/// The memory of a paged KV cache: `blocks` blocks from one pool, zero-filled.
/// Pages the operating system has not been asked for yet cost nothing.
package final class KVCacheStorage: @unchecked Sendable {
    // SAFETY: the engine's thread is the only user; kernels write blocks that the step plan gives them.
    private let pool: AlignedBuffer
    let cache: UnsafeMutablePointer<lmk_kv_cache>
    private let scales: UnsafeMutablePointer<lmk_kv_scales>?
    package let shape: KVCacheShape
    package let blocks: Int
    /// How much of the pool, from its beginning, may have been written by kernels, or touched.
    private var usedBytes = 0
    package private(set) var touchedBytes = 0

    /// - Parameter staticScales: for int8, one for each layer; they take the place of scales for each token and
    ///   head. The memory is the same.
    package init(
        shape: KVCacheShape, blocks: Int, staticScales: [KVCacheScales]? = nil
    ) throws(TensorError) {
        try shape.check()
        if let staticScales { try Self.check(staticScales, shape: shape) }
        let (bytes, overflow) = shape.bytesPerBlock.multipliedReportingOverflow(by: blocks)
        guard !overflow, blocks > 0 else { throw .outOfMemory(what: "the KV cache", bytes: Int.max) }
        do {
            pool = try AlignedBuffer(byteCount: bytes)
        } catch {
            throw .outOfMemory(what: "the KV cache", bytes: bytes)
        }
        self.shape = shape
        self.blocks = blocks
        scales = staticScales.map { staticScales in
            let copy = UnsafeMutablePointer<lmk_kv_scales>.allocate(capacity: staticScales.count)
            for (layer, scales) in staticScales.enumerated() {
                // SAFETY: `layer` is below the count that was allocated.
                (copy + layer).initialize(to: scales.parameters)
            }
            return copy
        }
        cache = .allocate(capacity: 1)
        cache.initialize(to: shape.description)
        cache.pointee.static_scales = scales.map { UnsafePointer($0) }
        cache.pointee.pool = pool.baseAddress.assumingMemoryBound(to: UInt8.self)
    }

    deinit {
        cache.deinitialize(count: 1)
        cache.deallocate()
        scales?.deallocate()
    }

    package var byteCount: Int { pool.byteCount }

    /// Copies everything a block holds, of all layers, to another block.
    package func copyBlock(_ source: Int, to target: Int) {
        precondition((0..<blocks).contains(source) && (0..<blocks).contains(target) && source != target)
        let bytes = shape.bytesPerBlock
        // SAFETY: both blocks lie within the pool, which has `blocks` of them.
        (pool.baseAddress + target * bytes).copyMemory(
            from: pool.baseAddress + source * bytes, byteCount: bytes)
    }

    /// Has the operating system hand out memory behind the blocks in use, a part of it at a time: one huge page, or
    /// as much as has come into use.
    /// - Parameters:
    ///   - used: blocks that may have been written are below this one, or were at an earlier call.
    ///   - ahead: how many blocks behind them to make ready.
    package func touch(ahead: Int, used: Int) {
        let block = shape.bytesPerBlock
        let isFirst = usedBytes == 0
        let grown = max(0, used * block - usedBytes)
        usedBytes += grown
        let start = max(touchedBytes, usedBytes)
        let wanted = min(usedBytes + ahead * block, byteCount)
        guard start < wanted else { return }
        touchedBytes = isFirst ? wanted : min(wanted, start + max(AlignedBuffer.hugePageBytes, grown))
        pool.touch(start..<touchedBytes)
    }

    private static func check(_ scales: [KVCacheScales], shape: KVCacheShape) throws(TensorError) {
        guard shape.element == .int8 else { throw .cacheScalesElement(shape.element.rawValue) }
        guard scales.count == shape.layers else {
            throw .cacheScalesCount(found: scales.count, layers: shape.layers)
        }
        for (layer, scales) in scales.enumerated() { try scales.check(layer: layer) }
    }
}
