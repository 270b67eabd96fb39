/// A Unicode normalization form (UAX #15).
enum NormalizationForm: Sendable, CaseIterable {
    case nfc, nfd, nfkc, nfkd

    fileprivate var isCompatible: Bool { self == .nfkc || self == .nfkd }
    fileprivate var composes: Bool { self == .nfc || self == .nfkc }

    fileprivate var flag: UInt8 {
        switch self {
        case .nfc: 1
        case .nfd: 2
        case .nfkc: 4
        case .nfkd: 8
        }
    }
}

/// Unicode normalization of UTF-8 text.
///
/// The standard library normalizes only inside string comparison, so that the algorithm is here, over
/// generated tables for decompositions and the standard library's combining classes. It normalizes as
/// Hugging Face's tokenizers do, by Unicode 9: a mark that came later is like a letter to them, and a
/// model has been trained on text normalized that way.
struct UnicodeNormalizer: Sendable {
    static let shared = UnicodeNormalizer()
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
    /// Where the full compatibility decomposition is in `CompatibilityDecompositionData`.
    private var compatible: [UInt32: Range<Int>] = [:]
    /// `first << 32 | second` to the scalar that composes them.
    private var composites: [UInt64: UInt32] = [:]
    private let combiningClasses: ScalarTable
    /// For every form: whether a text with this scalar may change.
    private let changes: ScalarTable

    private init() {
        let single = SingletonDecompositionData.pairs
        for index in stride(from: 0, to: single.count, by: 2) {
            singletons[single[index]] = single[index + 1]
        }
        let composed = PairDecompositionData.composites
        var seconds: Set<UInt32> = []
        for index in stride(from: 0, to: composed.count, by: 3) where Self.isKnown(composed[index]) {
            let (whole, first, second) = (composed[index], composed[index + 1], composed[index + 2])
            pairs[whole] = (first, second)
            composites[UInt64(first) << 32 | UInt64(second)] = whole
            seconds.insert(second)
        }
        let expanded = PairDecompositionData.expansions
        var expansions: Set<UInt32> = []
        for index in stride(from: 0, to: expanded.count, by: 3) {
            pairs[expanded[index]] = (expanded[index + 1], expanded[index + 2])
            expansions.insert(expanded[index])
        }
        let entries = CompatibilityDecompositionData.entries
        var index = 0
        while index < entries.count {
            let end = index + 1 + Int(entries[index] & 0x1F)
            compatible[entries[index] >> 5] = index + 1..<end
            index = end
        }
        combiningClasses = Self.classTable()
        changes = Self.changeTable(
            decomposed: Set(singletons.keys).union(pairs.keys), expansions: expansions.union(singletons.keys),
            seconds: seconds, compatible: Set(compatible.keys), combiningClasses)
    }

    /// The normalized bytes of `range`, or nil when they are normalized already.
    func normalize(_ bytes: [UInt8], in range: Range<Int>, to form: NormalizationForm) -> [UInt8]? {
        guard mayChange(bytes, in: range, form) else { return nil }
        var elements: [Element] = []
        elements.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            let (scalar, width) = bytes.scalar(at: index)
            if form.isCompatible, scalar >= 0xA0, let mapping = compatible[scalar] {
                for part in CompatibilityDecompositionData.entries[mapping] {
                    appendElement(part, to: &elements)
                }
            } else {
                decompose(scalar, into: &elements)
            }
            index += width
        }
        reorder(&elements)
        if form.composes { compose(&elements) }
        var result: [UInt8] = []
        result.reserveCapacity(range.count + range.count / 4)
        for element in elements { result.append(scalar: element.scalar) }
        return result
    }
}

// MARK: - Tables

extension UnicodeNormalizer {
    private static func isKnown(_ scalar: UInt32) -> Bool {
        guard let age = Unicode.Scalar(scalar)?.properties.age else { return false }
        return age.major <= newestMajorVersion
    }

    /// Only marks have a combining class.
    private static func classTable() -> ScalarTable {
        let marks = TextScalarData.mark
        return ScalarTable { flat in
            for index in stride(from: 0, to: marks.count - 1, by: 2) {
                for value in marks[index]..<marks[index + 1] where isKnown(value) {
                    guard let scalar = Unicode.Scalar(value) else { continue }
                    flat[Int(value)] = scalar.properties.canonicalCombiningClass.rawValue
                }
            }
        }
    }

    private static func changeTable(
        decomposed: Set<UInt32>, expansions: Set<UInt32>, seconds: Set<UInt32>, compatible: Set<UInt32>,
        _ classes: ScalarTable
    ) -> ScalarTable {
        let all = NormalizationForm.allCases.reduce(0) { $0 | $1.flag }
        let composing = NormalizationForm.nfc.flag | NormalizationForm.nfkc.flag
        return ScalarTable { flat in
            for scalar in expansions.union(seconds) { flat[Int(scalar)] |= composing }
            for scalar in decomposed { flat[Int(scalar)] |= all & ~composing }
            for scalar in Hangul.syllables { flat[Int(scalar)] |= all & ~composing }
            for scalar in Hangul.vowels { flat[Int(scalar)] |= composing }
            for scalar in Hangul.trailing { flat[Int(scalar)] |= composing }
            for scalar in compatible {
                flat[Int(scalar)] |= NormalizationForm.nfkc.flag | NormalizationForm.nfkd.flag
            }
            let marks = TextScalarData.mark
            for index in stride(from: 0, to: marks.count - 1, by: 2) {
                for scalar in marks[index]..<marks[index + 1] where classes[scalar] != 0 {
                    flat[Int(scalar)] |= all
                }
            }
        }
    }

    private func mayChange(_ bytes: [UInt8], in range: Range<Int>, _ form: NormalizationForm) -> Bool {
        var index = range.lowerBound
        while index < range.upperBound {
            if bytes[index] < 0x80 {
                index += 1
                continue
            }
            let (scalar, width) = bytes.scalar(at: index)
            if changes[scalar] & form.flag != 0 { return true }
            index += width
        }
        return false
    }
}

// MARK: - Internals

extension UnicodeNormalizer {
    private func appendElement(_ scalar: UInt32, to elements: inout [Element]) {
        elements.append(Element(scalar: scalar, combiningClass: combiningClasses[scalar]))
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
            appendElement(scalar, to: &elements)
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

    private func compose(_ elements: inout [Element]) {
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
        elements = result
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
