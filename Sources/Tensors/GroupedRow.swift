internal import CKernels

/// A row of small integers with a scale and an offset for each group: `w = q * scale + offset`, rounded after the
/// product and after the sum. Symmetric rows have -0 as their offsets.
///
/// It becomes floats, or rows of the integer formats with groups of 32, whose scales are fp16: up to 65504, and
/// in steps of 2^-24 below 2^-14.
// SAFETY: the pointers are those of the caller, who keeps them valid, holds `count` values and as many groups
// behind them, and gives destinations of the sizes that each function names.
package struct GroupedRow {
    private let row: lmk_grouped_row

    /// Values in a group of what a row is converted to.
    package static let packedGroup = 32

    /// - Parameters:
    ///   - group: values that share a scale, 16 or 32.
    ///   - count: values in the row, a multiple of 32.
    package init(
        quants: UnsafePointer<Int8>, scales: UnsafePointer<Float>, offsets: UnsafePointer<Float>, group: Int,
        count: Int
    ) {
        precondition((group == 16 || group == 32) && count % Self.packedGroup == 0)
        row = lmk_grouped_row(
            quants: quants, scales: scales, offsets: offsets, group: UInt32(group), count: UInt64(count))
    }

    /// Why a row has no place in a format.
    package enum Problem: Error {
        /// A value is infinite or not a number.
        case notFinite
        /// Every value is finite, but the fp16 scale or offset would not be.
        case outOfRange
    }

    /// Replaces each of `count` quants, a number 0...15, by that entry of the table.
    package static func lookUp(_ quants: UnsafeMutablePointer<Int8>, count: Int, in table: [Int8]) {
        precondition(table.count == 16)
        table.withUnsafeBufferPointer { lmk_groups_look_up($0.baseAddress, quants, UInt64(count)) }
    }

    /// Writes `count` values.
    package func readFloats(into destination: UnsafeMutablePointer<Float>) {
        withUnsafePointer(to: row) { lmk_groups_to_floats($0, destination) }
    }

    /// Keeps the integers of a row with groups of 32, and rounds scales and offsets to fp16: what
    /// `PackedMatrix.fill(rows:quants:scales:offsets:)` takes.
    ///
    /// Exact where scales and offsets are fp16 numbers. Else a step changes by at most 2^-11 of itself (2^-25 for
    /// steps below 2^-14), and a value by at most 15 times that and 2^-11 of the offset.
    /// - Parameter center: what is added to the integers to have 0...15.
    package func convertToFourBit(
        center: Int8, quants: UnsafeMutablePointer<UInt8>, scales: UnsafeMutablePointer<UInt16>,
        offsets: UnsafeMutablePointer<UInt16>
    ) throws(Problem) {
        try check(withUnsafePointer(to: row) { lmk_groups_to_w4($0, center, quants, scales, offsets) })
    }

    /// Keeps the integers where 32 values have one scale and no offset, and else rounds the values to the nearest
    /// multiples of an fp16 number near the 127th part of the largest magnitude: what
    /// `PackedMatrix.fill(rows:quants:scales:)` takes.
    ///
    /// A scale that goes with kept integers is an fp16 number, or one that changes by at most 2^-11 of itself when it
    /// becomes one.
    package func convertToEightBit(
        quants: UnsafeMutablePointer<Int8>, scales: UnsafeMutablePointer<Float>
    ) throws(Problem) {
        try check(withUnsafePointer(to: row) { lmk_groups_to_w8($0, quants, scales) })
    }

    private func check(_ fit: lmk_fit) throws(Problem) {
        switch fit {
        case LMK_FIT_OK: return
        case LMK_FIT_NOT_FINITE: throw .notFinite
        default: throw .outOfRange
        }
    }
}
