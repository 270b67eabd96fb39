internal import CKernels

/// Shape of a paged KV cache.
package struct KVCacheShape: Sendable, Equatable {
    /// Precision of a stored key or value.
    package enum Element: String, Sendable {
        case fp32, fp16
    }

    package var element: Element
    package var layers: Int
    package var keyValueHeads: Int
    package var headDimension: Int

    package init(element: Element, layers: Int, keyValueHeads: Int, headDimension: Int) {
        self.element = element
        self.layers = layers
        self.keyValueHeads = keyValueHeads
        self.headDimension = headDimension
    }

    /// Tokens in a block.
    package static let tokensPerBlock = Int(LMK_BLOCK_TOKENS)

    /// Bytes of one block, all layers together.
    package var bytesPerBlock: Int {
        var cache = description(pool: nil)
        return lmk_kv_block_bytes(&cache)
    }

    func description(pool: UnsafeMutablePointer<UInt8>?) -> lmk_kv_cache {
        lmk_kv_cache(
            format: element == .fp32 ? LMK_KV_FP32 : LMK_KV_FP16, head_dim: UInt32(headDimension),
            kv_heads: UInt32(keyValueHeads), layers: UInt32(layers), pool: pool)
    }
}

/// The memory of a paged KV cache: `blocks` blocks from one pool, zero-filled.
/// Pages the operating system has not been asked for yet cost nothing.
package final class KVCacheStorage: @unchecked Sendable {
    // SAFETY: the engine's thread is the only user; kernels write blocks that the step plan gives them.
    private let pool: AlignedBuffer
    let cache: UnsafeMutablePointer<lmk_kv_cache>
    package let shape: KVCacheShape
    package let blocks: Int

    package init(shape: KVCacheShape, blocks: Int) throws(TensorError) {
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
