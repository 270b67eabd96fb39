import Tensors
import Testing

@Suite struct KernelsTests {
    @Test func theBestInstructionSetIsTakenUnlessOneIsForced() throws {
        #expect(try Kernels.select(environment: [:]).instructionSet == .best)
        #expect(try Kernels.select(environment: ["LMDEPLOY_FORCE_ISA": ""]).instructionSet == .best)
        #expect(try Kernels.select(environment: ["LMDEPLOY_FORCE_ISA": "generic"]).instructionSet == .generic)
    }

    @Test func anUnknownOrUnsupportedInstructionSetIsRefusedLoudly() {
        #expect(throws: TensorError.unknownInstructionSet("sse9")) {
            try Kernels.select(environment: ["LMDEPLOY_FORCE_ISA": "sse9"])
        }
        for isa in InstructionSet.allCases where !isa.isSupported {
            #expect(
                throws: TensorError.unsupportedInstructionSet(
                    isa.rawValue, best: InstructionSet.best.rawValue)
            ) {
                try Kernels.select(environment: ["LMDEPLOY_FORCE_ISA": isa.rawValue])
            }
        }
    }

    @Test(arguments: InstructionSet.allCases.filter(\.isSupported))
    func samplingHelpersOrderValues(isa: InstructionSet) throws {
        let kernels = try #require(Kernels(isa))
        let values: [Float] = [1, 7, -3, 7, 2]
        var indices = [Int32](repeating: -1, count: 5)
        var largest = [Float](repeating: 0, count: 5)
        values.withUnsafeBufferPointer { buffer in
            #expect(kernels.argmax(buffer) == 1)
            #expect(kernels.topK(buffer, k: 3, indices: &indices, largest: &largest) == 3)
            #expect(abs(kernels.sumExp(buffer, maximum: 7, inverseTemperature: 1) - 2.0092) < 1e-3)
        }
        #expect(indices[..<3] == [1, 3, 4] && largest[..<3] == [7, 7, 2])
    }
}
