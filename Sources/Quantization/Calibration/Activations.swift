internal import Tensors

/// Rows of floats, one for each token of the calibration text, in the order of the samples.
final class Activations {
    let rows: Int
    let width: Int
    let stride: Int
    private let buffer: FloatBuffer

    init(rows: Int, width: Int) throws(QuantizationError) {
        self.rows = rows
        self.width = width
        stride = (width + 15) / 16 * 16
        do {
            buffer = try FloatBuffer(count: rows * stride, for: "the calibration's activations")
        } catch {
            throw .memory(error.description)
        }
    }

    var byteCount: Int { buffer.byteCount }

    func pointer(row: Int) -> RowPointer { RowPointer(buffer.pointer + row * stride, stride: stride) }

    func row(_ row: Int) -> UnsafeMutableBufferPointer<Float> {
        precondition((0..<rows).contains(row))
        return UnsafeMutableBufferPointer(start: buffer.pointer + row * stride, count: width)
    }

    /// Everything, rows one after the other with their padding.
    var elements: UnsafeMutableBufferPointer<Float> { buffer.elements }
}
