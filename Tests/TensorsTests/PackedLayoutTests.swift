import Tensors
import TestSupport
import Testing

/// The bytes of packed matrices, which workspaces keep.
@Suite struct PackedLayoutTests {
    /// Of the bytes of a matrix of 70 x 96 in the layout that ``PackedMatrix/layoutVersion`` names.
    private static let fingerprints: [String: UInt64] = [:]

    private static func matrix(_ format: WeightFormat) throws -> PackedMatrix {
        let matrix = try PackedMatrix(format: format, rows: 70, columns: 96)
        let source = (0..<70 * 96).map { Float(($0 * 7919) % 255 - 127) / 64 }
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
        #expect(found == (20..<65).flatMap { all[$0 * 96 + columns.lowerBound..<($0 + 1) * 96] })
    }
}
