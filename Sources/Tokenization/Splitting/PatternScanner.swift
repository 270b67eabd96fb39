/// Finds where the match of a `SplitPattern` ends: a hand-written matcher for each pattern.
struct PatternScanner: Sendable {
    private typealias Scalar = (value: UInt32, width: Int)

    private static let space: UInt32 = 0x20
    private static let apostrophe: UInt8 = 0x27

    private let classes = ScalarClassTable.shared

    /// The end of the match that starts at `start`; `start` must be below `end`.
    ///
    /// Nothing outside `start..<end` is looked at: to the pattern, `end` is the end of the text.
    func matchEnd(_ pattern: SplitPattern, _ bytes: [UInt8], from start: Int, to end: Int) -> Int {
        switch pattern {
        case .gpt2: gpt2MatchEnd(bytes, from: start, to: end)
        case .cl100k(let digits): cl100kMatchEnd(bytes, from: start, to: end, maximumDigits: digits)
        }
    }

    /// The end of the run of numbers or of everything else that starts at `start`.
    func digitsEnd(_ bytes: [UInt8], from start: Int, to end: Int, isIndividual: Bool) -> Int {
        let (first, width) = bytes.scalar(at: start)
        let isNumber = TextScalars.shared.isNumber(first)
        if isNumber, isIndividual { return start + width }
        var index = start + width
        while index < end {
            let (scalar, width) = bytes.scalar(at: index)
            if TextScalars.shared.isNumber(scalar) != isNumber { break }
            index += width
        }
        return index
    }
}

// MARK: - GPT-2

extension PatternScanner {
    private func gpt2MatchEnd(_ bytes: [UInt8], from start: Int, to end: Int) -> Int {
        let first = bytes.scalar(at: start)
        if bytes[start] == Self.apostrophe {
            let length = lowerCaseContraction(bytes, from: start + 1, to: end)
            if length > 0 { return start + 1 + length }
        }
        var run = start
        var runClass = classes[first.value]
        if first.value == Self.space, start + 1 < end {
            let next = classes[bytes.scalar(at: start + 1).value]
            if next != .whitespace {
                run = start + 1
                runClass = next
            }
        }
        if runClass != .whitespace { return runEnd(of: runClass, bytes, from: run, to: end) }
        return whitespaceMatchEnd(
            bytes, from: start, runEnd(of: .whitespace, bytes, from: start, to: end), end)
    }

    private func lowerCaseContraction(_ bytes: [UInt8], from start: Int, to end: Int) -> Int {
        guard start < end else { return 0 }
        let next = start + 1 < end ? bytes[start + 1] : 0
        return Self.contraction(bytes[start], next)
    }

    /// The length of the contraction after an apostrophe, 0 when there is none.
    private static func contraction(_ first: UInt8, _ second: UInt8) -> Int {
        switch (first, second) {
        case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _), (UInt8(ascii: "d"), _): 1
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")): 2
        case (UInt8(ascii: "l"), UInt8(ascii: "l")): 2
        default: 0
        }
    }
}

// MARK: - cl100k

extension PatternScanner {
    private func cl100kMatchEnd(
        _ bytes: [UInt8], from start: Int, to end: Int, maximumDigits: Int
    ) -> Int {
        if bytes[start] == Self.apostrophe {
            let length = anyCaseContraction(bytes, from: start + 1, to: end)
            if length > 0 { return start + 1 + length }
        }
        let first = bytes.scalar(at: start)
        let second = start + first.width
        let firstClass = classes[first.value]
        let secondClass = second < end ? classes[bytes.scalar(at: second).value] : nil
        switch firstClass {
        case .letter:
            return runEnd(of: .letter, bytes, from: second, to: end)
        case .number:
            return numberEnd(bytes, from: second, to: end, atMost: maximumDigits - 1)
        case .other:
            if secondClass == .letter { return runEnd(of: .letter, bytes, from: second, to: end) }
            return lineBreaksEnd(bytes, from: runEnd(of: .other, bytes, from: second, to: end), to: end)
        case .whitespace:
            if secondClass == .letter, !Self.isLineBreak(bytes[start]) {
                return runEnd(of: .letter, bytes, from: second, to: end)
            }
            if first.value == Self.space, secondClass == .other {
                return lineBreaksEnd(bytes, from: runEnd(of: .other, bytes, from: second, to: end), to: end)
            }
            return cl100kWhitespaceEnd(bytes, from: start, to: end)
        }
    }

    /// `\s*[\r\n]+` ends after the last line break of the run; without one the rest is as in GPT-2.
    private func cl100kWhitespaceEnd(_ bytes: [UInt8], from start: Int, to end: Int) -> Int {
        let run = runEnd(of: .whitespace, bytes, from: start, to: end)
        var index = run
        while index > start {
            if Self.isLineBreak(bytes[index - 1]) { return index }
            index -= 1
        }
        return whitespaceMatchEnd(bytes, from: start, run, end)
    }

    private func anyCaseContraction(_ bytes: [UInt8], from start: Int, to end: Int) -> Int {
        guard start < end else { return 0 }
        let first = bytes.scalar(at: start)
        // U+017F, the long s, folds to "s".
        if first.value == 0x17F { return first.width }
        guard first.width == 1 else { return 0 }
        let next = start + 1 < end ? bytes[start + 1] : 0
        return Self.contraction(Self.lowercased(bytes[start]), Self.lowercased(next))
    }

    private func numberEnd(_ bytes: [UInt8], from start: Int, to end: Int, atMost limit: Int) -> Int {
        var index = start
        var count = 0
        while index < end, count < limit {
            let (scalar, width) = bytes.scalar(at: index)
            guard classes[scalar] == .number else { break }
            index += width
            count += 1
        }
        return index
    }

    private func lineBreaksEnd(_ bytes: [UInt8], from start: Int, to end: Int) -> Int {
        var index = start
        while index < end, Self.isLineBreak(bytes[index]) { index += 1 }
        return index
    }

    private static func isLineBreak(_ byte: UInt8) -> Bool {
        byte == 0x0A || byte == 0x0D
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
    }
}

// MARK: - Shared

extension PatternScanner {
    @inline(__always)
    private func runEnd(of wanted: ScalarClass, _ bytes: [UInt8], from start: Int, to end: Int) -> Int {
        var index = start
        while index < end {
            let (scalar, width) = bytes.scalar(at: index)
            guard classes[scalar] == wanted else { break }
            index += width
        }
        return index
    }

    /// `\s+(?!\S)|\s+` on the whitespace in `start..<run`: all of it at the end of the text; otherwise all
    /// but the last, which may join the word after it; but never nothing.
    private func whitespaceMatchEnd(_ bytes: [UInt8], from start: Int, _ run: Int, _ end: Int) -> Int {
        guard run < end else { return run }
        let last = bytes.scalarStart(before: run)
        return last > start ? last : run
    }
}
