/// One stage of a decoder in the middle of a stream.
struct DecoderStageState: Sendable {
    typealias Event = DecoderState.Event

    private let stage: Decoder.Stage
    /// What came of the present token and is not dealt with.
    private var token: [UInt8] = []
    /// What waits for later tokens.
    private var held: [UInt8] = []
    private var holdsToken = false
    /// How many tokens have ended.
    private var tokenCount = 0
    /// `strip`: how many scalars were removed from the beginning of this token; nil after the last of them.
    private var removed: Int? = 0
    /// `strip`: how many scalars wait for the end of the token.
    private var trailing = 0
    /// `byteFallback`: whether the present token is known to be no byte.
    private var isPlain = false
    private var spaces = SentencePieceSpaces()
    /// `spaces`: whether the present token has its space.
    private var isSeparated = true

    init(_ stage: Decoder.Stage) {
        self.stage = stage
    }

    mutating func process(_ events: [Event]) -> [Event] {
        var output: [Event] = []
        output.reserveCapacity(events.count + 2)
        for event in events {
            switch event {
            case .text(let text): receive(text, &output)
            case .end:
                endToken(&output)
                tokenCount += 1
            }
        }
        return output
    }

    /// The stream ends after the last token.
    mutating func finish() -> [Event] {
        switch stage {
        case .byteLevel:
            let rest = Array(String(decoding: held, as: UTF8.self).utf8)
            held.removeAll()
            return [.text(rest[...]), .end]
        case .byteFallback:
            var output: [Event] = []
            releaseBytes(&output)
            return output
        case .sentencePiece:
            return [.text(spaces.text(ofBytes: &held)[...]), .end]
        case .fuse:
            return [.end]
        case .wordSuffix(let suffix):
            return holdsToken ? [.text(TextReplacement.all([(suffix, [])], in: held)[...]), .end] : []
        case .strip, .replace, .metaspace, .wordPiece, .ctc, .spaces:
            return []
        }
    }
}

// MARK: - Internals

extension DecoderStageState {
    private mutating func receive(_ text: ArraySlice<UInt8>, _ output: inout [Event]) {
        switch stage {
        case .fuse:
            output.append(.text(text))
        case .spaces:
            if tokenCount > 0, isSeparated { output.append(.text([0x20])) }
            isSeparated = false
            output.append(.text(text))
        case .strip(_, _, 0) where removed == nil:
            output.append(.text(text))
        case .strip(let content, let start, let stop):
            output.append(.text(strip(text, content, start, stop)[...]))
        case .replace(.literal(let literal), _) where token.isEmpty && !text.contains(literal.bytes[0]):
            output.append(.text(text))
        case .replace(.literal(let literal), let content):
            output.append(.text(replace(text, literal, content)[...]))
        case .metaspace(let replacement, _) where !text.contains(replacement.bytes[0]):
            output.append(.text(text))
        case .metaspace(let replacement, let dropsFirst):
            let space: [UInt8] = tokenCount == 0 && dropsFirst ? [] : [0x20]
            output.append(.text(TextReplacement.all([(replacement, space)], in: Array(text))[...]))
        case .byteFallback where token.isEmpty && text.first.map { $0 != UInt8(ascii: "<") } ?? false:
            // Only what may be a byte has to be seen whole.
            releaseBytes(&output)
            isPlain = true
            output.append(.text(text))
        case .byteFallback where isPlain:
            output.append(.text(text))
        case .byteLevel, .byteFallback, .replace, .wordSuffix, .wordPiece, .ctc, .sentencePiece:
            token.append(contentsOf: text)
        }
    }

