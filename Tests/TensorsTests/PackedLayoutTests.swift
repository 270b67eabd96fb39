import Tensors
import TestSupport
import Testing

/// The bytes of packed matrices, which workspaces keep.
@Suite struct PackedLayoutTests {
    /// Of the bytes of a matrix of 70 x 96 in the layout that ``PackedMatrix/layoutVersion`` names.
    private static let fingerprints: [String: UInt64] = [
        "bf16": 0xF16220073B9E8E51,
        "fp16": 0xE1DE0FFF8BEE4505,
        "fp32": 0x4EE853ADAC6B0315,
        "w4 g128": 0x09D93D922FAC6868,
        "w4 g32": 0xAA227479372310DC,
        "w4 g64": 0x8451290E6626EBCE,
        "w8": 0x7A6AC001C5423438,
        "w8 g128": 0x7110EFDB3D33EA88,
        "w8 g32": 0xDB79D8D94C8C0B78,
        "w8 g64": 0x4EF3AF0D3FA0A0CE,
    ]

    private static func matrix(_ format: WeightFormat) throws -> PackedMatrix {
        let matrix = try PackedMatrix(format: format, rows: 70, columns: 96)
        let source: [Float] = (0..<70 * 96).map { index in
            let level: Int = (index * 7919) % 255 - 127
            return Float(level) / 64
        }
        source.withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress { matrix.fill(rows: 0..<70, floats: base) }
        }
        return matrix
    }

    @Test(arguments: WeightFormat.table)
    func bytesThatFilesKeepChangeWithTheLayoutsVersionOnly(format: WeightFormat) throws {
        #expect(PackedMatrix.layoutVersion == 1)
        let hash = try Self.matrix(format).withPackedBytes { TinyRandom.fnv1a64($0) }
        #expect(Self.fingerprints[format.description] == hash, "\(format): \(hash)")
    }

    @Test(arguments: WeightFormat.table)
    func aMatrixInAMappedFileReadsLikeTheOneThatWasWritten(format: WeightFormat) throws {
        let folder = try TemporaryFolder()
        let original = try Self.matrix(format)
        let bytes = original.withPackedBytes { Array($0) }
        #expect(bytes.count == format.byteCount(rows: 70, columns: 96))
        let path = try folder.write([UInt8](repeating: 7, count: 128) + bytes, to: "x.bin")
        let file = try MappedFile(path: path)
        let mapped = try PackedMatrix(
            format: format, rows: 70, columns: 96,
            storage: MemoryArena.Slice(file: file, range: 128..<128 + bytes.count))
        var values = [Float](repeating: 0, count: 70 * 96)
        var expected = values
        mapped.readFloats(rows: 0..<70, into: &values)
        original.readFloats(rows: 0..<70, into: &expected)
        #expect(values == expected)
    }

    @Test(arguments: WeightFormat.table)
    func rowsAndColumnsThatAreCopiedKeepTheirValues(format: WeightFormat) throws {
        let source = try Self.matrix(format)
        let unit = format.columnUnit
        let columns = unit < 96 ? unit..<96 : 0..<96
        let target = try PackedMatrix(format: format, rows: 50, columns: columns.count)
        target.copy(rows: 20..<65, columns: columns, of: source, toRow: 5, column: 0)
        var all = [Float](repeating: 0, count: 70 * 96)
        source.readFloats(rows: 0..<70, into: &all)
        var found = [Float](repeating: 0, count: 45 * columns.count)
        target.readFloats(rows: 5..<50, into: &found)
        let expected: [Float] = (20..<65).flatMap { (row: Int) -> ArraySlice<Float> in
            let start = row * 96
            return all[start + columns.lowerBound..<start + columns.upperBound]
        }
        #expect(found == expected)
    }
}
