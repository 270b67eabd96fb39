internal import Tensors

/// Rows of floats between -1 and 1, at a fixed address.
final class FloatRows {
    private let buffer: AlignedBuffer

    init(rows: Int, columns: Int) throws(TensorError) {
        let bytes = rows * columns * MemoryLayout<Float>.stride
        do {
            buffer = try AlignedBuffer(byteCount: bytes)
        } catch {
            throw .outOfMemory(what: "activations", bytes: bytes)
        }
        let floats = buffer.bytes.bindMemory(to: Float.self)
        var state: UInt32 = 1
        for index in 0..<rows * columns {
            state = state &* 1_664_525 &+ 1_013_904_223
            floats[index] = Float(state >> 8) * 0x1p-23 - 1
        }
    }

    var base: UnsafeMutablePointer<Float> { buffer.baseAddress.assumingMemoryBound(to: Float.self) }
}
