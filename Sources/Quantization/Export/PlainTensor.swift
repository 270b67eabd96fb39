internal import Checkpoints
internal import Tensors

/// A tensor that stays as it is, in fp16.
enum PlainTensor {
    /// Floats that are converted at a time.
    private static let valuesAtOnce = 1 << 20

    static func entry(_ tensor: CheckpointTensor) -> SafetensorsFile.Entry {
        SafetensorsFile.Entry(name: tensor.name, element: .float16, shape: tensor.shape) {
            file throws(QuantizationError) in
            let step = max(1, valuesAtOnce / max(tensor.rowLength, 1))
            for first in stride(from: 0, to: tensor.rowCount, by: step) {
                let rows = first..<min(first + step, tensor.rowCount)
                let values = withFloats(rows.count * tensor.rowLength) { floats in
                    tensor.readFloats(rows: rows, into: floats)
                    return Array(floats)
                }
                guard values.allSatisfy(\.isFinite) else { throw .notFinite(tensor: tensor.name, row: first) }
                let halves = try Halves.of(values, tensor: tensor.name)
                var failure: QuantizationError?
                halves.withUnsafeBytes { bytes in
                    do throws(QuantizationError) { try file.write(bytes) } catch { failure = error }
                }
                if let failure { throw failure }
                tensor.discard(rows: rows)
            }
            tensor.discard()
        }
    }
}
