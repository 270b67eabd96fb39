internal import CKernels

/// Static quantisation of one layer's keys and values to int8, the same for every token and head:
/// `x ~ q * scale + zero` with `q` in -128...127. LMDeploy v0.1 stores these as `past_kv_scale`.
package struct KVCacheScales: Sendable, Equatable {
    package var keyScale: Float
    package var keyZero: Float
    package var valueScale: Float
    package var valueZero: Float

    package init(keyScale: Float, keyZero: Float, valueScale: Float, valueZero: Float) {
        self.keyScale = keyScale
        self.keyZero = keyZero
        self.valueScale = valueScale
        self.valueZero = valueZero
    }

    var parameters: lmk_kv_scales {
        lmk_kv_scales(
            key_scale: keyScale, key_zero: keyZero, value_scale: valueScale, value_zero: valueZero)
    }

    /// Blocks hold scale and smallest value as fp16: both must be finite there, and the scale above zero.
    func check(layer: Int) throws(TensorError) {
        for (name, scale, zero) in [("key", keyScale, keyZero), ("value", valueScale, valueZero)] {
            let storedScale = lmk_half_to_float(lmk_float_to_half(scale))
            let smallest = lmk_half_to_float(lmk_float_to_half(zero - 128 * scale))
            guard storedScale > 0, storedScale.isFinite, smallest.isFinite else {
                throw .cacheScales(
                    layer: layer, found: "\(name) scale \(scale) and zero \(zero)",
                    expected: "a scale above 0, and scale and zero - 128 * scale that fit fp16")
            }
        }
    }
}
