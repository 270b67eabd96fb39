import Tensors
import Testing

@Suite struct MachineTests {
    @Test func theMachineHasCoresAndMemory() {
        #expect(Machine.physicalCores() >= 1)
        #expect(Machine.totalMemoryBytes() > 1 << 28)
        #expect(Machine.availableMemoryBytes() > 0)
        #expect(Machine.availableMemoryBytes() <= Machine.totalMemoryBytes())
        #expect(!Machine.cpuName().isEmpty)
    }
}
