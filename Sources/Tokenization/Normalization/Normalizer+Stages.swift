extension Normalizer.Stage {
    /// What the stage makes of a text; nil when it stays as it is.
    func apply(_ bytes: [UInt8], _ range: Range<Int>) -> [UInt8]? {
        switch self {
        case .form(let form):
            return UnicodeNormalizer.shared.normalize(bytes, in: range, to: form)
        case .lowercase:
            return Self.mapping(bytes, range) { scalar, result in Lowercase.append(scalar, to: &result) }
        case .strip(let left, let right):
            let kept = Self.stripped(bytes, range, left: left, right: right)
            return kept == range ? nil : Array(bytes[kept])
        case .stripAccents:
            return Self.mapping(bytes, range) { scalar, result in
                if !TextScalars.shared.isMark(scalar) { result.append(scalar: scalar) }
            }
        case .translationSpaces:
            return Self.mapping(bytes, range) { scalar, result in
                if let kept = Self.translationScalar(scalar) { result.append(scalar: kept) }
            }
        case .characterMap(let map):
            return GraphemeMapper(map: map).apply(bytes, range)
        case .replace(let pattern, let content):
            return Self.replacing(pattern, by: content, bytes, range)
        case .prepend(let prefix):
            return range.isEmpty || prefix.isEmpty ? nil : prefix + bytes[range]
        case .byteAlphabet:
            return ByteAlphabet.text(for: bytes[range])
        case .bert(let bert):
            return bert.apply(bytes, range)
        }
    }

    /// Whether the stage can take away the scalars that a text begins with.
    var removesScalars: Bool {
        switch self {
        case .strip, .stripAccents, .translationSpaces, .bert, .replace: true
        default: false
        }
    }

    /// Whether it takes away the first scalar of this text.
    ///
    /// To the reference implementation, a replacement comes from the last scalar that it takes the place of.
    func losesStart(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        guard !range.isEmpty else { return false }
        let first = bytes.scalar(at: range.lowerBound)
        switch self {
        case .strip(let left, _):
            return left && ScalarClassTable.shared[first.value] == .whitespace
        case .bert(let bert):
            return bert.removes(first.value)
        case .replace(let pattern, let content):
            guard let match = pattern.firstMatch(in: bytes, range), match.lowerBound == range.lowerBound,
                !match.isEmpty
            else { return false }
            return content.isEmpty || match.count > first.width
        default:
            return apply(bytes, range.lowerBound..<range.lowerBound + first.width)?.isEmpty == true
        }
    }

    /// By how much text can grow: the most bytes that one byte becomes.
    var growth: Int {
        switch self {
        case .form: 12  // NFKD of U+FDFA: 33 bytes for 3; NFD of U+0390: 6 for 2
        case .lowercase: 2
        case .characterMap(let map): 1 + map.longestReplacementCount
        case .byteAlphabet: 2
        case .bert: 4
        case .replace(.literal(let literal), let content): 1 + content.count / literal.bytes.count
        case .replace(_, let content): 1 + content.count
        case .prepend(let prefix): 1 + prefix.count
        case .strip, .stripAccents, .translationSpaces: 1
        }
    }
}

// MARK: - Internals

extension Normalizer.Stage {
    private static func mapping(
        _ bytes: [UInt8], _ range: Range<Int>, _ map: (UInt32, inout [UInt8]) -> Void
    ) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            let (scalar, width) = bytes.scalar(at: index)
            map(scalar, &result)
            index += width
        }
        return result
    }

    private static func stripped(
        _ bytes: [UInt8], _ range: Range<Int>, left: Bool, right: Bool
    ) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while left, start < end {
            let (scalar, width) = bytes.scalar(at: start)
            guard ScalarClassTable.shared[scalar] == .whitespace else { break }
            start += width
        }
        while right, end > start {
            let last = bytes.scalarStart(before: end)
            guard ScalarClassTable.shared[bytes.scalar(at: last).value] == .whitespace else { break }
            end = last
        }
        return start..<end
    }

    /// Nil: removed.
    private static func translationScalar(_ scalar: UInt32) -> UInt32? {
        switch scalar {
        case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: nil
        case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: 0x20
        default: scalar
        }
    }

    static func replacing(
        _ pattern: TextPattern, by content: [UInt8], _ bytes: [UInt8], _ range: Range<Int>
    ) -> [UInt8]? {
        let segments = pattern.segments(of: bytes, in: range).segments
        guard segments.contains(where: \.isMatch) else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        for segment in segments {
            if segment.isMatch {
                result.append(contentsOf: content)
            } else {
                result.append(contentsOf: bytes[segment.range])
            }
        }
        return result
    }
}
