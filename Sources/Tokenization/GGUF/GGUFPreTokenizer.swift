/// What a `tokenizer.ggml.pre` name stands for.
///
/// GGUF files carry this name instead of the expressions; the table is that of llama.cpp (llama-vocab.cpp),
/// with the expressions and normalizers of the models' own tokenizers where llama.cpp approximates them.
struct GGUFPreTokenizer: Sendable {
    enum Spelling: Sendable {
        /// The byte alphabet.
        case bytes
        /// Plain text with visible spaces; what has no token becomes bytes.
        case visibleSpaces
        /// Plain text.
        case plain
    }

    enum Step: Sendable {
        case gpt2
        case cl100k(maximumDigits: Int)
        case individualDigits
        /// Isolates the matches.
        case expression(String)
    }

    var steps: [Step]
    /// The original tokenizer brings text to Unicode normalization form C.
    var normalizes = false
    var ignoresMerges = false
    /// Whether a text begins with the begin token when the file does not say.
    var addsBOS = false
    /// Whether the separator (or end) token comes after a text when the file does not say.
    var addsSeparator = false
    var spelling = Spelling.bytes

    static var names: [String] { families.flatMap(\.names).sorted() }

    /// Throws for a name that llama.cpp does not know either.
    init(name: String) throws(TokenizerError) {
        let name = name.isEmpty ? "default" : name
        guard let family = Self.families.first(where: { $0.names.contains(name) }) else {
            throw TokenizerError(
                .unsupported, field: "GGUF metadata: tokenizer.ggml.pre", found: TokenizerError.quote(name),
                expected: "one of " + Self.names.joined(separator: ", "),
                advice: "use a newer version of this program, or a model with one of these pre-tokenizers")
        }
        self = family.settings
    }

    init(
        _ steps: [Step], normalizes: Bool = false, ignoresMerges: Bool = false, addsBOS: Bool = false,
        addsSeparator: Bool = false, spelling: Spelling = .bytes
    ) {
        self.steps = steps
        self.normalizes = normalizes
        self.ignoresMerges = ignoresMerges
        self.addsBOS = addsBOS
        self.addsSeparator = addsSeparator
        self.spelling = spelling
    }

    func stages() throws(TokenizerError) -> [PreTokenizer.Stage] {
        var stages: [PreTokenizer.Stage] = []
        for step in steps {
            switch step {
            case .gpt2: stages.append(.pattern(.gpt2))
            case .cl100k(let digits): stages.append(.pattern(.cl100k(maximumDigits: digits)))
            case .individualDigits: stages.append(.digits(isIndividual: true))
            case .expression(let source):
                let pattern = try Pattern(source, field: "GGUF metadata: tokenizer.ggml.pre")
                stages.append(.split(.expression(pattern), .isolated, isInverted: false))
            }
        }
        return stages
    }
}
