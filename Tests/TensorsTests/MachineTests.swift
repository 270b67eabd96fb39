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

    @Test(arguments: [
        ("32768K", 32 << 20), ("1M\n", 1 << 20), ("2G", 2 << 30), ("512", 512), ("K", nil), ("", nil),
    ])
    func sizesOfCachesAreRead(text: String, bytes: Int?) {
        #expect(Machine.cacheBytes(text) == bytes)
    }

    @Test func everyCoreHasProcessorsOfItsOwn() {
        let cores = Machine.cores()
        #expect(cores.allSatisfy { !$0.isEmpty })
        #expect(Set(cores.joined()).count == cores.joined().count)
    }

    @Test func aLastLevelCacheHasBytesWhereItIsKnown() {
        if let bytes = Machine.lastLevelCacheBytes() { #expect(bytes >= 64 << 10) }
    }
}
