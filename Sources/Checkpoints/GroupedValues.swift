internal import Tensors

/// Where the values of a grouped type go: `w = quants[i] * scales[i / group] + offsets[i / group]`, computed in
/// fp32 with one rounding after the product and one after the sum.
///
/// Types without an offset have -0 there, which changes no sum, not even the sign of a zero.
// SAFETY: whoever makes one guarantees room for the values and groups of the blocks that are decoded into it.
struct GroupedValues {
    var quants: UnsafeMutablePointer<Int8>
    var scales: UnsafeMutablePointer<Float>
    var offsets: UnsafeMutablePointer<Float>

    /// The place of block `index`.
    @inline(__always)
    func block(_ index: Int, elements: Int, groups: Int) -> GroupedValues {
        GroupedValues(
            quants: quants + index &* elements, scales: scales + index &* groups,
            offsets: offsets + index &* groups)
    }

    @inline(__always)
    func set(_ group: Int, scale: Float, offset: Float = -0.0) {
        scales[group] = scale
        offsets[group] = offset
    }
}

/// A block's bytes in the file.
// SAFETY: as for GroupedValues: all offsets that decoders use are constants below the type's `blockBytes`.
struct BlockBytes {
    let start: UnsafeRawPointer

    @inline(__always)
    subscript(_ index: Int) -> UInt8 { start.load(fromByteOffset: index, as: UInt8.self) }

    @inline(__always)
    func uint16(at offset: Int) -> UInt16 {
        UInt16(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    @inline(__always)
    func uint32(at offset: Int) -> UInt32 {
        UInt32(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    @inline(__always)
    func vector(at offset: Int) -> SIMD16<UInt8> {
        start.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
    }

    @inline(__always)
    func half(at offset: Int) -> Float { HalfFloat.value(uint16(at: offset)) }
}
