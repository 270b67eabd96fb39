internal import CKernels

/// Shape of a paged KV cache.
package struct KVCacheShape: Sendable, Equatable {
    /// How a stored key or value is held.
    package enum Element: String, Sendable, CaseIterable {
        case fp32, fp16, bf16, int8, int4

        var format: lmk_kv_format {
            switch self {
            case .fp32: LMK_KV_FP32
            case .fp16: LMK_KV_FP16
            case .bf16: LMK_KV_BF16
            case .int8: LMK_KV_INT8
            case .int4: LMK_KV_INT4
            }
        }
    }

    package var element: Element
    package var layers: Int
    package var keyValueHeads: Int
    package var headDimension: Int
    /// Tokens in a block.
    package var tokensPerBlock: Int

    package static let defaultTokensPerBlock = Int(LMK_DEFAULT_BLOCK_TOKENS)

    package init(
        element: Element, layers: Int, keyValueHeads: Int, headDimension: Int,
        tokensPerBlock: Int = defaultTokensPerBlock
    ) {
        self.element = element
        self.layers = layers
        self.keyValueHeads = keyValueHeads
        self.headDimension = headDimension
        self.tokensPerBlock = tokensPerBlock
    }

    /// Whether the kernels can read blocks of this many tokens: 16, 32 or a multiple of 64.
    package static func supports(tokensPerBlock: Int) -> Bool {
        UInt32(exactly: tokensPerBlock).map { lmk_kv_block_tokens_valid($0) } ?? false
    }

    /// Bytes of one block, all layers together.
    ///
    /// - Precondition: `tokensPerBlock` is supported.
    package var bytesPerBlock: Int {
        precondition(Self.supports(tokensPerBlock: tokensPerBlock), "no blocks of \(tokensPerBlock) tokens")
        var cache = description
        return lmk_kv_block_bytes(&cache)
    }

    /// Throws when the kernels cannot read a cache of this shape.
    package func check() throws(TensorError) {
        guard Self.supports(tokensPerBlock: tokensPerBlock) else { throw .blockLength(tokensPerBlock) }
        let isQuantized = element == .int8 || element == .int4
        guard !isQuantized || headDimension <= Int(LMK_KV_QUANTIZED_HEAD_DIM) else {
            throw .cacheHeadDimension(headDimension, element: element.rawValue)
        }
    }

    /// Without scales and memory.
    var description: lmk_kv_cache {
        lmk_kv_cache(
            format: element.format, head_dim: UInt32(headDimension), kv_heads: UInt32(keyValueHeads),
            layers: UInt32(layers), block_tokens: UInt32(tokensPerBlock), static_scales: nil, pool: nil)
    }
}
