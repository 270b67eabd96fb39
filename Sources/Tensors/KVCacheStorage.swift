internal import CKernels

/// The memory of a paged KV cache: `blocks` blocks from one pool, zero-filled.
/// Pages the operating system has not been asked for yet cost nothing.
package final class KVCacheStorage: @unchecked Sendable {
    // SAFETY: the engine's thread is the only user; kernels write blocks that the step plan gives them.
    private let pool: AlignedBuffer
    let cache: UnsafeMutablePointer<lmk_kv_cache>
    package let shape: KVCacheShape
    package let blocks: Int

    package init(shape: KVCacheShape, blocks: Int) throws(TensorError) {
        guard KVCacheShape.supports(tokensPerBlock: shape.tokensPerBlock) else {
            throw .blockLength(shape.tokensPerBlock)
        }
        let (bytes, overflow) = shape.bytesPerBlock.multipliedReportingOverflow(by: blocks)
        guard !overflow, blocks > 0 else { throw .outOfMemory(what: "the KV cache", bytes: Int.max) }
        do {
            pool = try AlignedBuffer(byteCount: bytes)
        } catch {
            throw .outOfMemory(what: "the KV cache", bytes: bytes)
        }
        self.shape = shape
        self.blocks = blocks
        cache = .allocate(capacity: 1)
        cache.initialize(
            to: shape.description(pool: pool.baseAddress.assumingMemoryBound(to: UInt8.self)))
    }

    deinit {
        cache.deinitialize(count: 1)
        cache.deallocate()
    }

    package var byteCount: Int { pool.byteCount }
}
