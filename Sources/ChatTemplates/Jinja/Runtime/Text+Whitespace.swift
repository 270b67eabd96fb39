extension Unicode.Scalar {
    /// Python's `str.isspace`, which its `\s` and `strip` share.
    var isPythonSpace: Bool {
        switch value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
            0x3000:
            true
        default:
            false
        }
    }

    /// The scalars at which Python's `str.splitlines` ends a line.
    var isLineBoundary: Bool {
        switch value {
        case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}

extension Text {
    enum Side {
        case left, right, both
    }

    /// Python's `strip`, `lstrip` and `rstrip`: whitespace, or any of the scalars in `characters`.
    func stripped(_ side: Side = .both, of characters: Text? = nil) -> Text {
        let set = characters.map { Set($0.scalars) }
        func isStripped(_ scalar: Unicode.Scalar) -> Bool {
            set?.contains(scalar) ?? scalar.isPythonSpace
        }
        var slice = scalars[...]
        if side != .right { slice = slice.drop(while: isStripped) }
        if side != .left, let last = slice.lastIndex(where: { !isStripped($0) }) {
            slice = slice[...last]
        } else if side != .left {
            slice = []
        }
        return Text(slice)
    }

    /// `split()` without a separator: runs of whitespace, none at the ends; the rest is kept as it is
    /// after `limit` cuts.
    func splitOnWhitespace(limit: Int) -> [Text] {
        var pieces: [Text] = []
        var index = scalars.firstIndex { !$0.isPythonSpace } ?? count
        while index < count {
            guard pieces.count < limit else {
                pieces.append(Text(scalars[index...]))
                break
            }
            let end = scalars[index...].firstIndex { $0.isPythonSpace } ?? count
            pieces.append(Text(scalars[index..<end]))
            index = scalars[end...].firstIndex { !$0.isPythonSpace } ?? count
        }
        return pieces
    }

    /// `rsplit()` without a separator.
    func splitOnWhitespaceFromEnd(limit: Int) -> [Text] {
        let mirrored = Text(scalars.reversed()).splitOnWhitespace(limit: limit)
        return mirrored.reversed().map { Text($0.scalars.reversed()) }
    }

    /// The pieces between the given match starts.
    func pieces(between matches: [Int], separatorLength: Int) -> [Text] {
        var pieces: [Text] = []
        var position = 0
        for match in matches {
            pieces.append(Text(scalars[position..<match]))
            position = match + separatorLength
        }
        pieces.append(Text(scalars[position...]))
        return pieces
    }

    func splitLines(keepingEnds: Bool = false) -> [Text] {
        var lines: [Text] = []
        var start = 0
        var index = 0
        while index < count {
            guard scalars[index].isLineBoundary else {
                index += 1
                continue
            }
            let isPair = scalars[index] == "\r" && index + 1 < count && scalars[index + 1] == "\n"
            let next = index + (isPair ? 2 : 1)
            lines.append(Text(scalars[start..<(keepingEnds ? next : index)]))
            start = next
            index = next
        }
        if start < count { lines.append(Text(scalars[start...])) }
        return lines
    }
}
