internal import Tensors

/// Reads rows of blocks, in the layouts that `DType` documents.
// SAFETY: callers guarantee that the source holds the row's whole blocks and that destinations have room for
// all its values; CheckpointTensor checks both against the file and the buffers before it calls.
enum BlockDecoding {
    static func decodeFloats(
        _ source: UnsafeRawPointer,
        _ dtype: DType,
        _ count: Int,
        _ destination: UnsafeMutablePointer<Float>
    ) {
        switch dtype {
        case .float32:
            for index in 0..<count {
                destination[index] = Float(bitPattern: load(source, index, as: UInt32.self))
            }
        case .float16:
            for index in 0..<count {
                destination[index] = HalfPrecision.float(fromHalf: load(source, index, as: UInt16.self))
            }
        case .bfloat16:
            for index in 0..<count {
                destination[index] = HalfPrecision.float(fromBFloat16: load(source, index, as: UInt16.self))
            }
        case .q4_0, .q4_1:
            decodeInt4(source, dtype, count / 32, destination)
        case .q8_0:
            decodeInt8(source, count / 32, destination)
        }
    }

    static func unpackInt4(
        _ source: UnsafeRawPointer,
        _ dtype: DType,
        _ groups: Int,
        _ quants: UnsafeMutablePointer<UInt8>,
        _ scales: UnsafeMutablePointer<UInt16>,
        _ offsets: UnsafeMutablePointer<UInt16>
    ) {
        for group in 0..<groups {
            let block = source + group * dtype.blockBytes
            let scale = load(block, 0, as: UInt16.self)
            scales[group] = scale
            let nibbles: UnsafeRawPointer
            if dtype == .q4_0 {
                offsets[group] = HalfPrecision.timesMinusEight(scale)
                nibbles = block + 2
            } else {
                offsets[group] = load(block, 1, as: UInt16.self)
                nibbles = block + 4
            }
            let values = quants + group * 32
            for index in 0..<16 {
                let byte = nibbles.load(fromByteOffset: index, as: UInt8.self)
                values[index] = byte & 15
                values[index + 16] = byte >> 4
            }
        }
    }

    static func unpackInt8(
        _ source: UnsafeRawPointer,
        _ groups: Int,
        _ quants: UnsafeMutablePointer<Int8>,
        _ scales: UnsafeMutablePointer<Float>
    ) {
        for group in 0..<groups {
            let block = source + group * DType.q8_0.blockBytes
            scales[group] = HalfPrecision.float(fromHalf: load(block, 0, as: UInt16.self))
            UnsafeMutableRawPointer(quants + group * 32).copyMemory(from: block + 2, byteCount: 32)
        }
    }

    // MARK: - Internals

    private static func decodeInt4(
        _ source: UnsafeRawPointer,
        _ dtype: DType,
        _ groups: Int,
        _ destination: UnsafeMutablePointer<Float>
    ) {
        for group in 0..<groups {
            let block = source + group * dtype.blockBytes
            let scale = HalfPrecision.float(fromHalf: load(block, 0, as: UInt16.self))
            // q4_0: (q - 8) * scale, where adding -0 keeps even the sign of a zero; q4_1: q * scale + offset.
            let isSymmetric = dtype == .q4_0
            let center: Float = isSymmetric ? 8 : 0
            let offset = isSymmetric ? -0.0 : HalfPrecision.float(fromHalf: load(block, 1, as: UInt16.self))
            let nibbles = block + (isSymmetric ? 2 : 4)
            let values = destination + group * 32
            for index in 0..<16 {
                let byte = nibbles.load(fromByteOffset: index, as: UInt8.self)
                values[index] = (Float(byte & 15) - center) * scale + offset
                values[index + 16] = (Float(byte >> 4) - center) * scale + offset
            }
        }
    }

    private static func decodeInt8(
        _ source: UnsafeRawPointer,
        _ groups: Int,
        _ destination: UnsafeMutablePointer<Float>
    ) {
        for group in 0..<groups {
            let block = source + group * DType.q8_0.blockBytes
            let scale = HalfPrecision.float(fromHalf: load(block, 0, as: UInt16.self))
            let values = destination + group * 32
            for index in 0..<32 {
                values[index] = Float(block.load(fromByteOffset: 2 + index, as: Int8.self)) * scale
            }
        }
    }

    /// Files guarantee no alignment beyond what their header chose, so every load is an unaligned one.
    @inline(__always)
    private static func load<T: FixedWidthInteger & BitwiseCopyable>(
        _ source: UnsafeRawPointer,
        _ index: Int,
        as type: T.Type
    ) -> T {
        T(littleEndian: source.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: T.self))
    }
}
