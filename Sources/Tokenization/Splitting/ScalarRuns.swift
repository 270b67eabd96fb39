/// Ways to cut text that look at one scalar after another.
enum ScalarRuns {
    /// `\w+|[^\w\s]+`: runs of word scalars, and runs of what is neither word nor whitespace.
    static func words(_ bytes: [UInt8], in range: Range<Int>) -> [Range<Int>] {
        enum Kind { case word, space, other }
        var runs: [Range<Int>] = []
        var start = range.lowerBound
        var current = Kind.space
        var index = range.lowerBound
        while index < range.upperBound {
            let (scalar, width) = bytes.scalar(at: index)
            let kind: Kind =
                if TextScalars.shared.isWord(scalar) {
                    .word
                } else {
                    ScalarClassTable.shared[scalar] == .whitespace ? .space : .other
                }
            if kind != current {
                if current != .space { runs.append(start..<index) }
                (start, current) = (index, kind)
            }
            index += width
        }
        if current != .space { runs.append(start..<range.upperBound) }
        return runs
    }

    /// Runs of one script, as Hugging Face's `UnicodeScripts` has them: kana are Han, a space or an
    /// unassigned scalar belongs to the script before it, and vanishes before all others.
    static func scripts(_ bytes: [UInt8], in range: Range<Int>) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = range.lowerBound
        var previous: UInt8?
        var index = range.lowerBound
        while index < range.upperBound {
            let (scalar, width) = bytes.scalar(at: index)
            let script = TextScalars.shared.script(of: scalar)
            if script != TextScalars.anyScript {
                if previous != script {
                    if previous != nil { runs.append(start..<index) }
                    start = index
                }
                previous = script
            }
            index += width
        }
        if previous != nil { runs.append(start..<range.upperBound) }
        return runs
    }

    static func fixedLength(_ length: Int, _ bytes: [UInt8], in range: Range<Int>) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var start = range.lowerBound
        var count = 0
        for index in range where bytes[index] & 0xC0 != 0x80 {
            if count == length {
                pieces.append(start..<index)
                (start, count) = (index, 0)
            }
            count += 1
        }
        pieces.append(start..<range.upperBound)
        return pieces
    }
}
