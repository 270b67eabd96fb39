/// What a run did.
package struct QuantizationSummary: Sendable {
    package let options: QuantizationOptions
    package let linears: [LinearReport]
    package let bytesBefore: Int
    package let bytesAfter: Int
    package let quantizedWeights: Int
    /// Of the quantised linear layers.
    package let bitsPerWeight: Double
    package let samples: Int
    package let tokens: Int
    /// What the calibration text was.
    package let source: String
    package let duration: Duration
}
