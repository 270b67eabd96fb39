/// Collects tokens and merges from a file and checks that they fit together.
struct BytePairModelBuilder {
    private(set) var vocabulary: Vocabulary
    private let source: String

    /// - Parameter source: For messages: where the tokens come from, `tokenizer.json: model.vocab`.
    init(source: String, tokenCount: Int, usesByteAlphabet: Bool = true) {
        self.source = source
        vocabulary = Vocabulary(usesByteAlphabet: usesByteAlphabet)
        vocabulary.reserveCapacity(tokenCount)
    }

    mutating func addToken(_ text: [UInt8], id: Int32) throws(TokenizerError) {
        guard !vocabulary.contains(id) else {
            throw TokenizerError(
                .inconsistent, field: source, found: "two tokens with id \(id)", expected: "one token per id",
                advice: TokenizerError.damagedFileAdvice)
        }
        vocabulary.insertModelToken(text, id: id)
    }

    /// The table of `merges`, which are in order of rank.
    ///
    /// A right half loses `continuingPrefix` in the merged token.
    static func mergeTable(
        _ merges: [(left: ArraySlice<UInt8>, right: ArraySlice<UInt8>)], of vocabulary: Vocabulary,
        continuingPrefix: [UInt8] = [], field: String
    ) throws(TokenizerError) -> MergeTable {
        var table = MergeTable(capacity: merges.count)
        var whole: [UInt8] = []
        for (rank, (left, right)) in merges.enumerated() {
            whole.removeAll(keepingCapacity: true)
            whole.append(contentsOf: left)
            whole.append(contentsOf: right)
            let leftID = try id(in: vocabulary, of: whole, in: 0..<left.count, "\(field)[\(rank)]")
            let rightID = try id(in: vocabulary, of: whole, in: left.count..<whole.count, "\(field)[\(rank)]")
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
            table.insert(
                left: leftID, right: rightID, rank: UInt32(rank),
                mergedID: try id(in: vocabulary, of: whole, in: 0..<whole.count, "\(field)[\(rank)]"))
        }
        return table
    }

    /// The halves of a merge that is written "left right".
    static func halves(
        _ merge: ArraySlice<UInt8>, field: @autoclosure () -> String
    ) throws(TokenizerError) -> (left: ArraySlice<UInt8>, right: ArraySlice<UInt8>) {
        guard let space = merge.firstIndex(of: 0x20), merge.lastIndex(of: 0x20) == space else {
            throw TokenizerError(
                .inconsistent, field: field(), found: TokenizerError.quote(merge),
                expected: "two tokens with one space between them", advice: TokenizerError.damagedFileAdvice)
        }
        return (merge[..<space], merge[(space + 1)...])
    }

    private static func id(
        in vocabulary: Vocabulary, of bytes: [UInt8], in range: Range<Int>, _ field: @autoclosure () -> String
    ) throws(TokenizerError) -> Int32 {
        guard let id = vocabulary.id(ofText: bytes, in: range) else {
            throw TokenizerError(
                .inconsistent, field: field(),
                found: "\(TokenizerError.quote(bytes[range])), which is no token",
                expected: "a merge of two tokens into a third", advice: TokenizerError.damagedFileAdvice)
        }
        return id
    }
}