    private mutating func endToken(_ output: inout [Event]) {
        defer { token.removeAll(keepingCapacity: true) }
        switch stage {
        case .fuse:
            return
        case .spaces:
            if tokenCount > 0, isSeparated { output.append(.text([0x20])) }
            isSeparated = true
            output.append(.end)
        case .strip:
            (removed, trailing) = (0, 0)
            output.append(.end)
        case .metaspace:
            output.append(.end)
        case .replace(.literal, _):
            if !token.isEmpty { output.append(.text(token[...])) }
            output.append(.end)
        case .replace(let pattern, let content):
            let text = Normalizer.Stage.replacing(pattern, by: content, token, 0..<token.count) ?? token
            output += [.text(text[...]), .end]
        case .byteLevel:
            held += ByteAlphabet.bytes(for: token) ?? token
            output.append(.text(Array(UTF8Prefix.takeComplete(from: &held).utf8)[...]))
        case .byteFallback where isPlain:
            isPlain = false
            output.append(.end)
        case .byteFallback:
            if let byte = ByteFallback.byte(of: token) {
                held.append(byte)
            } else {
                releaseBytes(&output)
                output += [.text(token[...]), .end]
            }
        case .sentencePiece(let stripping):
            if let byte = ByteFallback.byte(of: token) {
                held.append(byte)
            } else {
                output.append(.text(spaces.text(ofBytes: &held)[...]))
                output += [.text(spaces.text(of: token, stripping)[...]), .end]
            }
        case .wordSuffix(let suffix):
            if holdsToken {
                output += [.text(TextReplacement.all([(suffix, [0x20])], in: held)[...]), .end]
            }
            (held, holdsToken) = (token, true)
        case .wordPiece(let prefix, let cleansUp):
            endWordPiece(prefix, cleansUp, &output)
        case .ctc(let padding, let delimiter, let cleansUp):
            endTimeStep(padding, delimiter, cleansUp, &output)
        }
    }

    /// The bytes of a run are characters all together, or each is U+FFFD.
    private mutating func releaseBytes(_ output: inout [Event]) {
        guard !held.isEmpty else { return }
        if String(validating: held, as: UTF8.self) != nil {
            output += [.text(held[...]), .end]
        } else {
            for _ in held { output += [.text(UTF8Prefix.replacement[...]), .end] }
        }
        held.removeAll()
    }

    private mutating func strip(
        _ text: ArraySlice<UInt8>, _ content: [UInt8], _ start: Int, _ stop: Int
    ) -> [UInt8] {
        var result: [UInt8] = []
        var rest = text
        while !rest.isEmpty {
            if rest.starts(with: content) {
                rest = rest.dropFirst(content.count)
                if let count = removed, count < start {
                    removed = count + 1
                } else {
                    removed = nil
                    if trailing < stop { trailing += 1 } else { result += content }
                }
            } else {
                removed = nil
                while trailing > 0 {
                    result += content
                    trailing -= 1
                }
                let width = rest.dropFirst().prefix { $0 & 0xC0 == 0x80 }.count + 1
                result += rest.prefix(width)
                rest = rest.dropFirst(width)
            }
        }
        return result
    }

    /// What may begin a match at the end stays in `token`.
    private mutating func replace(
        _ text: ArraySlice<UInt8>, _ literal: LiteralPattern, _ content: [UInt8]
    ) -> [UInt8] {
        token.append(contentsOf: text)
        var result: [UInt8] = []
        var end = 0
        let open = literal.forEachMatch(token, in: 0..<token.count) { match in
            result += token[end..<match.lowerBound]
            result += content
            end = match.upperBound
        }
        result += token[end..<token.count - open]
        token.removeFirst(token.count - open)
        return result
    }

    private mutating func endWordPiece(_ prefix: [UInt8], _ cleansUp: Bool, _ output: inout [Event]) {
        var text = token
        if tokenCount > 0 {
            if text.starts(with: prefix) { text.removeFirst(prefix.count) } else { text.insert(0x20, at: 0) }
        }
        // All of them begin with a space.
        if cleansUp, text.contains(0x20) {
            text = TextReplacement.all(TextReplacement.wordPieceCleanup, in: text)
        }
        output += [.text(text[...]), .end]
    }

    private mutating func endTimeStep(
        _ padding: LiteralPattern?, _ delimiter: LiteralPattern, _ cleansUp: Bool, _ output: inout [Event]
    ) {
        if holdsToken, held == token { return }
        (held, holdsToken) = (token, true)
        var text = TextReplacement.all(padding.map { [($0, [])] } ?? [], in: token)
        if cleansUp {
            text = TextReplacement.all(TextReplacement.wordPieceCleanup, in: text)
            text = TextReplacement.all([(delimiter, [0x20])], in: text)
        }
        if !text.isEmpty { output += [.text(text[...]), .end] }
    }
}
