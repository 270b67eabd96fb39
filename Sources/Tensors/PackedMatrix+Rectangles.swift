internal import CKernels

/// Parts of a matrix that are some rows of one panel by some columns.
///
/// For weights that a checkpoint stores input by input: they are packed in the order of the file, a stretch of columns
/// of all rows at a time. Threads may fill different columns of one panel at the same time.
extension PackedMatrix {
    /// The first column of a rectangle is a multiple of this, and so is the number of its columns, unless they are
    /// the last ones: a multiple of every group, and of the pairs of bf16.
    package static let rectangleColumns = 128

    /// Whether columns can be filled in parts: not where one scale belongs to all of them.
    package var takesRectangles: Bool { !format.quantisesActivations || format.group > 0 }

    /// As `fill(rows:floats:)` for the values [rows][columns] of a rectangle.
    package func fill(rows range: Range<Int>, columns part: Range<Int>, floats: UnsafePointer<Float>) {
        withRectangle(rows: range, columns: part) { matrix, bytes, row in
            if format.quantisesActivations {
                lmk_pack_quantize(matrix, bytes, row, UInt64(range.count), floats)
            } else {
                lmk_pack_float(matrix, bytes, row, UInt64(range.count), floats)
            }
        }
    }

    /// Takes over integers of 4 bits: `w = (q - zero) * scale` becomes `q * scale + offset`.
    ///
    /// The integers stay what they are. Scales become fp16 numbers, and so do the offsets `-zero * scale`: exactly
    /// where scales have no more bits and zero points are powers of two, else by at most 2^-11 of themselves. Of a
    /// step from one integer to the next that is no more than `zero / 2048`, less than a hundredth.
    ///
    /// - Parameters:
    ///   - octets: [columns / 8][rows], the integer of the rectangle's column 8i + j in bits 4j...4j+3 of word i.
    ///   - scales: [groups][rows], as are `zeros`.
    package func fill(
        rows range: Range<Int>, columns part: Range<Int>, octets: UnsafePointer<UInt32>,
        scales: UnsafeBufferPointer<Float>, zeros: UnsafeBufferPointer<Int32>
    ) throws(BlockRows.Failure) {
        precondition(format.storage == .w4 && range.count <= Self.rowsPerPanel)
        checkRectangle(rows: range, columns: part)
        let count = scales.count
        precondition(count == range.count * groups(of: part) && zeros.count == count)
        let failure = withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 2 * count) {
            halves -> BlockRows.Failure? in
            for index in 0..<count {
                // The offset is of the scale that is held, so that weights of zero stay zero as far as can be.
                guard let scale = Self.half(scales[index]),
                    let offset = Self.half(-Float(zeros[index]) * lmk_half_to_float(scale))
                else {
                    return BlockRows.Failure(
                        row: index % range.count,
                        problem: scales[index].isFinite ? .outOfRange : .notFinite)
                }
                halves[index] = scale
                halves[count + index] = offset
            }
            guard let base = halves.baseAddress else { return nil }
            // SAFETY: the first half of the halves are scales, the second are offsets.
            lmk_pack_w4_octets(
                matrix, bytes, UInt64(range.lowerBound), UInt32(range.count), UInt64(part.lowerBound),
                UInt64(part.count), octets, base, base + count)
            return nil
        }
        if let failure { throw failure }
    }

    /// Takes over integers of 8 bits, `w = q * scale`. Scales of groups become fp16 numbers.
    ///
    /// - Parameters:
    ///   - integers: [rows][columns].
    ///   - scales: [rows][groups], or [rows] where the format has no groups.
    package func fill(
        rows range: Range<Int>, columns part: Range<Int>, integers: UnsafePointer<Int8>,
        scales: UnsafeBufferPointer<Float>
    ) throws(BlockRows.Failure) {
        precondition(format.storage == .w8 && scales.count == range.count * groups(of: part))
        guard let base = scales.baseAddress else { return }
        for (index, scale) in scales.enumerated() where format.group > 0 || !scale.isFinite {
            guard Self.half(scale) == nil else { continue }
            throw BlockRows.Failure(
                row: index / groups(of: part), problem: scale.isFinite ? .outOfRange : .notFinite)
        }
        withRectangle(rows: range, columns: part) { matrix, bytes, row in
            lmk_pack_w8(matrix, bytes, row, UInt64(range.count), integers, base)
        }
    }

    // MARK: - Internals

    private func groups(of part: Range<Int>) -> Int {
        format.group == 0 ? 1 : (part.count + format.group - 1) / format.group
    }

    /// The fp16 number that is off by at most 2^-11 of the value; nil where there is none.
    private static func half(_ value: Float) -> UInt16? {
        let half = lmk_float_to_half(value)
        switch half & 0x7C00 {
        case 0x7C00: return nil
        case 0: return lmk_half_to_float(half) == value ? half : nil
        default: return half
        }
    }

    private func checkRectangle(rows range: Range<Int>, columns part: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows && !range.isEmpty)
        precondition(part.lowerBound >= 0 && part.upperBound <= columns && !part.isEmpty)
        let isWhole = part.count == columns
        if isWhole && format.storage != .w4 { return }
        let panel = Self.rowsPerPanel
        precondition(range.lowerBound / panel == (range.upperBound - 1) / panel, "rows of several panels")
        precondition(isWhole || takesRectangles && part.lowerBound % Self.rectangleColumns == 0)
        precondition(part.upperBound % Self.rectangleColumns == 0 || part.upperBound == columns)
    }

    /// A rectangle as a matrix of its own, of one panel: in a panel columns, or groups of them, lie one after the
    /// other.
    private func withRectangle(
        rows range: Range<Int>, columns part: Range<Int>,
        _ body: (UnsafePointer<lmk_matrix>, UnsafeMutablePointer<UInt8>, UInt64) -> Void
    ) {
        checkRectangle(rows: range, columns: part)
        if part.count == columns { return body(matrix, bytes, UInt64(range.lowerBound)) }
        let group = UInt32(format.group)
        let panel = range.lowerBound / Self.rowsPerPanel
        let panelBytes = lmk_panel_bytes(format.code, group, UInt64(columns))
        let bytesBefore =
            part.lowerBound == 0 ? 0 : lmk_panel_bytes(format.code, group, UInt64(part.lowerBound))
        // SAFETY: the rectangle's panel is one of the matrix, and its columns are some of the panel's.
        let start = bytes + panel * panelBytes + bytesBefore
        var rectangle = lmk_matrix(
            format: format.code, group: group, n: UInt64(Self.rowsPerPanel), k: UInt64(part.count),
            data: UnsafePointer(start))
        body(&rectangle, start, UInt64(range.lowerBound % Self.rowsPerPanel))
    }
}
