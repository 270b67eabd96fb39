internal import JSON

extension HuggingFaceModel {
    func bytePair(_ vocabulary: Vocabulary, _ spellsBytes: Bool) throws(TokenizerError) -> BytePairModel {
        if let dropout = try field.member("dropout") {
            guard dropout.node.double == 0 else {
                throw dropout.unsupported("dropout, which makes ids random", expected: "null or 0")
            }
        }
        let affixes = try affixes()
        var options = BytePairModel.Options()
        options.spelling = spellsBytes ? .bytes : .scalars(affixes)
        options.ignoreMerges = try field.flag("ignore_merges", default: false)
        options.fuseUnknown = try field.flag("fuse_unk", default: false)
        if try field.member("unk_token") != nil { options.unknownID = try unknownID(vocabulary) }
        return BytePairModel(
            vocabulary: vocabulary, merges: try mergeTable(vocabulary, affixes.continuingPrefix),
            options: options)
    }

    func affixes() throws(TokenizerError) -> BytePairModel.Affixes {
        BytePairModel.Affixes(
            continuingPrefix: Array(try field.member("continuing_subword_prefix")?.bytes() ?? []),
            endSuffix: Array(try field.member("end_of_word_suffix")?.bytes() ?? []),
            fallsBackToBytes: try field.flag("byte_fallback", default: false))
    }

    private func mergeTable(_ vocabulary: Vocabulary, _ prefix: [UInt8]) throws(TokenizerError) -> MergeTable
    {
        let merges = try field.required("merges")
        let values = try merges.array()
        // All of them are looked at before there is a table: a list of anything else takes none.
        var count = 0
        for value in values {
            if try Self.halves(value, merges.path, count) != nil { count += 1 }
        }
        var builder = MergeTableBuilder(
            count: count, fileBytes: merges.node.documentByteCount, vocabulary: vocabulary,
            continuingPrefix: prefix, field: merges.path)
        for (index, value) in values.enumerated() {
            if let halves = try Self.halves(value, merges.path, index) { try builder.add(halves) }
        }
        return builder.table
    }

    /// A merge in one of its spellings: "left right", and `["left", "right"]`; nil for a line about the version.
    private static func halves(
        _ value: JSONNode, _ path: String, _ index: Int
    ) throws(TokenizerError) -> MergeTableBuilder.Halves? {
        if let text = value.text {
            let bytes = text.bytes
            if bytes.starts(with: "#version".utf8) { return nil }
            return try MergeTableBuilder.halves(bytes, field: "\(path)[\(index)]")
        }
        guard let (left, right) = value.elements?.pair, let left = left.text, let right = right.text else {
            throw JSONField(value, path: "\(path)[\(index)]").wrongType(
                value.elements == nil ? "a string or an array of two strings" : "an array of two strings")
        }
        return (left.bytes, right.bytes)
    }
}
