/// A token that is found in the text itself, before pre-tokenization.
struct AddedToken: Sendable {
    let id: Int32
    /// What is looked for: the content, normalized where the text is normalized first.
    let pattern: [UInt8]
    var isSpecial = false
    /// Looked for after normalization instead of before.
    var isNormalized = false
    /// Whitespace on that side belongs to the token.
    var stripsLeft = false
    var stripsRight = false
    /// Only found where it is not part of a longer word.
    var isSingleWord = false
}
