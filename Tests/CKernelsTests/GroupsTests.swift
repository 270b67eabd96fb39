import CKernels
import TestSupport
import Testing

/// The conversions of grouped rows, written to be read, for one group of 32 at a time.
enum GroupsReference {
    static func half(_ value: Float) -> Float { lmk_half_to_float(lmk_float_to_half(value)) }

    /// The group's values; a group of 32 that has two scales is given as two parts of 16.
    static func values(_ quants: [Int8], _ scales: [Float], _ offsets: [Float]) -> [Float] {
        quants.enumerated().map { index, quant in
            let part = index / (quants.count / scales.count)
            return Float(quant) * scales[part] + offsets[part]
        }
    }

    static func eightBit(
        _ quants: [Int8], _ scales: [Float], _ offsets: [Float]
    ) -> (fit: lmk_fit, quants: [Int8], scale: Float) {
        let values = values(quants, scales, offsets)
        guard values.allSatisfy(\.isFinite) else { return (LMK_FIT_NOT_FINITE, [], 0) }
        let isSymmetric = offsets.allSatisfy { $0 == 0 && $0.sign == .minus }
        let kept = half(scales[0])
        let isKept = kept.isFinite && (kept == scales[0] || kept.magnitude >= 0x1p-14)
        if isSymmetric, isKept, scales.allSatisfy({ $0.bitPattern == scales[0].bitPattern }) {
            return (LMK_FIT_OK, quants, kept)
        }
        let largest = values.map(\.magnitude).max() ?? 0
        var bits = lmk_float_to_half(largest / 127)
        if lmk_half_to_float(bits) * 127.4 < largest { bits += 1 }
        let step = lmk_half_to_float(bits)
        guard step.isFinite else { return (LMK_FIT_OUT_OF_RANGE, [], 0) }
        let inverse = step > 0 ? 1 / step : 0
        return (LMK_FIT_OK, values.map { Int8(($0 * inverse).rounded(.toNearestOrEven)) }, step)
    }

    static func fourBit(
        _ quants: [Int8], _ scale: Float, _ offset: Float, center: Int8
    ) -> (fit: lmk_fit, quants: [UInt8], scale: UInt16, offset: UInt16) {
        let moved = offset - Float(center) * scale
        guard scale.isFinite, moved.isFinite else { return (LMK_FIT_NOT_FINITE, [], 0, 0) }
        guard half(scale).isFinite, half(moved).isFinite else { return (LMK_FIT_OUT_OF_RANGE, [], 0, 0) }
        return (
            LMK_FIT_OK, quants.map { UInt8($0 + center) }, lmk_float_to_half(scale), lmk_float_to_half(moved)
        )
    }
}

@Suite("grouped rows")
struct GroupsTests {
    /// What the CPU can run of those that have code of their own.
    static let isas = [LMK_ISA_GENERIC, LMK_ISA_AVX2, LMK_ISA_NEON].filter { lmk_isa_supported($0) }

    private struct Row {
        var quants: [Int8]
        var scales: [Float]
        var offsets: [Float]
        var group: Int

        func with<R>(_ body: (UnsafePointer<lmk_grouped_row>) -> R) -> R {
            quants.withUnsafeBufferPointer { quants in
                scales.withUnsafeBufferPointer { scales in
                    offsets.withUnsafeBufferPointer { offsets in
                        var row = lmk_grouped_row(
                            quants: quants.baseAddress, scales: scales.baseAddress,
                            offsets: offsets.baseAddress, group: UInt32(group), count: UInt64(quants.count))
                        return withUnsafePointer(to: &row) { body($0) }
                    }
                }
            }
        }

        /// Values, scales and offsets of the packed group `index`.
        func packed(_ index: Int) -> ([Int8], [Float], [Float]) {
            let parts = index * 32 / group..<(index + 1) * 32 / group
            return (Array(quants[index * 32..<index * 32 + 32]), Array(scales[parts]), Array(offsets[parts]))
        }
    }

    /// Scales of all kinds, from subnormal to the largest that keep every value finite.
    private func row(groups: Int, group: Int, quants: ClosedRange<Int8>, seed: UInt64) -> Row {
        var random = SeededGenerator(seed: seed)
        let parts = groups * 32 / group
        func number(_ largest: Float) -> Float {
            let isHalf = Bool.random(using: &random)
            let value = Float.random(in: -1...1, using: &random) * Float.random(in: 0...1, using: &random)
            let scaled =
                value * [largest, 1, 0x1p-14, 0x1p-24, 0x1p-130, 0][Int.random(in: 0...5, using: &random)]
            return isHalf ? GroupsReference.half(scaled) : scaled
        }
        var scales = (0..<parts).map { _ in number(1000) }
        // Some parts share the scale of the one before.
        for part in 1..<max(parts, 1) where part % 5 < 2 { scales[part] = scales[part - 1] }
        return Row(
            quants: (0..<groups * 32).map { _ in Int8.random(in: quants, using: &random) }, scales: scales,
            offsets: (0..<parts).map { $0 % 3 == 0 ? -0.0 : number(1000) }, group: group)
    }

    @Test(
        "8-bit groups are those of the definition",
        arguments: isas, [(1, 16), (2, 32), (15, 16), (16, 32), (17, 16), (40, 32)])
    func eightBit(isa: lmk_isa, shape: (groups: Int, group: Int)) {
        for seed in 1...30 {
            let row = row(
                groups: shape.groups, group: shape.group, quants: seed % 2 == 0 ? -128...127 : 0...15,
                seed: UInt64(seed))
            var quants = [Int8](repeating: 99, count: row.quants.count)
            var scales = [Float](repeating: .nan, count: shape.groups)
            let fit = row.with { lmk_testing_groups_to_w8(isa, $0, &quants, &scales) }
            #expect(fit == LMK_FIT_OK)
            for group in 0..<shape.groups {
                let (source, sourceScales, offsets) = row.packed(group)
                let expected = GroupsReference.eightBit(source, sourceScales, offsets)
                #expect(scales[group].bitPattern == expected.scale.bitPattern)
                #expect(Array(quants[group * 32..<group * 32 + 32]) == expected.quants)
            }
        }
    }

