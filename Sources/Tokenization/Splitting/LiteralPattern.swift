/// Finds a byte string in text, in time linear in the text (Knuth, Morris and Pratt 1977).
struct LiteralPattern: Sendable, Equatable {
    let bytes: [UInt8]
    /// For every prefix: the length of its longest proper prefix that is also its suffix.
    private let borders: [Int]

    /// `bytes` must not be empty.
    init(_ bytes: [UInt8]) {
        precondition(!bytes.isEmpty, "an empty string is found nowhere")
        self.bytes = bytes
        var borders = [0]
        var length = 0
        for index in 1..<max(bytes.count, 1) {
            while length > 0, bytes[index] != bytes[length] { length = borders[length - 1] }
            if bytes[index] == bytes[length] { length += 1 }
            borders.append(length)
        }
        self.borders = borders
    }

    /// Calls `body` with every match in `range`, from left to right and without overlaps.
    ///
    /// Returns how many bytes at the end of `range` may begin a match that is not complete.
    @discardableResult
    func forEachMatch(_ text: [UInt8], in range: Range<Int>, _ body: (Range<Int>) -> Void) -> Int {
        var matched = 0
        for index in range {
            let byte = text[index]
            if matched == 0, byte != bytes[0] { continue }
            while matched > 0, byte != bytes[matched] { matched = borders[matched - 1] }
            if byte == bytes[matched] { matched += 1 }
            if matched == bytes.count {
                body(index + 1 - matched..<index + 1)
                matched = 0
            }
        }
        return matched
    }
}
