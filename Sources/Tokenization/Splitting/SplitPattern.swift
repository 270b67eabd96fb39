/// The pre-tokenizer patterns this module knows.
///
/// Each one matches everywhere, so that its matches cover a text without gaps and splitting is finding
/// where each match ends.
enum SplitPattern: Sendable, Equatable {
    /// GPT-2: contractions in lower case; a space joins the run of letters, numbers or others after it.
    case gpt2
    /// cl100k and its relatives: contractions in any case, one leading non-letter joins a word,
    /// numbers in groups of at most `maximumDigits`, line breaks end a run.
    case cl100k(maximumDigits: Int)

    /// The expression of GPT-2's encoder, which a `ByteLevel` pre-tokenizer has built in, in the two
    /// spellings that are in use.
    private static let gpt2Expressions = [
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
        #"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
    ]

    private static let cl100kHead = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"#
    private static let cl100kTail = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

    init?(expression: some Collection<UInt8>) {
        if Self.gpt2Expressions.contains(where: { expression.elementsEqual($0.utf8) }) {
            self = .gpt2
            return
        }
        for (numbers, digits) in [
            (#"\p{N}"#, 1), (#"\p{N}{1,2}"#, 2), (#"\p{N}{1,3}"#, 3), (#"\p{N}+"#, Int.max),
        ] {
            let known = Self.cl100kHead + numbers + Self.cl100kTail
            if expression.elementsEqual(known.utf8) {
                self = .cl100k(maximumDigits: digits)
                return
            }
        }
        return nil
    }
}
