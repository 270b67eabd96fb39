extension StringProtocol {
    /// The text without white space at its ends.
    var trimmed: SubSequence {
        var text = self[startIndex...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
