import Checkpoints
import Tensors
import TestSupport

/// A second, slow implementation of the block formats, written from their definitions.
enum BlockReference {
    /// The types it knows; the others are compared with golden files.
    static let dtypes: [DType] = [
        .float64, .float32, .float16, .bfloat16, .int8, .int16, .int32, .int64, .q4_0, .q4_1, .q8_0,
    ]

    /// Random content: `blocks` quantised blocks, or as many plain values.
    static func randomBlocks(_ dtype: DType, _ blocks: Int, _ random: inout SeededGenerator) -> [UInt8] {
        (0..<blocks).flatMap { _ in
            switch dtype {
            case .float32: LittleEndian.bytes(random.floats(1))
            case .float64: LittleEndian.bytes(Double.random(in: -9...9, using: &random).bitPattern)
            case .float16, .bfloat16: LittleEndian.bytes(randomHalf(&random))
            case .q4_0: LittleEndian.bytes(randomHalf(&random)) + random.bytes(16)
            case .q4_1:
                LittleEndian.bytes(randomHalf(&random)) + LittleEndian.bytes(randomHalf(&random))
                    + random.bytes(16)
            case .q8_0: LittleEndian.bytes(randomHalf(&random)) + random.bytes(32)
            default: random.bytes(dtype.blockBytes)
            }
        }
    }

    /// Any finite fp16 that is small enough for eight times its value to be finite too.
    private static func randomHalf(_ random: inout SeededGenerator) -> UInt16 {
        UInt16.random(in: 0..<(28 << 10), using: &random) | (Bool.random(using: &random) ? 0x8000 : 0)
    }

    static func decode(_ bytes: [UInt8], _ dtype: DType) -> [Float] {
        stride(from: 0, to: bytes.count, by: dtype.blockBytes).flatMap {
            decodeBlock(Array(bytes[$0..<$0 + dtype.blockBytes]), dtype)
        }
    }

    private static func decodeBlock(_ block: [UInt8], _ dtype: DType) -> [Float] {
        func pair(_ index: Int) -> UInt16 { UInt16(block[index]) | UInt16(block[index + 1]) << 8 }
        func whole() -> UInt64 { block.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        switch dtype {
        case .float32: return [Float(bitPattern: UInt32(truncatingIfNeeded: whole()))]
        case .float64: return [Float(Double(bitPattern: whole()))]
        case .float16: return [half(pair(0))]
        case .bfloat16: return [Float(bitPattern: UInt32(pair(0)) << 16)]
        case .int8: return [Float(Int8(bitPattern: block[0]))]
        case .int16: return [Float(Int16(bitPattern: pair(0)))]
        case .int32: return [Float(Int32(truncatingIfNeeded: whole()))]
        case .int64: return [Float(Int64(bitPattern: whole()))]
        case .q4_0: return nibbles(block[2...]).map { (Float($0) - 8) * half(pair(0)) }
        case .q4_1: return nibbles(block[4...]).map { Float($0) * half(pair(0)) + half(pair(2)) }
        case .q8_0: return block[2...].map { Float(Int8(bitPattern: $0)) * half(pair(0)) }
        default: preconditionFailure("no reference for \(dtype.rawValue)")
        }
    }

    /// The first 16 values are the low nibbles, the last 16 the high ones.
    static func nibbles(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        bytes.map { $0 % 16 } + bytes.map { $0 / 16 }
    }

    /// An IEEE 754 binary16 value, from sign, exponent and significand.
    static func half(_ bits: UInt16) -> Float {
        let exponent = Int(bits / 1024 % 32)
        let fraction = Float(bits % 1024) / 1024
        let sign: FloatingPointSign = bits < 0x8000 ? .plus : .minus
        if exponent == 31 {
            return fraction == 0 ? Float(sign: sign, exponent: 0, significand: .infinity) : .nan
        }
        return exponent == 0
            ? Float(sign: sign, exponent: -14, significand: fraction)
            : Float(sign: sign, exponent: exponent - 15, significand: 1 + fraction)
    }
}

extension CheckpointTensor {
    /// Some or all rows as floats.
    func floats(_ rows: Range<Int>? = nil) -> [Float] {
        let rows = rows ?? 0..<rowCount
        return [Float](unsafeUninitializedCapacity: rows.count * rowLength) { buffer, count in
            readFloats(rows: rows, into: buffer)
            count = rows.count * rowLength
        }
    }

    /// The bytes of some or all rows.
    func rowBytes(_ rows: Range<Int>? = nil) -> [[UInt8]] {
        let count = dtype.bytes(elements: rowLength)
        return withRowBytes(rows: rows ?? 0..<rowCount) { addresses in
            addresses.map { Array(UnsafeRawBufferPointer(start: $0, count: count)) }
        }
    }
}

/// Bit patterns, so that comparisons tell -0 from 0; every NaN is the same.
func bits(_ values: [Float]) -> [UInt32] {
    values.map { $0.isNaN ? Float.nan.bitPattern : $0.bitPattern }
}
