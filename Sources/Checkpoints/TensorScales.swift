/// The scales of a tensor of 8-bit floats: each value is multiplied by that of its block.
final class TensorScales: Sendable {
    private let tensor: CheckpointTensor
    private let layout: Layout

    private enum Layout {
        case one
        /// A list with a scale for each row.
        case rows
        /// A matrix with a scale for each block; blocks at the edges may be smaller.
        case blocks(rows: Int, columns: Int)
    }

    /// - Parameters:
    ///   - shape: of the tensor that is scaled.
    ///   - block: rows and columns that share a scale, for a matrix of scales.
    /// - Returns: nil when the scales' shape does not fit.
    init?(_ tensor: CheckpointTensor, shape: [Int], block: (rows: Int, columns: Int)) {
        guard shape.count == 2 else { return nil }
        let (rows, columns) = (shape[0], shape[1])
        func blocks(_ count: Int, of size: Int) -> Int { (count - 1) / size + 1 }
        self.tensor = tensor
        if tensor.shape.allSatisfy({ $0 == 1 }) {
            layout = .one
        } else if tensor.shape == [rows] {
            layout = .rows
        } else if tensor.shape == [rows, 1] {
            layout = .blocks(rows: 1, columns: columns)
        } else if tensor.shape == [blocks(rows, of: block.rows), blocks(columns, of: block.columns)] {
            layout = .blocks(rows: block.rows, columns: block.columns)
        } else {
            return nil
        }
    }

    var byteCount: Int { tensor.byteCount }

    /// Multiplies rows of values in place, with one fp32 product each.
    func multiply(_ values: UnsafeMutableBufferPointer<Float>, rows: Range<Int>, rowLength: Int) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: tensor.rowLength) { scales in
            var loaded: Int?
            for (index, row) in rows.enumerated() {
                let scaleRow: Int
                let width: Int
                switch layout {
                case .one, .rows: (scaleRow, width) = (0, rowLength)
                case .blocks(let height, let columns): (scaleRow, width) = (row / height, columns)
                }
                if loaded != scaleRow {
                    tensor.readFloats(rows: scaleRow..<scaleRow + 1, into: scales)
                    loaded = scaleRow
                }
                var start = index * rowLength
                let end = start + rowLength
                var block = if case .rows = layout { row } else { 0 }
                while start < end {
                    let scale = scales[block]
                    let next = min(start + width, end)
                    for position in start..<next { values[position] *= scale }
                    start = next
                    block += 1
                }
            }
        }
    }

    func discard() { tensor.discard() }

    func holdsSameBytes(as other: TensorScales) -> Bool { tensor.holdsSameBytes(as: other.tensor) }
}
