/// The order in which a file stores the rows of a tensor, relative to Hugging Face's.
enum StoredRowOrder: Sendable, Equatable {
    case same
    /// The two halves of each head, which Hugging Face's rotary embedding pairs as `(i, i + d/2)`, are
    /// interleaved so that pairs are neighbours `(2i, 2i + 1)`: row `half * d/2 + i` of a head is stored at
    /// `2i + half`. llama.cpp's converter does this to the q and k projections of the `llama` architecture.
    case interleavedHalves(headDimension: Int)

    /// The order of a q or k projection's rows in the files of Meta and in GGUF files of the `llama`
    /// architecture; other tensors have Hugging Face's.
    static func ofInterleavedProjection(
        _ name: String, rows: Int, _ configuration: ModelConfiguration
    ) -> StoredRowOrder {
        let heads: Int
        if name.contains(".self_attn.q_proj.") {
            heads = configuration.attentionHeadCount
        } else if name.contains(".self_attn.k_proj.") {
            heads = configuration.keyValueHeadCount
        } else {
            return .same
        }
        // A shape that does not fit the heads is an error that loading reports with the expected shape.
        guard rows == heads * configuration.headDimension, configuration.headDimension % 2 == 0 else {
            return .same
        }
        return .interleavedHalves(headDimension: configuration.headDimension)
    }

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

    /// Where the rows from the front up to and including these lie, less those of heads that were complete
    /// before: a range that holds nothing that still has to be read by who reads rows in order.
    func storedRange(ofRows rows: Range<Int>) -> Range<Int> {
        switch self {
        case .same:
            return rows
        case .interleavedHalves(let headDimension):
            let complete = rows.upperBound / headDimension * headDimension
            return min(rows.lowerBound / headDimension * headDimension, complete)..<complete
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
