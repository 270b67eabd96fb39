internal import Tensors

/// Reads rows of plain numbers.
// SAFETY: callers guarantee that the source holds `count` values and that the destination has room for as many;
// CheckpointTensor checks both against the file and the buffers before it calls.
enum PlainDecoding {
    static func decodeFloats(
        _ source: UnsafeRawPointer, _ dtype: DType, _ count: Int, _ destination: UnsafeMutablePointer<Float>
    ) {
        switch dtype {
        case .float32:
            convert(source, count, destination) { (bits: UInt32) in Float(bitPattern: bits) }
        case .float16:
            // A function of this module would call one of the other for every value.
            HalfFloat.widen(source, count: count, into: destination)
        case .bfloat16:
            convert(source, count, destination) { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
        case .float64:
            convert(source, count, destination) { (bits: UInt64) in Float(Double(bitPattern: bits)) }
        case .float8E4M3, .float8E5M2, .float8E4M3FNUZ, .float8E5M2FNUZ, .float8E8M0:
            let values = Float8.values(of: dtype)
            convert(source, count, destination) { (bits: UInt8) in values[Int(bits)] }
        case .int8:
            convert(source, count, destination) { (value: Int8) in Float(value) }
        case .int16:
            convert(source, count, destination) { (value: Int16) in Float(value) }
        case .int32:
            convert(source, count, destination) { (value: Int32) in Float(value) }
        case .int64:
            convert(source, count, destination) { (value: Int64) in Float(value) }
        case .int4, .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q2K, .q3K, .q4K, .q5K, .q6K, .iq4NL, .iq4XS, .mxfp4:
            preconditionFailure("values of \(dtype.rawValue) are no numbers by themselves")
        }
    }

    /// Files guarantee no alignment beyond what their header chose, so every load is an unaligned one.
    @inline(__always)
    private static func convert<T: FixedWidthInteger & BitwiseCopyable>(
        _ source: UnsafeRawPointer, _ count: Int, _ destination: UnsafeMutablePointer<Float>,
        _ value: (T) -> Float
    ) {
        for index in 0..<count {
            let offset = index &* MemoryLayout<T>.size
            destination[index] = value(
                T(littleEndian: source.loadUnaligned(fromByteOffset: offset, as: T.self)))
        }
    }
}
