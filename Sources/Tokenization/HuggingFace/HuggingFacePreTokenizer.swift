/// The `pre_tokenizer` of a `tokenizer.json`.
enum HuggingFacePreTokenizer {
    /// Scalars in a piece of `FixedLength`, bounded so that a file cannot overflow a counter.
    private static let longestPiece = 1 << 30

    static func stages(_ field: JSONField?) throws(TokenizerError) -> [PreTokenizer.Stage] {
        var stages: [PreTokenizer.Stage] = []
        for component in try HuggingFaceComponent.flattened(field, members: "pretokenizers") {
            stages += try Self.stages(component)
        }
        return stages
    }

    private static func stages(
        _ component: HuggingFaceComponent
    ) throws(TokenizerError) -> [PreTokenizer.Stage] {
        let field = component.field
        switch component.type {
        case "ByteLevel":
            var stages: [PreTokenizer.Stage] = []
            if try field.flag("add_prefix_space", default: true) { stages.append(.prefixSpace) }
            if try field.flag("use_regex", default: true) { stages.append(.pattern(.gpt2)) }
            return stages + [.byteAlphabet]
        case "Split": return [try split(component)]
        case "Metaspace": return [.metaspace(try metaspace(component))]
        case "Whitespace": return [.words]
        case "WhitespaceSplit": return [.scalars(.whitespace, .removed)]
        case "BertPreTokenizer": return [.scalars(.whitespace, .removed), .scalars(.punctuation, .isolated)]
        case "Punctuation":
            return [.scalars(.punctuation, try behavior(field.member("behavior")) ?? .isolated)]
        case "Digits":
            return [.digits(isIndividual: try field.flag("individual_digits", default: false))]
        case "CharDelimiterSplit", "Delimiter":
            let delimiter = try component.scalar("delimiter")
            return [.scalars(.scalar(delimiter.scalar(at: 0).value), .removed)]
        case "UnicodeScripts": return [.scripts]
        case "FixedLength":
            let length = try component.count("length", upTo: longestPiece, default: 5)
            guard length > 0 else {
                throw TokenizerError(
                    .outOfRange, field: try field.required("length").path, found: "0", expected: "at least 1",
                    advice: TokenizerError.damagedFileAdvice)
            }
            return [.fixedLength(length)]
        default:
            throw component.unknown(
                expected: "ByteLevel, Split, Metaspace, Whitespace, WhitespaceSplit, BertPreTokenizer, "
                    + "Punctuation, Digits, CharDelimiterSplit, UnicodeScripts, FixedLength or Sequence")
        }
    }

    /// Of a `Metaspace` pre-tokenizer or decoder.
    ///
    /// Older files have `add_prefix_space` instead of `prepend_scheme`.
    static func metaspace(_ component: HuggingFaceComponent) throws(TokenizerError) -> Metaspace {
        let field = component.field
        var metaspace = Metaspace(replacement: try component.scalar("replacement"))
        metaspace.splits = try field.flag("split", default: true)
        if let scheme = try field.member("prepend_scheme") {
            guard let prepending = Metaspace.Prepending(rawValue: try scheme.string()) else {
                throw scheme.unsupported(
                    TokenizerError.quote(try scheme.bytes()), expected: "always, first or never")
            }
            metaspace.prepending = prepending
        }
        guard try !field.flag("add_prefix_space", default: true) else { return metaspace }
        if try field.member("prepend_scheme") != nil, metaspace.prepending != .never {
            throw TokenizerError(
                .inconsistent, field: field.path, found: "add_prefix_space false with another prepend_scheme",
                expected: "prepend_scheme \"never\"", advice: TokenizerError.damagedFileAdvice)
        }
        metaspace.prepending = .never
        return metaspace
    }

    // MARK: - Internals

    private static func split(_ component: HuggingFaceComponent) throws(TokenizerError) -> PreTokenizer.Stage
    {
        let field = component.field
        let pattern = try component.pattern()
        let isInverted = try field.flag("invert", default: false)
        guard let behavior = try behavior(field.required("behavior")) else {
            throw field.wrongType("a behavior")
        }
        if case .known(let known) = pattern {
            // It matches everywhere, so that keeping the matches, or removing what is between them, is
            // cutting at every match.
            switch (behavior, isInverted) {
            case (.isolated, _), (.removed, true): return .pattern(known)
            default: break
            }
        }
        return .split(pattern, behavior, isInverted: isInverted)
    }

    private static func behavior(_ field: JSONField?) throws(TokenizerError) -> SplitBehavior? {
        guard let field else { return nil }
        guard let behavior = SplitBehavior(rawValue: try field.string()) else {
            throw field.unsupported(
                TokenizerError.quote(try field.bytes()),
                expected: SplitBehavior.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return behavior
    }
}
