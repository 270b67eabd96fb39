/// Unicode normalization form C (UAX #15) of UTF-8 text.
///
/// The standard library normalizes only inside string comparison, so that the algorithm is here, over
/// generated tables for decompositions and the standard library's combining classes. It normalizes as
/// Hugging Face's tokenizers do, by Unicode 9: a mark that came later is like a letter to them, and a
/// model has been trained on text normalized that way.
struct CanonicalComposer: Sendable {
    static let shared = CanonicalComposer()
    private static let newestMajorVersion = 9

    private enum Hangul {
        static let syllables: Range<UInt32> = 0xAC00..<0xD7A4
        static let leading: Range<UInt32> = 0x1100..<0x1113
        static let vowels: Range<UInt32> = 0x1161..<0x1176
        /// The first of them stands for "no trailing consonant" and is not a character.
        static let trailing: Range<UInt32> = 0x11A7..<0x11C3
        static let syllablesPerLeading: UInt32 = 588
        static let syllablesPerVowel: UInt32 = 28
    }

    /// One scalar with its combining class (0: a starter).
    private struct Element {
        var scalar: UInt32
        var combiningClass: UInt8
    }

    private var singletons: [UInt32: UInt32] = [:]
    private var pairs: [UInt32: (first: UInt32, second: UInt32)] = [:]
    /// `first << 32 | second` to the scalar that composes them.
    private var composites: [UInt64: UInt32] = [:]
    private var secondsOfComposites: Set<UInt32> = []
    private var expansions: Set<UInt32> = []

    private init() {
        let single = SingletonDecompositionData.pairs
        for index in stride(from: 0, to: single.count, by: 2) {
            singletons[single[index]] = single[index + 1]
        }
        let composed = PairDecompositionData.composites
        for index in stride(from: 0, to: composed.count, by: 3) where Self.isKnown(composed[index]) {
            let (whole, first, second) = (composed[index], composed[index + 1], composed[index + 2])
            pairs[whole] = (first, second)
            composites[UInt64(first) << 32 | UInt64(second)] = whole
            secondsOfComposites.insert(second)
        }
        let expanded = PairDecompositionData.expansions
        for index in stride(from: 0, to: expanded.count, by: 3) {
            pairs[expanded[index]] = (expanded[index + 1], expanded[index + 2])
            expansions.insert(expanded[index])
        }
    }

    /// The normalized bytes of `range`, or nil when they are normalized already.
    func compose(_ bytes: [UInt8], in range: Range<Int>) -> [UInt8]? {
        guard mayChange(bytes, in: range) else { return nil }
        var elements: [Element] = []
        elements.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            let (scalar, width) = bytes.scalar(at: index)
            decompose(scalar, into: &elements)
            index += width
        }
        reorder(&elements)
        return composed(elements)
    }
}

// MARK: - Internals

extension CanonicalComposer {
    /// Scalars below U+0300 are starters that never change.
    private static let firstInteresting: UInt32 = 0x300

    private func mayChange(_ bytes: [UInt8], in range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index < range.upperBound {
            // 0xCC is the first byte of U+0300.
            if bytes[index] < 0xCC {
                index += 1
                continue
            }
            let (scalar, width) = bytes.scalar(at: index)
            if scalar >= Self.firstInteresting, mayChange(scalar) { return true }
            index += width
        }
        return false
    }

    private func mayChange(_ scalar: UInt32) -> Bool {
        // Ideographs and Hangul syllables, the bulk of East Asian text, are inert.
        if 0x3400...0x9FFF ~= scalar || Hangul.syllables ~= scalar { return false }
        return Hangul.vowels ~= scalar || Hangul.trailing ~= scalar || combiningClass(of: scalar) != 0
            || singletons[scalar] != nil || expansions.contains(scalar)
            || secondsOfComposites.contains(scalar)
    }

    private func combiningClass(of scalar: UInt32) -> UInt8 {
        guard scalar >= Self.firstInteresting, let scalar = Unicode.Scalar(scalar) else { return 0 }
        let combiningClass = scalar.properties.canonicalCombiningClass.rawValue
        return combiningClass != 0 && Self.isKnown(scalar.value) ? combiningClass : 0
    }

    private static func isKnown(_ scalar: UInt32) -> Bool {
        guard let age = Unicode.Scalar(scalar)?.properties.age else { return false }
        return age.major <= newestMajorVersion
    }

    private func decompose(_ scalar: UInt32, into elements: inout [Element]) {
        if scalar < 0xC0 {
            elements.append(Element(scalar: scalar, combiningClass: 0))
        } else if Hangul.syllables ~= scalar {
            let offset = scalar - Hangul.syllables.lowerBound
            let vowel = offset % Hangul.syllablesPerLeading / Hangul.syllablesPerVowel
            let trailing = offset % Hangul.syllablesPerVowel
            let leading = Hangul.leading.lowerBound + offset / Hangul.syllablesPerLeading
            elements.append(Element(scalar: leading, combiningClass: 0))
            elements.append(Element(scalar: Hangul.vowels.lowerBound + vowel, combiningClass: 0))
            if trailing != 0 {
                elements.append(Element(scalar: Hangul.trailing.lowerBound + trailing, combiningClass: 0))
            }
        } else if let (first, second) = pairs[scalar] {
            decompose(first, into: &elements)
            decompose(second, into: &elements)
        } else if let replacement = singletons[scalar] {
            decompose(replacement, into: &elements)
        } else {
            elements.append(Element(scalar: scalar, combiningClass: combiningClass(of: scalar)))
        }
    }

    /// Sorts every run of combining marks by class, keeping the order of equal classes.
    private func reorder(_ elements: inout [Element]) {
        var start = 0
        while start < elements.count {
            guard elements[start].combiningClass != 0 else {
                start += 1
                continue
            }
            var end = start + 1
            while end < elements.count, elements[end].combiningClass != 0 { end += 1 }
            if end - start > 1 {
                let sorted = elements[start..<end].enumerated().sorted {
                    ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset)
                }
                elements.replaceSubrange(start..<end, with: sorted.map(\.element))
            }
            start = end
        }
    }

    private func composed(_ elements: [Element]) -> [UInt8] {
        var result: [Element] = []
        result.reserveCapacity(elements.count)
        var starter: Int?
        for element in elements {
            if let starter, let previous = result.last {
                // A mark is blocked by a mark of the same or a higher class that stands before it.
                let isAdjacent = result.count - 1 == starter
                if isAdjacent || previous.combiningClass < element.combiningClass,
                    let whole = composite(of: result[starter].scalar, element.scalar)
                {
                    result[starter].scalar = whole
                    continue
                }
            }
            if element.combiningClass == 0 { starter = result.count }
            result.append(element)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(result.count * 2)
        for element in result { bytes.append(scalar: element.scalar) }
        return bytes
    }

    private func composite(of first: UInt32, _ second: UInt32) -> UInt32? {
        if Hangul.leading ~= first, Hangul.vowels ~= second {
            let leading = first - Hangul.leading.lowerBound
            let vowel = second - Hangul.vowels.lowerBound
            return Hangul.syllables.lowerBound + leading * Hangul.syllablesPerLeading
                + vowel * Hangul.syllablesPerVowel
        }
        if Hangul.syllables ~= first, Hangul.trailing.dropFirst().contains(second),
            (first - Hangul.syllables.lowerBound) % Hangul.syllablesPerVowel == 0
        {
            return first + second - Hangul.trailing.lowerBound
        }
        return composites[UInt64(first) << 32 | UInt64(second)]
    }
}
