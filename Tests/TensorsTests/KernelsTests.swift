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
    func softmaxIsTakenOverTheNumbersOfARow(isa: InstructionSet) throws {
        let kernels = try #require(Kernels(isa))
        let values: [Float] = [1, 7, .nan, -.infinity, 7]
        values.withUnsafeBufferPointer { row in
            #expect(kernels.argmax(row) == 1)
            let softmax = kernels.softmaxScan(row)
            #expect(softmax.argmax == 1 && softmax.maximum == 7)
            // ln(2 + exp(-6))
            #expect(abs(softmax.logprob(7) + 0.6943858) < 1e-6)
            #expect(abs(softmax.logprob(1) + 6.6943858) < 1e-6)
            #expect(softmax.logprob(-.infinity) == -.infinity && softmax.logprob(.nan) == -.infinity)
        }
        for value in [Float.infinity, -.infinity, .nan] {
            let row = [value, 1, value]
            let softmax = row.withUnsafeBufferPointer { kernels.softmaxScan($0) }
            #expect(softmax.logprob(value) == -.infinity)
            #expect(softmax.logprob(1) == (value == .infinity ? -.infinity : 0))
        }
    }
}
