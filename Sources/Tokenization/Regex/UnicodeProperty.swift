/// The sets of scalars that `\p{...}` can name, by the tables of `Unicode`.
enum UnicodeProperty {
    /// Two-letter general categories, by raw value of `GeneralCategoryData`.
    private static let categories = [
        "cn", "lu", "ll", "lt", "lm", "lo", "mn", "mc", "me", "nd", "nl", "no", "pc", "pd", "ps", "pe", "pi",
        "pf", "po", "sm", "sc", "sk", "so", "zs", "zl", "zp", "cc", "cf", "cs", "co",
    ]

    private static let longNames = [
        "letter": "l", "casedletter": "lc", "mark": "m", "combiningmark": "m", "number": "n",
        "punctuation": "p", "symbol": "s", "separator": "z", "other": "c",
        "uppercaseletter": "lu", "lowercaseletter": "ll", "titlecaseletter": "lt", "modifierletter": "lm",
        "otherletter": "lo", "nonspacingmark": "mn", "spacingmark": "mc", "enclosingmark": "me",
        "decimalnumber": "nd", "letternumber": "nl", "othernumber": "no", "connectorpunctuation": "pc",
        "dashpunctuation": "pd", "openpunctuation": "ps", "closepunctuation": "pe",
        "initialpunctuation": "pi", "finalpunctuation": "pf", "otherpunctuation": "po", "mathsymbol": "sm",
        "currencysymbol": "sc", "modifiersymbol": "sk", "othersymbol": "so", "spaceseparator": "zs",
        "lineseparator": "zl", "paragraphseparator": "zp", "control": "cc", "format": "cf",
        "unassigned": "cn", "surrogate": "cs", "privateuse": "co",
    ]

    /// By raw value of `ScriptData`; the scalars of all other scripts have 0.
    private static let scripts = [
        "", "common", "inherited", "latin", "greek", "cyrillic", "armenian", "hebrew", "arabic", "syriac",
        "thaana", "devanagari", "bengali", "gurmukhi", "gujarati", "oriya", "tamil", "telugu", "kannada",
        "malayalam", "sinhala", "thai", "lao", "tibetan", "myanmar", "georgian", "hangul", "ethiopic",
        "cherokee", "canadianaboriginal", "khmer", "mongolian", "hiragana", "katakana", "bopomofo", "han",
        "yi", "gothic", "coptic", "braille", "tifinagh", "nko", "javanese", "balinese", "runic", "ogham",
        "tagalog",
    ]

    /// The set called `name`, nil for a name this module does not know.
    ///
    /// Case, spaces, `-` and `_` do not count.
    static func set(named name: String) -> ScalarSet? {
        let plain = String(name.lowercased().unicodeScalars.filter { !" -_".unicodeScalars.contains($0) })
        for prefix in ["generalcategory=", "gc="] where plain.hasPrefix(prefix) {
            return category(String(plain.dropFirst(prefix.count)))
        }
        for prefix in ["script=", "sc="] where plain.hasPrefix(prefix) {
            return script(String(plain.dropFirst(prefix.count)))
        }
        return category(plain) ?? named(plain) ?? script(plain)
    }

    // MARK: - Sets that escapes and options need

    static let decimalDigits = categories { $0 == "nd" }
    static let whitespace = ScalarSet([
        0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A,
        0x2028...0x2029, 0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
    ])
    static let hexDigits = ScalarSet([0x30...0x39, 0x41...0x46, 0x61...0x66])
    static let alphabetic = property(ScalarPropertyData.alphabetic)
    /// `\w`: letters and what belongs to them, marks, digits and connecting punctuation.
    static let word = alphabetic.union(
        categories { $0.hasPrefix("m") || $0 == "nd" || $0 == "pc" })
    /// Oniguruma counts the numbers of Latin-1, "²" and "½", as well, and only these.
    static let onigurumaWord = word.union(ScalarSet([0xB2...0xB3, 0xB9...0xB9, 0xBC...0xBE]))

    // MARK: - Internals

    private static func category(_ name: String) -> ScalarSet? {
        let short = longNames[name] ?? name
        if short == "lc" { return categories { ["lu", "ll", "lt"].contains($0) } }
        guard short.utf8.count == 1 || short.utf8.count == 2 else { return nil }
        let set = categories { $0.hasPrefix(short) }
        return set.isEmpty ? nil : set
    }

    private static func script(_ name: String) -> ScalarSet? {
        guard let index = scripts.firstIndex(of: name), index > 0 else { return nil }
        return ScalarSet(ranges(of: ScriptData.boundaries, shift: 6) { $0 == index })
    }

    private static func named(_ name: String) -> ScalarSet? {
        switch name {
        case "any": .all
        case "assigned": categories { $0 != "cn" }
        case "ascii": ScalarSet(0...0x7F)
        case "alphabetic", "alpha": alphabetic
        case "lowercase", "lower": property(ScalarPropertyData.lowercase)
        case "uppercase", "upper": property(ScalarPropertyData.uppercase)
        case "emoji": property(ScalarPropertyData.emoji)
        case "extendedpictographic": property(ScalarPropertyData.extendedPictographic)
        case "alnum": alphabetic.union(decimalDigits)
        case "blank": categories { $0 == "zs" }.union(ScalarSet(0x09...0x09))
        case "cntrl": categories { $0 == "cc" }
        case "digit": decimalDigits
        case "graph": whitespace.union(categories { ["cc", "cn", "cs"].contains($0) }).inverted
        case "print":
            whitespace.union(categories { ["cc", "cn", "cs"].contains($0) }).inverted
                .union(categories { $0 == "zs" })
        case "punct": categories { $0.hasPrefix("p") }
        case "posixword": word
        case "posixpunct": categories { $0.hasPrefix("p") || $0.hasPrefix("s") }
        case "space", "whitespace": whitespace
        case "xdigit": hexDigits
        case "word": onigurumaWord
        default: nil
        }
    }

    private static func categories(where isWanted: (String) -> Bool) -> ScalarSet {
        let wanted = categories.map(isWanted)
        return ScalarSet(ranges(of: GeneralCategoryData.boundaries, shift: 5) { wanted[$0] })
    }

    private static func ranges(
        of boundaries: [UInt32], shift: UInt32, where isWanted: (Int) -> Bool
    ) -> [ClosedRange<UInt32>] {
        var ranges: [ClosedRange<UInt32>] = []
        for (index, boundary) in boundaries.enumerated() {
            guard isWanted(Int(boundary & (1 << shift - 1))) else { continue }
            let end = index + 1 < boundaries.count ? boundaries[index + 1] >> shift : 0x110000
            ranges.append(boundary >> shift...end - 1)
        }
        return ranges
    }

    private static func property(_ turns: [UInt32]) -> ScalarSet {
        var ranges: [ClosedRange<UInt32>] = []
        for index in stride(from: 0, to: turns.count, by: 2) {
            let end = index + 1 < turns.count ? turns[index + 1] : 0x110000
            ranges.append(turns[index]...end - 1)
        }
        return ScalarSet(ranges)
    }
}
