/// How many terminal columns text takes.
package enum DisplayWidth {
    /// Columns of one grapheme cluster: 0 for lone combining marks, 2 for East Asian wide characters and emoji.
    package static func columns(of character: Character) -> Int {
        if character == "\t" { return tabColumns }
        var widest = 0
        for scalar in character.unicodeScalars {
            // Variation selector 16 asks for the emoji form of what stands before it.
            if scalar == "\u{FE0F}" { widest = 2 }
            widest = max(widest, columns(of: scalar))
        }
        return widest
    }

    /// Columns of a text without line breaks.
    package static func columns(of text: some Sequence<Character>) -> Int {
        text.reduce(0) { $0 + columns(of: $1) }
    }

    /// A tab is shown as this many spaces, wherever it stands.
    package static let tabColumns = 4

    private static func columns(of scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x7F { return scalar.value < 0x20 ? 0 : 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        if scalar.properties.isEmojiPresentation { return 2 }
        // Vowels and final consonants of a Hangul syllable are drawn into the syllable.
        if (0x1160...0x11FF).contains(scalar.value) { return 0 }
        return wideRanges.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    /// Blocks whose characters are East Asian Wide or Fullwidth (Unicode Standard Annex #11).
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x3247, 0x3250...0xA4CF,
        0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F,
        0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265,
        0x20000...0x3FFFD,
    ]
}