    @Test("no 8-bit value is off by more than half a step", arguments: isas)
    func eightBitError(isa: lmk_isa) {
        let row = row(groups: 200, group: 16, quants: -32...31, seed: 77)
        var quants = [Int8](repeating: 0, count: row.quants.count)
        var scales = [Float](repeating: 0, count: 200)
        _ = row.with { lmk_testing_groups_to_w8(isa, $0, &quants, &scales) }
        for group in 0..<200 {
            let (source, sourceScales, offsets) = row.packed(group)
            let values = GroupsReference.values(source, sourceScales, offsets)
            // Half a step, or of kept integers up to 128 times the rounding of their scale.
            let step = Double(scales[group].magnitude)
            for (value, quant) in zip(values, quants[group * 32..<group * 32 + 32]) {
                #expect(abs(Double(value) - Double(quant) * Double(scales[group])) <= step * 0.50001)
            }
        }
    }

    @Test("4-bit groups keep their integers", arguments: isas, [Int8(0), 8])
    func fourBit(isa: lmk_isa, center: Int8) {
        let row = row(groups: 50, group: 32, quants: -center...15 - center, seed: UInt64(center) + 5)
        var quants = [UInt8](repeating: 99, count: row.quants.count)
        var scales = [UInt16](repeating: 0, count: 50)
        var offsets = scales
        let fit = row.with { lmk_testing_groups_to_w4(isa, $0, center, &quants, &scales, &offsets) }
        #expect(fit == LMK_FIT_OK)
        for group in 0..<50 {
            let (source, sourceScales, sourceOffsets) = row.packed(group)
            let expected = GroupsReference.fourBit(
                source, sourceScales[0], sourceOffsets[0], center: center)
            #expect(scales[group] == expected.scale && offsets[group] == expected.offset)
            #expect(Array(quants[group * 32..<group * 32 + 32]) == expected.quants)
        }
    }

    @Test(
        "the offset of a symmetric 4-bit group is minus eight times its scale, for every scale",
        arguments: isas)
    func symmetricOffsets(isa: lmk_isa) {
        for bits in UInt16(0)...UInt16.max {
            let scale = lmk_half_to_float(bits)
            let row = Row(
                quants: [Int8](repeating: -8, count: 32), scales: [scale], offsets: [-0.0], group: 32)
            var quants = [UInt8](repeating: 99, count: 32)
            var (halfScale, offset) = (UInt16(0), UInt16(0))
            let fit = row.with { lmk_testing_groups_to_w4(isa, $0, 8, &quants, &halfScale, &offset) }
            if !scale.isFinite {
                #expect(fit == LMK_FIT_NOT_FINITE)
            } else if abs(scale * 8) > 65504 {
                #expect(fit == LMK_FIT_OUT_OF_RANGE)
            } else {
                #expect(fit == LMK_FIT_OK && halfScale == bits && lmk_half_to_float(offset) == scale * -8)
            }
        }
    }

    @Test("values that are not finite, and scales out of range, are told apart", arguments: isas, [16, 32])
    func problems(isa: lmk_isa, group: Int) {
        let cases: [(scale: Float, offset: Float, eight: lmk_fit, four: lmk_fit)] = [
            (.nan, 0, LMK_FIT_NOT_FINITE, LMK_FIT_NOT_FINITE),
            (.infinity, -0.0, LMK_FIT_NOT_FINITE, LMK_FIT_NOT_FINITE),
            (1, -.infinity, LMK_FIT_NOT_FINITE, LMK_FIT_NOT_FINITE),
            (0x1p127, -0.0, LMK_FIT_NOT_FINITE, LMK_FIT_OUT_OF_RANGE),
            (0x1p120, -0.0, LMK_FIT_OUT_OF_RANGE, LMK_FIT_OUT_OF_RANGE),
            (65520, 1, LMK_FIT_OK, LMK_FIT_OUT_OF_RANGE),
            (1, 70000, LMK_FIT_OK, LMK_FIT_OUT_OF_RANGE),
        ]
        for (scale, offset, eight, four) in cases {
            var row = row(groups: 20, group: group, quants: 0...15, seed: 3)
            row.quants[600] = 15
            row.scales[600 / group] = scale
            row.offsets[600 / group] = offset
            var quants = [Int8](repeating: 0, count: 640)
            var scales = [Float](repeating: 0, count: 20)
            #expect(row.with { lmk_testing_groups_to_w8(isa, $0, &quants, &scales) } == eight)
            guard group == 32 else { continue }
            var nibbles = [UInt8](repeating: 0, count: 640)
            var (halves, offsets) = ([UInt16](repeating: 0, count: 20), [UInt16](repeating: 0, count: 20))
            #expect(row.with { lmk_testing_groups_to_w4(isa, $0, 0, &nibbles, &halves, &offsets) } == four)
        }
    }

    @Test("floats have one rounding after the product and one after the sum", arguments: isas, [16, 32])
    func floats(isa: lmk_isa, group: Int) {
        let row = row(groups: 9, group: group, quants: -128...127, seed: 8)
        var floats = [Float](repeating: .nan, count: row.quants.count)
        row.with { lmk_testing_groups_to_floats(isa, $0, &floats) }
        let expected = GroupsReference.values(row.quants, row.scales, row.offsets)
        #expect(floats.map(\.bitPattern) == expected.map(\.bitPattern))
    }
}
