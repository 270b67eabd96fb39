import Tensors
import Testing

@Suite struct WeightFormatTests {
    @Test(arguments: WeightFormat.table)
    func everyRowOfTheTableHasASizeAndAName(format: WeightFormat) throws {
        let bytes = try #require(format.byteCount(rows: 64, columns: 256))
        let bits = Double(bytes) * 8 / (64 * 256)
        let widths: [WeightFormat.Storage: ClosedRange<Double>] = [
            .fp32: 32...32.1, .fp16: 16...16.1, .bf16: 16...16.1, .w8: 8.1...8.6, .w4: 4.2...5.1,
        ]
        #expect(widths[format.storage]?.contains(bits) == true, "\(bits) bits per weight")
        #expect(format.description.hasPrefix(format.storage.rawValue))
    }

    @Test func shapesThatAFormatCannotHoldHaveNoSize() {
        #expect(WeightFormat.w4(group: 32).byteCount(rows: 4, columns: 40) == nil)
        #expect(WeightFormat.w4(group: 16).byteCount(rows: 4, columns: 64) == nil)
        #expect(WeightFormat.w8(group: 32).byteCount(rows: 4, columns: 40) == nil)
        #expect(WeightFormat.w8(group: 0).byteCount(rows: 4, columns: 40) != nil)
        #expect(WeightFormat.fp32.byteCount(rows: 0, columns: 64) == nil)
        #expect(throws: TensorError.unrepresentable(format: "w4 g32", rows: 4, columns: 40)) {
            try PackedMatrix(format: .w4(group: 32), rows: 4, columns: 40)
        }
    }

    @Test(arguments: WeightFormat.table)
    func aMatrixFilledInAnyOrderReadsBackTheSame(format: WeightFormat) throws {
        let rows = 70
        let columns = 96
        let source = (0..<rows * columns).map { Float(($0 * 7919) % 255 - 127) / 64 }
        let forwards = try PackedMatrix(format: format, rows: rows, columns: columns)
        let backwards = try PackedMatrix(format: format, rows: rows, columns: columns)
        source.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            forwards.fill(rows: 0..<rows, floats: base)
            for row in (0..<rows).reversed() {
                backwards.fill(rows: row..<row + 1, floats: base + row * columns)
            }
        }
        var first = [Float](repeating: 0, count: rows * columns)
        var second = first
        forwards.readFloats(rows: 0..<rows, into: &first)
        backwards.readFloats(rows: 0..<rows, into: &second)
        #expect(first == second)
        let largest = zip(first, source).map { abs($0 - $1) }.max() ?? .infinity
        #expect(largest <= (format.storage == .w4 ? 0.14 : 0.02))
    }

    /// Stretches of columns, the last of which is short, of rows that begin and end anywhere in a panel.
    @Test(arguments: WeightFormat.table)
    func aMatrixFilledInRectanglesIsThatFilledByRows(format: WeightFormat) throws {
        let (rows, columns) = (70, 352)
        let source = (0..<rows * columns).map { Float(($0 * 7919) % 255 - 127) / 64 }
        let whole = try PackedMatrix(format: format, rows: rows, columns: columns)
        let parts = try PackedMatrix(format: format, rows: rows, columns: columns)
        source.withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress { whole.fill(rows: 0..<rows, floats: base) }
        }
        let length = parts.takesRectangles ? PackedMatrix.rectangleColumns : columns
        for first in stride(from: 0, to: columns, by: length).reversed() {
            let part = first..<min(first + length, columns)
            for range in [64..<70, 0..<7, 32..<64, 7..<32] {
                let values = range.flatMap { row in
                    source[row * columns + part.lowerBound..<row * columns + part.upperBound]
                }
                values.withUnsafeBufferPointer { buffer in
                    if let base = buffer.baseAddress { parts.fill(rows: range, columns: part, floats: base) }
                }
            }
        }
        var first = [Float](repeating: 0, count: rows * columns)
        var second = [Float](repeating: 1, count: rows * columns)
        whole.readFloats(rows: 0..<rows, into: &first)
        parts.readFloats(rows: 0..<rows, into: &second)
        #expect(first == second)
    }
}
