/// What a linear layer's output lost.
package struct LinearReport: Sendable, Equatable, Codable {
    package let name: String
    /// The squared error of the output over its square, summed over the calibration text.
    package let relativeError: Double

    /// The layer of the model that it is in.
    package var layer: Int? { name.split(separator: ".").lazy.compactMap { Int($0) }.first }
}
