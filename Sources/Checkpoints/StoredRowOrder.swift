/// The order in which a file stores the rows of a tensor, relative to Hugging Face's.
enum StoredRowOrder: Sendable, Equatable {
    case same
    /// The two halves of each head, which Hugging Face's rotary embedding pairs as `(i, i + d/2)`, are
    /// interleaved so that pairs are neighbours `(2i, 2i + 1)`: row `half * d/2 + i` of a head is stored at
    /// `2i + half`. llama.cpp's converter does this to the q and k projections of the `llama` architecture.
    case interleavedHalves(headDimension: Int)

    /// Where row `row` in Hugging Face order lies in the file.
    func storedIndex(ofRow row: Int) -> Int {
        switch self {
        case .same:
            return row
        case .interleavedHalves(let headDimension):
            let (head, index) = row.quotientAndRemainder(dividingBy: headDimension)
            let (half, pair) = index.quotientAndRemainder(dividingBy: headDimension / 2)
            return head * headDimension + 2 * pair + half
        }
    }

    /// Puts the elements of a one-dimensional tensor (a bias) into Hugging Face order, in place.
    func restoreElements(of values: UnsafeMutableBufferPointer<Float>, count: Int) {
        guard case .interleavedHalves = self else { return }
        let stored = Array(values[..<count])
        for index in 0..<count {
            values[index] = stored[storedIndex(ofRow: index)]
        }
    }
}
