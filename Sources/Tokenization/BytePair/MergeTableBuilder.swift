/// Enters merges from a file into a table, in the order of their ranks, and checks that they fit the vocabulary.
struct MergeTableBuilder {
    typealias Halves = (left: ArraySlice<UInt8>, right: ArraySlice<UInt8>)

    private(set) var table: MergeTable
    private let vocabulary: Vocabulary
    private let continuingPrefix: [UInt8]
    private let field: String
    private var rank = 0
    /// The text of both halves, kept from one merge to the next so that it is not allocated for each.
    private var whole: [UInt8] = []

    /// - Parameters:
    ///   - count: how many merges will be added at most.
    ///   - fileBytes: of the file they are from. A merge may have six bytes there, and memory is to stay in
    ///     proportion to the file.
    ///   - continuingPrefix: what a right half loses in the merged token.
    ///   - field: for messages.
    init(
        count: Int, fileBytes: Int, vocabulary: Vocabulary, continuingPrefix: [UInt8] = [], field: String
    ) {
        table = MergeTable(capacity: count, byteLimit: 3 * fileBytes)
        self.vocabulary = vocabulary
        self.continuingPrefix = continuingPrefix
        self.field = field
    }

    mutating func add(_ merge: Halves) throws(TokenizerError) {
        let (left, right) = merge
        whole.removeAll(keepingCapacity: true)
        whole.append(contentsOf: left)
        whole.append(contentsOf: right)
        let leftID = try id(0..<left.count)
        let rightID = try id(left.count..<whole.count)
        // The reference cuts as many bytes, whatever they are.
        guard right.count >= continuingPrefix.count else {
            throw TokenizerError(
                .inconsistent, field: "\(field)[\(rank)]", found: TokenizerError.quote(right),
                expected: "a token that begins with \(TokenizerError.quote(continuingPrefix))",
                advice: TokenizerError.damagedFileAdvice)
        }
        if !continuingPrefix.isEmpty {
            whole.removeSubrange(left.count..<left.count + continuingPrefix.count)
        }
        table.insert(left: leftID, right: rightID, rank: UInt32(rank), mergedID: try id(0..<whole.count))
        rank += 1
    }

    /// The halves of a merge that is written "left right".
    static func halves(
        _ merge: ArraySlice<UInt8>, field: @autoclosure () -> String
    ) throws(TokenizerError) -> Halves {
        guard let space = merge.firstIndex(of: 0x20), merge.lastIndex(of: 0x20) == space else {
            throw TokenizerError(
                .inconsistent, field: field(), found: TokenizerError.quote(merge),
                expected: "two tokens with one space between them", advice: TokenizerError.damagedFileAdvice)
        }
        return (merge[..<space], merge[(space + 1)...])
    }

    private func id(_ range: Range<Int>) throws(TokenizerError) -> Int32 {
        guard let id = vocabulary.id(ofText: whole, in: range) else {
            throw TokenizerError(
                .inconsistent, field: "\(field)[\(rank)]",
                found: "\(TokenizerError.quote(whole[range])), which is no token",
                expected: "a merge of two tokens into a third", advice: TokenizerError.damagedFileAdvice)
        }
        return id
    }
}
