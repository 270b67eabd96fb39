import Tensors
import TestSupport
import Testing

struct StorageTests {
    @Test(arguments: GGUFBlockType.plain + GGUFBlockType.grouped)
    func `types know their blocks`(type: GGUFBlockType) throws {
        let dtype = try #require(DType(rawValue: type.name))
        #expect(dtype.blockElements == type.elements)
        #expect(dtype.blockBytes == type.bytes)
        #expect(dtype.isGrouped == (type.elements > 1))
        #expect((dtype.groupElements == nil) == (type.elements == 1))
        #expect(dtype.bytes(elements: 512) == 512 / type.elements * type.bytes)
        #expect(dtype.checkedBytes(elements: 512) == 512 / type.elements * type.bytes)
        #expect(dtype.checkedBytes(elements: 33) == (type.elements == 1 ? 33 * type.bytes : nil))
        #expect(dtype.checkedBytes(elements: -32) == nil)
        #expect(dtype.checkedBytes(elements: .max) == (type.name == "I8" ? .max : nil))
    }

    @Test
    func `a mapped file shows the file's bytes, also after discarding them`() throws {
        let folder = try TemporaryFolder()
        let content = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let file = try MappedFile(path: folder.write(content, to: "x"))
        #expect(file.byteCount == content.count)
        #expect(file.withBytes { $0.elementsEqual(content) })
        for range in [0..<0, 1..<4095, 1..<9000, 0..<20_000, 20_000..<20_000] {
            file.discard(range)
            #expect(file.withBytes { $0.elementsEqual(content) })
        }
    }

    @Test
    func `an empty file maps to no bytes`() throws {
        let folder = try TemporaryFolder()
        let file = try MappedFile(path: folder.write("", to: "x"))
        #expect(file.byteCount == 0)
        #expect(file.withBytes { $0.isEmpty })
        file.discard(0..<0)
    }

    @Test
    func `what cannot be mapped is named with the reason`() throws {
        let folder = try TemporaryFolder()
        for (path, reason) in [
            (folder.path("none"), "No such file"), (folder.path, "directory"), ("/dev/null", ""),
        ] {
            let error = try #require(throws: FileError.self) { try MappedFile(path: path) }
            #expect(error.description.hasPrefix("cannot read \(path): "))
            #expect(error.reason.contains(reason))
        }
    }

    @Test(arguments: [0, 1, 63, 64, 4096, 100_000, 4 << 20, (4 << 20) + 1, 9 << 20])
    func `buffers are aligned, zero-filled and writable to their end`(byteCount: Int) throws {
        let buffer = try AlignedBuffer(byteCount: byteCount)
        #expect(buffer.byteCount == byteCount)
        let alignment = byteCount >= 4 << 20 ? 2 << 20 : 64
        #expect(Int(bitPattern: buffer.baseAddress) % alignment == 0)
        #expect(buffer.bytes.allSatisfy { $0 == 0 })
        buffer.bytes.initializeMemory(as: UInt8.self, repeating: 0xA5)
        #expect(buffer.bytes.allSatisfy { $0 == 0xA5 })
    }

    @Test(arguments: [1 << 60, Int.max])
    func `memory that cannot be had is refused with its size`(byteCount: Int) throws {
        let error = try #require(throws: AllocationError.self) { try AlignedBuffer(byteCount: byteCount) }
        #expect(error.byteCount == byteCount)
        #expect(
            error.description.hasPrefix("cannot allocate \(byteCount >> 20) MiB")
                || error.description.hasPrefix("cannot allocate \((byteCount >> 20) + 1) MiB"))
    }
}
