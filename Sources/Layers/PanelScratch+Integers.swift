internal import Checkpoints
internal import Tensors

// Integers with scales in tensors of their own, on their way to a matrix.
extension PanelScratch {
    typealias Problem = (row: Int, problem: BlockRows.Problem)

    /// Packs some columns of a panel's rows, in pieces that stay in L1 where the matrix takes pieces.
    func copyIntegers(
        _ integers: IntegerMatrix, rows: Range<Int>, columns: Range<Int>, to matrix: PackedMatrix,
        at target: Range<Int>
    ) -> Problem? {
        let length = matrix.takesRectangles ? PackedMatrix.rectangleColumns : columns.count
        for start in stride(from: columns.lowerBound, to: columns.upperBound, by: length) {
            let piece = start..<min(start + length, columns.upperBound)
            let copied =
                switch matrix.format.storage {
                case .w4 where integers.bits == 4 && integers.fits(matrix.format):
                    copyOctets(integers, rows: rows, columns: piece, to: matrix, at: target)
                case .w8 where integers.fits(matrix.format):
                    copyBytes(integers, rows: rows, columns: piece, to: matrix, at: target)
                default:
                    copyFloats(integers, rows: rows, columns: piece, to: matrix, at: target)
                }
            if let problem = copied { return (rows.lowerBound + problem.row, problem.problem) }
        }
        return nil
    }

    // MARK: - Internals

    private func copyOctets(
        _ integers: IntegerMatrix, rows: Range<Int>, columns: Range<Int>, to matrix: PackedMatrix,
        at target: Range<Int>
    ) -> Problem? {
        let groups = matrix.groups(of: columns)
        let count = groups.count * rows.count
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: rows.count * columns.count / 8) {
            octets in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { scales in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { zeros in
                    guard let octet = octets.baseAddress, let scale = scales.baseAddress,
                        let zero = zeros.baseAddress
                    else { return nil }
                    integers.readOctets(rows: rows, columns: columns, into: octet)
                    for (index, group) in groups.enumerated() {
                        let source = group * matrix.format.group / integers.group
                        // SAFETY: there is room for the rows of every group.
                        integers.readScales(rows: rows, group: source, into: scale + index * rows.count)
                        integers.readZeros(rows: rows, group: source, into: zero + index * rows.count)
                    }
                    return Self.problem { () throws(BlockRows.Failure) in
                        try matrix.fill(
                            rows: target, columns: columns, octets: octet,
                            scales: UnsafeBufferPointer(scales), zeros: UnsafeBufferPointer(zeros))
                    }
                }
            }
        }
    }

    private func copyBytes(
        _ integers: IntegerMatrix, rows: Range<Int>, columns: Range<Int>, to matrix: PackedMatrix,
        at target: Range<Int>
    ) -> Problem? {
        let groups = matrix.groups(of: columns)
        return withUnsafeTemporaryAllocation(of: Int8.self, capacity: rows.count * columns.count) { bytes in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: (groups.count + 1) * rows.count) {
                scales in
                guard let byte = bytes.baseAddress, let scale = scales.baseAddress else { return nil }
                if let row = integers.readBytes(rows: rows, columns: columns, into: byte) {
                    return (row - rows.lowerBound, .outOfRange)
                }
                // SAFETY: behind the scales of all groups, row by row, there is room for those of one group.
                let column = scale + groups.count * rows.count
                for (index, group) in groups.enumerated() {
                    let source = group * matrix.format.group / integers.group
                    integers.readScales(rows: rows, group: source, into: column)
                    for row in 0..<rows.count { scale[row * groups.count + index] = column[row] }
                }
                let filled = UnsafeBufferPointer(start: scale, count: groups.count * rows.count)
                return Self.problem { () throws(BlockRows.Failure) in
                    try matrix.fill(rows: target, columns: columns, integers: byte, scales: filled)
                }
            }
        }
    }

    private func copyFloats(
        _ integers: IntegerMatrix, rows: Range<Int>, columns: Range<Int>, to matrix: PackedMatrix,
        at target: Range<Int>
    ) -> Problem? {
        let values = UnsafeMutableBufferPointer(rebasing: floats[..<(rows.count * columns.count)])
        guard let base = values.baseAddress else { return nil }
        integers.readFloats(rows: rows, columns: columns, into: base)
        guard Self.areFinite(values) else {
            let index = values.firstIndex { !$0.isFinite } ?? 0
            return (index / columns.count, .notFinite)
        }
        matrix.fill(rows: target, columns: columns, floats: base)
        return nil
    }

    private static func problem(_ fill: () throws(BlockRows.Failure) -> Void) -> Problem? {
        do throws(BlockRows.Failure) {
            try fill()
            return nil
        } catch {
            return (error.row, error.problem)
        }
    }
}

extension IntegerMatrix {
    /// Whether scales are those of a format's groups, or of several of them.
    fileprivate func fits(_ format: WeightFormat) -> Bool {
        format.group == 0 ? group == columns : group % format.group == 0
    }
}

extension PackedMatrix {
    /// The numbers of the groups that have some of the columns; a format without groups has one.
    fileprivate func groups(of columns: Range<Int>) -> Range<Int> {
        guard format.group > 0 else { return 0..<1 }
        return columns.lowerBound / format.group..<(columns.upperBound + format.group - 1) / format.group
    }
}
