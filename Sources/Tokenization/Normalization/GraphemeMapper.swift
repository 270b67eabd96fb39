/// Applies SentencePiece's compiled table the way Hugging Face's tokenizers do: a short grapheme cluster as a
/// whole where the table has a beginning of it, any other scalar by scalar.
struct GraphemeMapper {
    /// Clusters of more bytes are not looked up as a whole.
    private static let longestCluster = 5

    let map: CharacterMap

    func apply(_ bytes: [UInt8], _ range: Range<Int>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count + range.count / 8)
        var index = range.lowerBound
        while index < range.upperBound {
            if isAlone(bytes, index, range.upperBound) {
                append(bytes, index..<index + 1, to: &result)
                index += 1
                continue
            }
            let end = stretchEnd(bytes, from: index, to: range.upperBound)
            for cluster in String(decoding: bytes[index..<end], as: UTF8.self) {
                let width = cluster.utf8.count
                append(bytes, index..<index + width, to: &result)
                index += width
            }
        }
        return result
    }

    private func append(_ bytes: [UInt8], _ cluster: Range<Int>, to result: inout [UInt8]) {
        if cluster.count <= Self.longestCluster, let mapped = map.mapping(ofPrefixOf: bytes[cluster]) {
            result.append(contentsOf: mapped)
        } else {
            appendScalars(bytes, cluster, to: &result)
        }
    }

    /// Whether an ASCII byte is a cluster by itself for sure: another one follows, or nothing.
    private func isAlone(_ bytes: [UInt8], _ index: Int, _ end: Int) -> Bool {
        guard bytes[index] < 0x80 else { return false }
        guard index + 1 < end else { return true }
        return bytes[index + 1] < 0x80 && !(bytes[index] == 0x0D && bytes[index + 1] == 0x0A)
    }

    /// The end of a stretch that no cluster crosses.
    private func stretchEnd(_ bytes: [UInt8], from start: Int, to end: Int) -> Int {
        var index = start + 1
        while index < end, !isAlone(bytes, index - 1, end) { index += 1 }
        return index
    }

    private func appendScalars(_ bytes: [UInt8], _ cluster: Range<Int>, to result: inout [UInt8]) {
        var index = cluster.lowerBound
        while index < cluster.upperBound {
            let end = index + bytes.scalar(at: index).width
            if let mapped = map.mapping(ofPrefixOf: bytes[index..<end]) {
                result.append(contentsOf: mapped)
            } else {
                result.append(contentsOf: bytes[index..<end])
            }
            index = end
        }
    }
}
