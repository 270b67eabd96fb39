internal import Tensors

/// A linear layer's weight as a checkpoint holds it that was quantised before: integers, scales and zero points in
/// tensors of their own. A weight is `(q - zero) * scale`.
package final class IntegerMatrix: Sendable {
    /// How the integers lie in their tensor. A word has 32 bits.
    enum Layout {
        /// AWQ: [inputs][outputs / 8], where a word's nibbles are outputs 0, 2, 4, 6, 1, 3, 5, 7 of eight.
        case outputWords
        /// GPTQ: [inputs in words][outputs], the first input in the lowest bits.
        case inputWordsByInput
        /// compressed-tensors: [outputs][inputs in words], the first input in the lowest bits.
        case inputWordsByOutput
        /// Signed bytes, [outputs][inputs].
        case bytes
    }

    enum Zeros {
        case same(Int32)
        /// AWQ: [groups][outputs / 8], in the order of its integers.
        case outputWords(StoredMatrix)
        /// GPTQ: [groups][outputs in words]; words have `added` added to them.
        case sequentialWords(StoredMatrix, added: UInt32)
        /// compressed-tensors: [outputs in words][groups].
        case wordsByOutput(StoredMatrix)
        /// Signed bytes, [outputs][groups]. The integers have `added` added to them, and so has what is stored here.
        case bytes(StoredMatrix, added: Int32)
    }

    /// How scales lie in their tensor.
    enum ScaleOrder {
        /// [groups][outputs]
        case byGroup
        /// [outputs][groups], or one for all outputs.
        case byOutput
    }

    /// 4 or 8.
    package let bits: Int
    package let rows: Int
    package let columns: Int
    /// Columns that share a scale: all of them, or a divisor of their number that is a multiple of 32.
    package let group: Int
    let layout: Layout
    let integers: StoredMatrix
    let scales: StoredMatrix
    let scaleOrder: ScaleOrder
    let zeros: Zeros

    /// The builder has checked that all tensors have the shapes that belong to these numbers.
    init(
        bits: Int, rows: Int, columns: Int, group: Int, layout: Layout, integers: StoredMatrix,
        scales: StoredMatrix, scaleOrder: ScaleOrder, zeros: Zeros
    ) {
        self.bits = bits
        self.rows = rows
        self.columns = columns
        self.group = group
        self.layout = layout
        self.integers = integers
        self.scales = scales
        self.scaleOrder = scaleOrder
        self.zeros = zeros
    }

    /// Whether fp16 holds all scales exactly. Reads them.
    package var hasHalfScales: Bool {
        if scales.element == .float(.float16) { return true }
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: rows) { values in
            guard let base = values.baseAddress else { return false }
            return (0..<columns / group).allSatisfy { group in
                readScales(rows: 0..<rows, group: group, into: base)
                return values.allSatisfy { HalfFloat.value(HalfFloat.bits($0)) == $0 }
            }
        }
    }

    /// The name of the tensor with the scales.
    package var scalesName: String { scales.name }

    /// Whether the file has inputs one after the other, each with all outputs.
    package var isStoredByInput: Bool {
        switch layout {
        case .outputWords, .inputWordsByInput: true
        case .inputWordsByOutput, .bytes: false
        }
    }

    var dtype: DType { bits == 4 ? .int4 : .int8 }

    var byteCount: Int {
        let others =
            switch zeros {
            case .same: 0
            case .outputWords(let zeros), .sequentialWords(let zeros, _), .wordsByOutput(let zeros),
                .bytes(let zeros, _):
                zeros.byteCount
            }
        return integers.byteCount + scales.byteCount + others
    }

    // MARK: - Scales and zero points

    /// Reads the scales of some rows for one group of columns.
    package func readScales(rows range: Range<Int>, group: Int, into scales: UnsafeMutablePointer<Float>) {
        switch scaleOrder {
        case .byGroup:
            self.scales.readFloats(row: group, columns: range, into: scales)
        case .byOutput:
            for (index, row) in range.enumerated() {
                let place = self.scales.rows == 1 ? 0 : row
                self.scales.readFloats(row: place, columns: group..<group + 1, into: scales + index)
            }
        }
    }

    /// Reads the zero points of some rows for one group of columns.
    package func readZeros(rows range: Range<Int>, group: Int, into zeros: UnsafeMutablePointer<Int32>) {
        let perWord = 32 / bits
        let mask: UInt32 = bits == 4 ? 15 : 255
        for (index, row) in range.enumerated() {
            let (word, position) = row.quotientAndRemainder(dividingBy: perWord)
            zeros[index] =
                switch self.zeros {
                case .same(let zero): zero
                case .outputWords(let matrix):
                    Int32(matrix.word(group, word) >> UInt32(4 * Self.nibble(ofOutput: position)) & 15)
                case .sequentialWords(let matrix, let added):
                    Int32((matrix.word(group, word) &+ added) >> UInt32(bits * position) & mask)
                case .wordsByOutput(let matrix):
                    Int32(matrix.word(word, group) >> UInt32(bits * position) & mask)
                case .bytes(let matrix, let added): Int32(matrix.byte(row, group)) + added
                }
        }
    }

    /// Where AWQ has one of eight outputs in a word: even ones in the lower half.
    static func nibble(ofOutput output: Int) -> Int { output / 2 + output % 2 * 4 }

    // MARK: - Pages

    /// Drops all pages that were read of the file.
    func discard() {
        integers.discard()
        scales.discard()
        switch zeros {
        case .same: break
        case .outputWords(let zeros), .sequentialWords(let zeros, _), .wordsByOutput(let zeros),
            .bytes(let zeros, _):
            zeros.discard()
        }
    }

    /// Drops the pages of some rows' integers, where rows lie together.
    func discard(rows: Range<Int>) {
        if !isStoredByInput { integers.discard(rows: rows) }
    }

    /// Drops the pages of some columns' integers, where columns lie together.
    package func discard(columns: Range<Int>) {
        switch layout {
        case .inputWordsByOutput, .bytes: break
        case .outputWords: integers.discard(rows: columns)
        case .inputWordsByInput:
            integers.discard(rows: columns.lowerBound * bits / 32..<columns.upperBound * bits / 32)
        }
    }
}
