internal import JSON

extension HuggingFaceModel {
    func bytePair(_ vocabulary: Vocabulary, _ spellsBytes: Bool) throws(TokenizerError) -> BytePairModel {
        if let dropout = try field.member("dropout") {
            guard dropout.value.double == 0 else {
                throw dropout.unsupported("dropout, which makes ids random", expected: "null or 0")
            }
        }
        let affixes = try affixes()
        var options = BytePairModel.Options()
        options.spelling = spellsBytes ? .bytes : .scalars(affixes)
        options.ignoreMerges = try field.flag("ignore_merges", default: false)
        options.fuseUnknown = try field.flag("fuse_unk", default: false)
        if try field.member("unk_token") != nil { options.unknownID = try unknownID(vocabulary) }
        let merges = try field.required("merges")
        let table = try BytePairModelBuilder.mergeTable(
            try Self.halves(merges), of: vocabulary, continuingPrefix: affixes.continuingPrefix,
            field: merges.path)
        return BytePairModel(vocabulary: vocabulary, merges: table, options: options)
    }

    func affixes() throws(TokenizerError) -> BytePairModel.Affixes {
        BytePairModel.Affixes(
            continuingPrefix: Array(try field.member("continuing_subword_prefix")?.bytes() ?? []),
            endSuffix: Array(try field.member("end_of_word_suffix")?.bytes() ?? []),
            fallsBackToBytes: try field.flag("byte_fallback", default: false))
    }

    /// Merges in both spellings: "left right", and `["left", "right"]`.
    private static func halves(
        _ merges: JSONField
    ) throws(TokenizerError) -> [(left: ArraySlice<UInt8>, right: ArraySlice<UInt8>)] {
        guard case .array(let values) = merges.value else { throw merges.wrongType("an array") }
        let document = merges.document
        var halves: [(left: ArraySlice<UInt8>, right: ArraySlice<UInt8>)] = []
        halves.reserveCapacity(values.count)
        for value in values {
            switch value {
            case .string(let text):
                let bytes = document.bytes(text)
                if bytes.starts(with: "#version".utf8) { continue }
                halves.append(
                    try BytePairModelBuilder.halves(bytes, field: "\(merges.path)[\(halves.count)]"))
            case .array(let pair):
                guard pair.count == 2, case .string(let left) = pair[0], case .string(let right) = pair[1]
                else {
                    throw JSONField(document, value, path: "\(merges.path)[\(halves.count)]")
                        .wrongType("an array of two strings")
                }
                halves.append((document.bytes(left), document.bytes(right)))
            default:
                throw JSONField(document, value, path: "\(merges.path)[\(halves.count)]")
                    .wrongType("a string or an array of two strings")
            }
        }
        return halves
    }
}
