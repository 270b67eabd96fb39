// MARK: - Symbols of a word

extension BytePairModel {
    func spell(_ bytes: [UInt8], in word: Range<Int>, into symbols: inout [Int32]) {
        symbols.removeAll(keepingCapacity: true)
        var followsUnknown = false
        for index in word {
            let id = byteIDs[Int(bytes[index])]
            if id != Self.noID {
                symbols.append(id)
                followsUnknown = false
            } else if let unknown = options.unknownID {
                if !(followsUnknown && options.fuseUnknown) { symbols.append(unknown) }
                followsUnknown = true
            }
        }
    }

    /// An unknown symbol is held back until a known one or the end, as Hugging Face does it: bytes that are
    /// fallen back to overtake it.
    func spell(
        _ bytes: [UInt8], in word: Range<Int>, _ affixes: Affixes, into symbols: inout [Int32]
    ) {
        symbols.removeAll(keepingCapacity: true)
        var holdsUnknown = false
        var index = word.lowerBound
        while index < word.upperBound {
            let end = index + bytes.scalar(at: index).width
            let isPlain =
                affixes.isEmpty
                || (index > word.lowerBound && (end < word.upperBound || affixes.endSuffix.isEmpty))
            if let id = isPlain
                ? plainID(bytes, index..<end, affixes) : affixedID(bytes, index..<end, word, affixes)
            {
                if holdsUnknown, let unknown = options.unknownID { symbols.append(unknown) }
                holdsUnknown = false
                symbols.append(id)
            } else if !(affixes.fallsBackToBytes && appendBytes(bytes, index..<end, word, affixes, &symbols)),
                let unknown = options.unknownID
            {
                if holdsUnknown, !options.fuseUnknown { symbols.append(unknown) }
                holdsUnknown = true
            }
            index = end
        }
        if holdsUnknown, let unknown = options.unknownID { symbols.append(unknown) }
    }

    /// The id of a scalar inside a word.
    @inline(__always)
    private func plainID(_ bytes: [UInt8], _ scalar: Range<Int>, _ affixes: Affixes) -> Int32? {
        let first = bytes[scalar.lowerBound]
        if first < 0x80 { return byteIDs[Int(first)] == Self.noID ? nil : byteIDs[Int(first)] }
        if affixes.continuingPrefix.isEmpty { return vocabulary.id(ofText: bytes, in: scalar) }
        let text = affixes.continuingPrefix + bytes[scalar]
        return vocabulary.id(ofText: text, in: 0..<text.count)
    }

    private func affixedID(
        _ bytes: [UInt8], _ scalar: Range<Int>, _ word: Range<Int>, _ affixes: Affixes
    ) -> Int32? {
        let text = affixed(bytes, scalar, word, affixes)
        return vocabulary.id(ofText: text, in: 0..<text.count)
    }

    private func affixed(
        _ bytes: [UInt8], _ scalar: Range<Int>, _ word: Range<Int>, _ affixes: Affixes
    ) -> [UInt8] {
        var text = scalar.lowerBound > word.lowerBound ? affixes.continuingPrefix : []
        text += bytes[scalar]
        if scalar.upperBound == word.upperBound { text += affixes.endSuffix }
        return text
    }

    /// False, and nothing appended, when one of the bytes has no token.
    private func appendBytes(
        _ bytes: [UInt8], _ scalar: Range<Int>, _ word: Range<Int>, _ affixes: Affixes,
        _ symbols: inout [Int32]
    ) -> Bool {
        let text = affixes.isEmpty ? bytes[scalar] : affixed(bytes, scalar, word, affixes)[...]
        guard text.allSatisfy({ fallbackIDs[Int($0)] != Self.noID }) else { return false }
        for byte in text { symbols.append(fallbackIDs[Int(byte)]) }
        return true
    }
}

// MARK: - Words inside of a long text

extension BytePairModel {
    /// U+2581, SentencePiece's space.
    private static let visibleSpace: [UInt8] = [0xE2, 0x96, 0x81]

    /// U+2581 when no token of more than one symbol has it after anything else: then no merge crosses the
    /// place before it, and a text without pre-tokenizer can be encoded word by word. Else nothing.
    static func wordStart(_ vocabulary: Vocabulary, _ options: Options, _ affixes: Affixes) -> [UInt8] {
        guard affixes.isEmpty, !options.ignoreMerges, vocabulary.id(ofText: visibleSpace, in: 0..<3) != nil
        else { return [] }
        for id in 0..<Int32(vocabulary.size) {
            guard let text = vocabulary.modelText(of: id).map(Array.init) else { continue }
            if hasWordStart(text, in: 0..<text.count) { return [] }
        }
        return visibleSpace
    }

    /// Whether the scalar stands after another one.
    private static func hasWordStart(_ text: [UInt8], in range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index + 3 < range.upperBound {
            if isVisibleSpace(text, index + 1),
                !(index >= range.lowerBound + 2 && isVisibleSpace(text, index - 2))
            {
                return true
            }
            index += 1
        }
        return false
    }

    @inline(__always)
    private static func isVisibleSpace(_ text: [UInt8], _ index: Int) -> Bool {
        text[index] == visibleSpace[0] && text[index + 1] == visibleSpace[1]
            && text[index + 2] == visibleSpace[2]
    }

    /// The next place after `start` where a run of visible spaces begins.
    @inline(__always)
    func nextWordStart(_ bytes: [UInt8], after start: Int, to end: Int) -> Int? {
        var index = start
        // The run that the word itself begins with.
        while index + 3 <= end, Self.isVisibleSpace(bytes, index) { index += 3 }
        while index + 3 <= end {
            if bytes[index] == 0xE2, Self.isVisibleSpace(bytes, index) { return index }
            index += 1
        }
        return nil
    }
}
