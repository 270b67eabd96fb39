/// A string of a document, a value or a name: bytes of valid UTF-8.
///
/// It stays bytes: the keys of a vocabulary are distinct byte strings, while Swift's `String` treats canonically
/// equivalent keys as one.
package struct JSONText: Sendable, Comparable {
    let document: JSONDocument
    let index: Int

    private var entry: JSONEntry { document.tape[index] }
    private var isEscaped: Bool { entry.kind == .escapedString }

    /// What the string stands for: a part of the document's text, or a copy where there is a backslash in it.
    package var bytes: ArraySlice<UInt8> {
        isEscaped ? Array(unescaped)[...] : document.text[entry.range]
    }

    package var string: String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// What the string stands for, byte by byte.
    package var unescaped: JSONUnescapedBytes {
        JSONUnescapedBytes(text: document.text, position: entry.start, end: entry.range.upperBound)
    }

    /// Whether the string stands for exactly these bytes.
    package func hasBytes(_ other: some Collection<UInt8>) -> Bool {
        guard isEscaped else {
            return entry.extent == other.count && document.text[entry.range].elementsEqual(other)
        }
        return unescaped.elementsEqual(other)
    }

    package static func == (text: JSONText, name: String) -> Bool {
        text.hasBytes(name.utf8)
    }

    // MARK: - Order

    package static func == (text: JSONText, other: JSONText) -> Bool { text.order(to: other) == 0 }

    /// By bytes, which is by Unicode scalars.
    package static func < (text: JSONText, other: JSONText) -> Bool { text.order(to: other) < 0 }

    /// Less than 0 when this string's bytes come before the other's, 0 when they are the same, else more than 0.
    func order(to other: JSONText) -> Int {
        if isEscaped || other.isEscaped { return order(to: other.unescaped) }
        let (own, others) = (document.text, other.document.text)
        let (left, right) = (entry.range, other.entry.range)
        for (index, otherIndex) in zip(left, right) where own[index] != others[otherIndex] {
            return Int(own[index]) - Int(others[otherIndex])
        }
        return left.count - right.count
    }

    func order(to other: some Sequence<UInt8>) -> Int {
        var rest = unescaped
        for byte in other {
            guard let own = rest.next() else { return -1 }
            if own != byte { return Int(own) - Int(byte) }
        }
        return rest.next() == nil ? 0 : 1
    }
}
