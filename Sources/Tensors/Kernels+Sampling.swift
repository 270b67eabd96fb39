internal import CKernels

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The largest logit of a row and the denominator of its softmax.
package struct SoftmaxScan {
    /// Index of the largest number, the lowest among equals; 0 when there is none.
    package let argmax: Int
    /// -infinity when the row has no number.
    package let maximum: Float
    private let logarithmOfSum: Double

    fileprivate init(_ scan: lmk_softmax) {
        argmax = scan.argmax
        maximum = scan.maximum
        logarithmOfSum = log(scan.sum)
    }

    /// The logarithm of the probability of a token with this logit; -infinity where the row's largest value is
    /// not finite.
    package func logprob(_ logit: Float) -> Float {
        guard maximum.isFinite, !logit.isNaN else { return -.infinity }
        return Float(Double(logit) - Double(maximum) - logarithmOfSum)
    }
}

extension Kernels {
    /// Index of the largest value, the lowest among equals. NaN is smaller than every number.
    package func argmax(_ values: UnsafeBufferPointer<Float>) -> Int {
        guard let base = values.baseAddress else { return 0 }
        return lmk_argmax(table, base, values.count)
    }

    /// Reads the row once.
    package func softmaxScan(_ values: UnsafeBufferPointer<Float>) -> SoftmaxScan {
        guard let base = values.baseAddress else { return SoftmaxScan(lmk_softmax()) }
        return SoftmaxScan(lmk_softmax_scan(table, base, values.count))
    }
}
