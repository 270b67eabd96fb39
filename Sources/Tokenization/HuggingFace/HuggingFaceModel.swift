/// The `model` of a `tokenizer.json`: byte-level BPE.
struct HuggingFaceModel {
    let vocabulary: Vocabulary
    let merges: MergeTable
    private let field: JSONField

    init(_ field: JSONField) throws(TokenizerError) {
        try Self.checkSupport(field)
        let vocab = try field.required("vocab")
        let members = try vocab.object()
        guard !members.isEmpty else {
            throw TokenizerError(
                .outOfRange, field: vocab.path, found: "no tokens", expected: "at least one",
                advice: TokenizerError.damagedFileAdvice)
        }
        var builder = BytePairModelBuilder(source: vocab.path, tokenCount: members.count)
        for member in members {
            let text = Array(vocab.document.bytes(member.key))
            let id = try member.value.tokenID(path: "\(vocab.path).\(TokenizerError.quote(text))")
            try builder.addToken(text, id: id)
        }
        let merges = try field.required("merges")
        self.merges = try builder.mergeTable(try Self.halves(merges), field: merges.path)
        vocabulary = builder.vocabulary
        self.field = field
    }

    func options(_ vocabulary: Vocabulary) throws(TokenizerError) -> BytePairModel.Options {
        var options = BytePairModel.Options()
        options.ignoreMerges = try field.flag("ignore_merges", default: false)
        options.fuseUnknown = try field.flag("fuse_unk", default: false)
        if let unknown = try field.member("unk_token") {
            options.unknownID = vocabulary.id(ofText: Array(try unknown.bytes()))
            guard options.unknownID != nil else {
                throw TokenizerError(
                    .inconsistent, field: unknown.path, found: TokenizerError.quote(try unknown.bytes()),
                    expected: "a token of the vocabulary", advice: TokenizerError.damagedFileAdvice)
            }
        }
        return options
    }

    // MARK: - Internals

    private static func checkSupport(_ field: JSONField) throws(TokenizerError) {
        // The oldest files have no type; all of them are BPE with merges.
        if let type = try field.member("type"), try type.string() != "BPE" {
            throw type.unsupported(TokenizerError.quote(try type.bytes()), expected: "\"BPE\"")
        }
        if try field.flag("byte_fallback", default: false) {
            throw field.unsupported("byte_fallback (SentencePiece style)", expected: "byte-level BPE")
        }
        for affix in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let affix = try field.member(affix), try !affix.bytes().isEmpty {
                throw affix.unsupported(TokenizerError.quote(try affix.bytes()), expected: "nothing")
            }
        }
        if let dropout = try field.member("dropout") {
            guard case .number(0) = dropout.value else {
                throw dropout.unsupported("dropout, which makes ids random", expected: "null or 0")
            }
        }
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
