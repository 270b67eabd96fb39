/// BERT's normalization: control characters out, Chinese characters apart, accents off, lower case.
struct BertNormalizer: Sendable {
    var cleansText = true
    var separatesChinese = true
    var stripsAccents = true
    var lowercases = true

    func apply(_ bytes: [UInt8], _ range: Range<Int>) -> [UInt8] {
        var text = cleansText || separatesChinese ? cleaned(bytes, range) : Array(bytes[range])
        if stripsAccents {
            text = UnicodeNormalizer.shared.normalize(text, in: 0..<text.count, to: .nfd) ?? text
            text = mapping(text) { scalar, result in
                if !TextScalars.shared.isBertMark(scalar) { result.append(scalar: scalar) }
            }
        }
        if lowercases { text = mapping(text) { scalar, result in Lowercase.append(scalar, to: &result) } }
        return text
    }

    /// Whether a text loses the scalar where it begins with it.
    func removes(_ scalar: UInt32) -> Bool {
        (cleansText && TextScalars.shared.isBertControl(scalar))
            || (stripsAccents && TextScalars.shared.isBertMark(scalar))
    }

    // MARK: - Internals

    private func cleaned(_ bytes: [UInt8], _ range: Range<Int>) -> [UInt8] {
        mapping(Array(bytes[range])) { scalar, result in
            if cleansText {
                if TextScalars.shared.isBertControl(scalar) { return }
                if ScalarClassTable.shared[scalar] == .whitespace { return result.append(0x20) }
            }
            guard separatesChinese, Self.isChinese(scalar) else { return result.append(scalar: scalar) }
            result.append(0x20)
            result.append(scalar: scalar)
            result.append(0x20)
        }
    }

    private func mapping(_ bytes: [UInt8], _ map: (UInt32, inout [UInt8]) -> Void) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let (scalar, width) = bytes.scalar(at: index)
            map(scalar, &result)
            index += width
        }
        return result
    }

    private static func isChinese(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default:
            false
        }
    }
}
