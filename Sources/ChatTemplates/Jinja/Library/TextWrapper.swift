/// Python's `textwrap.wrap` for one line, as the `wordwrap` filter uses it.
struct TextWrapper {
    let width: Int
    let breaksLongWords: Bool
    let breaksOnHyphens: Bool

    func wrap(_ line: Text) -> [Text] {
        var chunks = breaksOnHyphens ? hyphenatedChunks(of: line) : plainChunks(of: line)
        chunks.reverse()
        var lines: [Text] = []
        while let next = chunks.last {
            if !lines.isEmpty, next.isBlank { chunks.removeLast() }
            var current: [Text] = []
            var length = 0
            while let chunk = chunks.last, length + chunk.count <= width {
                current.append(chunk)
                length += chunk.count
                chunks.removeLast()
            }
            if let chunk = chunks.last, chunk.count > width {
                takePart(of: chunk, from: &chunks, into: &current, length: length)
            }
            if current.last?.isBlank == true { current.removeLast() }
            if !current.isEmpty { lines.append(Text(Array(current.map(\.scalars).joined()))) }
        }
        return lines
    }

    /// A word longer than a line gives what fits, up to a hyphen where it has one.
    private func takePart(
        of chunk: Text, from chunks: inout [Text], into current: inout [Text], length: Int
    ) {
        guard breaksLongWords else {
            if current.isEmpty {
                current.append(chunk)
                chunks.removeLast()
            }
            return
        }
        var end = width - length
        if breaksOnHyphens, let hyphen = chunk.scalars[..<end].lastIndex(of: "-"), hyphen > 0,
            chunk.scalars[..<hyphen].contains(where: { $0 != "-" })
        {
            end = hyphen + 1
        }
        current.append(Text(chunk.scalars[..<end]))
        chunks[chunks.count - 1] = Text(chunk.scalars[end...])
    }

    // MARK: - Chunks

    /// Words and the runs of whitespace between them.
    private func plainChunks(of line: Text) -> [Text] {
        var chunks: [Text] = []
        var start = 0
        while start < line.count {
            let isSpace = line.scalars[start].isWrapSpace
            let end = line.scalars[start...].firstIndex { $0.isWrapSpace != isSpace } ?? line.count
            chunks.append(Text(line.scalars[start..<end]))
            start = end
        }
        return chunks
    }

    /// Words also part behind the hyphens inside of them, and around dashes.
    private func hyphenatedChunks(of line: Text) -> [Text] {
        let scalars = line.scalars
        // At each place, where the run of hyphens that it belongs to ends.
        var runEnds = Array(scalars.indices)
        for index in scalars.indices.reversed() where scalars[index] == "-" {
            runEnds[index] =
                index + 1 < scalars.count && scalars[index + 1] == "-" ? runEnds[index + 1] : index + 1
        }
        func startsDash(_ index: Int) -> Bool {
            guard index < scalars.count, scalars[index] == "-" else { return false }
            let end = runEnds[index]
            return end - index >= 2 && end < scalars.count && scalars[end].isWord
        }
        func endsHyphenatedPart(_ index: Int) -> Bool {
            guard scalars[index] == "-", index >= 2, index + 2 < scalars.count else { return false }
            let followsWord = scalars[index - 1].isWrapLetter && scalars[index - 2].isWrapLetter
            let followsPart =
                index >= 3 && scalars[index - 3].isWrapLetter && scalars[index - 2] == "-"
                && scalars[index - 1].isWrapPunctuation
            guard followsWord || followsPart, scalars[index + 1].isWrapLetter else { return false }
            let next = scalars[index + 2]
            return next.isWrapLetter
                || next == "-" && index + 3 < scalars.count && scalars[index + 3].isWrapLetter
        }
        var chunks: [Text] = []
        var start = 0
        while start < scalars.count {
            var end = start
            if scalars[start].isWrapSpace {
                end = scalars[start...].firstIndex { !$0.isWrapSpace } ?? scalars.count
            } else if start > 0, scalars[start - 1].isWrapPunctuation, startsDash(start) {
                end = runEnds[start]
            } else {
                end = start + 1
                while end < scalars.count, !scalars[end].isWrapSpace {
                    if endsHyphenatedPart(end) {
                        end += 1
                        break
                    }
                    if scalars[end - 1].isWrapPunctuation, startsDash(end) { break }
                    end += 1
                }
            }
            chunks.append(Text(scalars[start..<end]))
            start = end
        }
        return chunks
    }
}

extension Text {
    fileprivate var isBlank: Bool { scalars.allSatisfy(\.isPythonSpace) }
}

extension Unicode.Scalar {
    fileprivate var isWrapSpace: Bool { self == " " || ("\u{09}"..."\u{0D}").contains(self) }

    /// Python's `\w`.
    var isWord: Bool { self == "_" || isPythonAlpha || isPythonNumeric }

    fileprivate var isWrapLetter: Bool { isWord && !isPythonDecimal }

    fileprivate var isWrapPunctuation: Bool { isWord || "!\"'&.,?".unicodeScalars.contains(self) }
}
