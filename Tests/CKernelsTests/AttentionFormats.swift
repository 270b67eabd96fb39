import CKernels

/// What tests know about the formats of the KV cache: the definition, written a second time.
enum KVFormat {
    static let all = [LMK_KV_FP32, LMK_KV_FP16, LMK_KV_BF16, LMK_KV_INT8, LMK_KV_INT4]

    static func name(_ format: lmk_kv_format) -> String {
        switch format {
        case LMK_KV_FP32: "fp32"
        case LMK_KV_FP16: "fp16"
        case LMK_KV_BF16: "bf16"
        case LMK_KV_INT8: "int8"
        case LMK_KV_INT4: "int4"
        default: "format \(format.rawValue)"
        }
    }

    static func isQuantized(_ format: lmk_kv_format) -> Bool {
        format == LMK_KV_INT8 || format == LMK_KV_INT4
    }

    /// Largest error of an output against double precision over the same cache, for values up to 2. Floats: sums in
    /// fp32. Levels: 64 weights are rounded to 15 bits and meet levels up to the range of 4, and queries are rounded
    /// likewise; three times the expected 1.6e-4.
    static func budget(_ format: lmk_kv_format) -> Double { isQuantized(format) ? 5e-4 : 2e-5 }

    /// The same for scores of several hundred, whose rounding is an absolute error of the exponent: 1e-4 in fp32,
    /// 5e-3 from queries of 15 bits.
    static func extremeBudget(_ format: lmk_kv_format) -> Double { isQuantized(format) ? 2e-2 : 1e-3 }

    /// The largest magnitude that is stored.
    static func limit(_ format: lmk_kv_format) -> Float {
        format == LMK_KV_FP32 || format == LMK_KV_BF16 ? 0x1p100 : 65504
    }

    /// A key or value of one head, all finite and within the limit, as the cache gives it back.
    static func stored(
        _ head: ArraySlice<Float>, _ format: lmk_kv_format, _ scales: lmk_kv_scales?, isValue: Bool
    ) -> [Double] {
        switch format {
        case LMK_KV_FP16: return head.map { Double(half($0)) }
        case LMK_KV_BF16: return head.map { Double(lmk_bfloat16_to_float(lmk_float_to_bfloat16($0))) }
        case LMK_KV_INT8, LMK_KV_INT4: break
        default: return head.map { Double($0) }
        }
        let levels: Float = format == LMK_KV_INT8 ? 255 : 15
        var scale: Float, zero: Float
        if let scales {
            let (step, middle) =
                isValue ? (scales.value_scale, scales.value_zero) : (scales.key_scale, scales.key_zero)
            (scale, zero) = (half(step), half(middle - 128 * step))
        } else {
            zero = half(head.min() ?? 0)
            let exact = max((head.max() ?? 0) - zero, 0) / levels
            scale = half(exact)
            if scale < exact { scale = lmk_half_to_float(lmk_float_to_half(exact) + 1) }
        }
        return head.map { x in
            let level = scale == 0 ? 0 : ((x - zero) * (1 / scale)).rounded(.toNearestOrEven)
            return Double(min(max(level, 0), levels)) * Double(scale) + Double(zero)
        }
    }

    private static func half(_ x: Float) -> Float { lmk_half_to_float(lmk_float_to_half(x)) }
}
