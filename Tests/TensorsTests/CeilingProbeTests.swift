import Tensors
import Testing

@Suite(.serialized) struct CeilingProbeTests {
    @Test(arguments: InstructionSet.allCases.filter(\.isSupported))
    func everyCeilingOfTheCPUHasARate(instructionSet: InstructionSet) throws {
        let kernels = try #require(Kernels(instructionSet))
        let probe = CeilingProbe(pool: try WorkerPool(threads: 2), instructionSet: instructionSet)
        for ceiling in Ceiling.allCases {
            #expect(probe.rate(ceiling) == 0, "not prepared: \(ceiling)")
            try probe.prepare(ceiling)
            let exists =
                ceiling != .bfloat16Dot || kernels.multiplyAdd(for: WeightFormat.bf16) == .bfloat16Dot
            #expect((probe.rate(ceiling) > 0) == exists, "\(ceiling)")
        }
    }

    @Test func eachFormatHasTheCeilingOfItsArithmetic() throws {
        let kernels = try #require(Kernels(.generic))
        #expect(kernels.multiplyAdd(for: .w4(group: 32)) == .int8Dot)
        #expect(kernels.multiplyAdd(for: .w8(group: 0)) == .int8SignedDot)
        #expect(kernels.multiplyAdd(for: WeightFormat.bf16) == .float32)
        #expect(kernels.multiplyAdd(for: KVCacheShape.Element.int4) == .int16Dot)
        #expect(kernels.multiplyAdd(for: KVCacheShape.Element.fp16) == .float32)
    }
}
