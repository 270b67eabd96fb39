/// A pattern for paths with `*`, `?`, `[abc]`, `[a-z]` and `[!abc]`, as `fnmatch` of Python reads it.
///
/// `*` matches slashes too, and a pattern that ends with a slash means all that lies below.
package struct GlobPattern: Sendable {
    private enum Element: Sendable {
        case one(Unicode.Scalar)
        case any
        case many
        case set([ClosedRange<UInt32>], isInverted: Bool)
    }

    private let elements: [Element]

    package init(_ pattern: String) {
        var scalars = Array(pattern.unicodeScalars)[...]
        var elements: [Element] = []
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "*":
                if case .many? = elements.last { continue }
                elements.append(.many)
            case "?": elements.append(.any)
            case "[":
                if let set = Self.set(&scalars) {
                    elements.append(set)
                } else {
                    elements.append(.one("["))
                }
            default: elements.append(.one(scalar))
            }
        }
        if pattern.hasSuffix("/") { elements.append(.many) }
        self.elements = elements
    }

    /// Takes time proportional to the path's length times the pattern's.
    package func matches(_ path: String) -> Bool {
        let text = Array(path.unicodeScalars)
        var position = 0
        var element = 0
        // Where to go back to: behind the last `*`, and the first scalar it has not taken.
        var retry: (element: Int, position: Int)?
        while position < text.count {
            if element < elements.count, case .many = elements[element] {
                retry = (element + 1, position)
                element += 1
            } else if element < elements.count, Self.matches(elements[element], text[position]) {
                element += 1
                position += 1
            } else if let last = retry {
                element = last.element
                position = last.position + 1
                retry = (last.element, position)
            } else {
                return false
            }
        }
        return elements[element...].allSatisfy { if case .many = $0 { true } else { false } }
    }

    // MARK: - Internals

    /// The set behind a "[", which is consumed; nil, and nothing consumed, without a closing bracket.
    private static func set(_ scalars: inout ArraySlice<Unicode.Scalar>) -> Element? {
        var rest = scalars
        let isInverted = rest.first == "!"
        if isInverted { rest = rest.dropFirst() }
        // A bracket in the first place stands for itself.
        guard let end = rest.dropFirst().firstIndex(of: "]") else { return nil }
        var members = rest[..<end]
        var ranges: [ClosedRange<UInt32>] = []
        while let first = members.popFirst() {
            if members.first == "-", let last = members.dropFirst().first {
                members = members.dropFirst(2)
                if first.value <= last.value { ranges.append(first.value...last.value) }
            } else {
                ranges.append(first.value...first.value)
            }
        }
        scalars = scalars[(end + 1)...]
        return .set(ranges, isInverted: isInverted)
    }

    private static func matches(_ element: Element, _ scalar: Unicode.Scalar) -> Bool {
        switch element {
        case .one(let expected): scalar == expected
        case .any: true
        case .many: false
        case .set(let ranges, let isInverted):
            ranges.contains { $0.contains(scalar.value) } != isInverted
        }
    }
}
