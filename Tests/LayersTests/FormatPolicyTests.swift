import Layers
import Tensors
import Testing

@Suite struct FormatPolicyTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var override: WeightFormat.Storage?
        var role: FormatPolicy.Role
        var sources: [DType]
        var columns = 256
        var isFourBit = false
        var group: Int?
        var hasHalfScales = false
        var expected: WeightFormat
        var testDescription: String {
            "\(override?.rawValue ?? "auto") \(role) \(sources.map(\.rawValue)) -> \(expected)"
        }
    }

    @Test(arguments: [
        Case(role: .linear, sources: [.float32], expected: .fp32),
        Case(role: .linear, sources: [.float16], expected: .fp16),
        Case(role: .linear, sources: [.bfloat16, .bfloat16], expected: .bf16),
        Case(role: .linear, sources: [.q8_0], expected: .w8(group: 32)),
        Case(role: .linear, sources: [.q4_0, .q4_1], isFourBit: true, expected: .w4(group: 32)),
        Case(role: .linear, sources: [.q4_1, .q8_0], isFourBit: true, expected: .w8(group: 32)),
        Case(role: .linear, sources: [.float16, .bfloat16], expected: .fp32),
        Case(role: .linear, sources: [.q4_0, .float16], isFourBit: true, expected: .fp16),
        Case(role: .vocabulary, sources: [.q4_0], isFourBit: true, expected: .w8(group: 32)),
        Case(role: .vocabulary, sources: [.float16], isFourBit: true, expected: .w8(group: 64)),
        Case(role: .vocabulary, sources: [.bfloat16], expected: .bf16),
        Case(role: .linear, sources: [.q4K, .q4K], isFourBit: true, expected: .w4(group: 32)),
        Case(role: .linear, sources: [.q4K, .q4K, .q6K], isFourBit: true, expected: .w8(group: 32)),
        Case(role: .linear, sources: [.q6K], isFourBit: true, expected: .w8(group: 32)),
        Case(role: .linear, sources: [.q2K], expected: .w8(group: 32)),
        Case(role: .linear, sources: [.mxfp4], expected: .w8(group: 32)),
        Case(role: .linear, sources: [.iq4NL, .float16], expected: .fp16),
        Case(role: .linear, sources: [.float64], expected: .fp32),
        Case(role: .linear, sources: [.int8], expected: .fp32),
        Case(role: .vocabulary, sources: [.q6K], expected: .w8(group: 32)),
        Case(override: .w8, role: .linear, sources: [.q4_0], isFourBit: true, expected: .w8(group: 32)),
        Case(override: .w4, role: .linear, sources: [.q6K], expected: .w4(group: 64)),
        Case(override: .fp32, role: .linear, sources: [.q4_1], isFourBit: true, expected: .fp32),
        Case(override: .fp16, role: .vocabulary, sources: [.q8_0], isFourBit: true, expected: .fp16),
        Case(override: .w4, role: .linear, sources: [.bfloat16], expected: .w4(group: 64)),
        Case(override: .w4, role: .linear, sources: [.q4_0], isFourBit: true, expected: .w4(group: 32)),
        Case(override: .w4, role: .vocabulary, sources: [.bfloat16], expected: .w8(group: 64)),
        Case(override: .w4, role: .linear, sources: [.float32], columns: 88, expected: .w8(group: 0)),
        Case(override: .w8, role: .linear, sources: [.float32], columns: 88, expected: .w8(group: 0)),
        Case(override: .w8, role: .linear, sources: [.q8_0], expected: .w8(group: 32)),
        Case(role: .linear, sources: [.int4], isFourBit: true, group: 128, expected: .w4(group: 128)),
        Case(role: .linear, sources: [.int4], isFourBit: true, group: 96, expected: .w4(group: 32)),
        Case(role: .linear, sources: [.int4], isFourBit: true, group: 256, expected: .w4(group: 128)),
        Case(role: .linear, sources: [.int4], columns: 72, group: 72, expected: .w8(group: 0)),
        Case(role: .linear, sources: [.int8], group: 256, expected: .w8(group: 0)),
        Case(role: .linear, sources: [.int8], group: 256, hasHalfScales: true, expected: .w8(group: 128)),
        Case(
            role: .linear, sources: [.int8, .int8], columns: 576, group: 576, hasHalfScales: true,
            expected: .w8(group: 64)),
        Case(
            role: .linear, sources: [.int8], columns: 72, group: 72, hasHalfScales: true,
            expected: .w8(group: 0)),
        Case(role: .linear, sources: [.int8], group: 64, expected: .w8(group: 64)),
        Case(role: .vocabulary, sources: [.int4], isFourBit: true, group: 64, expected: .w8(group: 64)),
        Case(override: .w8, role: .linear, sources: [.int4], group: 128, expected: .w8(group: 128)),
        Case(override: .w4, role: .linear, sources: [.int4], group: 128, expected: .w4(group: 128)),
        Case(override: .w4, role: .linear, sources: [.int8], group: 128, expected: .w4(group: 64)),
        Case(override: .bf16, role: .linear, sources: [.int4], group: 128, expected: .bf16),
    ])
    func everyMatrixGetsTheFormatThatHoldsIt(_ test: Case) {
        let format = FormatPolicy(override: test.override).format(
            role: test.role,
            sources: test.sources.map { .init($0, group: test.group, hasHalfScales: test.hasHalfScales) },
            columns: test.columns, isFourBitModel: test.isFourBit)
        #expect(format == test.expected)
    }

    @Test func whatDoesNotFitIsHeldInAWiderFormat() {
        #expect(FormatPolicy.wider(than: .w4(group: 32)) == .w8(group: 32))
        #expect(FormatPolicy.wider(than: .w8(group: 32)) == .fp32)
        #expect(FormatPolicy.wider(than: .fp16) == nil)
    }
}
