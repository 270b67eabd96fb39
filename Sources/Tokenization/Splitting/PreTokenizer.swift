/// Cuts text into the words that the model encodes, by stages that each cut what the stage before has left.
struct PreTokenizer: Sendable {
    enum Stage: Sendable {
        /// At the matches of a pattern that matches everywhere.
        case pattern(SplitPattern)
        case split(TextPattern, SplitBehavior, isInverted: Bool)
        /// At scalars of a kind, each one a match.
        case scalars(ScalarKind, SplitBehavior)
        /// Into runs of word scalars and runs of others that are not whitespace.
        case words
        /// Numbers apart from everything else; one by one or in runs.
        case digits(isIndividual: Bool)
        /// A piece that does not begin with a space gets one.
        case prefixSpace
        case metaspace(Metaspace)
        /// Every byte becomes its stand-in of the byte alphabet.
        ///
        /// Not needed at the end of the stages of a byte-pair model, which knows the alphabet
        /// (`BytePairModel.Spelling.bytes`).
        case byteAlphabet
        /// Where the script changes.
        case scripts
        /// Every `length` scalars.
        case fixedLength(Int)
    }

    let stages: [Stage]
    private let scanner = PatternScanner()

    init(stages: [Stage]) {
        self.stages = stages
    }

    /// Encodes every word of `range`, in order.
    ///
    /// `beginsText`: the first scalar of the range is the first scalar of the whole text.
    func encodeWords(
        of bytes: [UInt8], in range: Range<Int>, beginsText: Bool, by model: TokenizerModel,
        into session: inout EncodingSession
    ) {
        run(0, Piece(bytes: bytes, range: range, beginsText: beginsText), model, &session)
    }
}

extension PreTokenizer.Stage {
    var isByteAlphabet: Bool {
        if case .byteAlphabet = self { true } else { false }
    }

    /// By how much text can grow: the most bytes that one byte becomes.
    var growth: Int {
        switch self {
        case .byteAlphabet, .prefixSpace: 2
        case .metaspace(let metaspace): metaspace.replacement.count * 2
        default: 1
        }
    }
}

// MARK: - Internals

extension PreTokenizer {
    /// A part of a text between two stages.
    private struct Piece {
        let bytes: [UInt8]
        let range: Range<Int>
        let beginsText: Bool

        func part(_ part: Range<Int>) -> Piece {
            Piece(bytes: bytes, range: part, beginsText: beginsText && part.lowerBound == range.lowerBound)
        }

        func replaced(by bytes: [UInt8]) -> Piece {
            Piece(bytes: bytes, range: 0..<bytes.count, beginsText: beginsText)
        }
    }

    /// Pieces go through all stages one after another: the same as every stage going through all pieces,
    /// because a stage looks at one piece at a time.
    private func run(
        _ stage: Int, _ piece: Piece, _ model: TokenizerModel, _ session: inout EncodingSession
    ) {
        let (bytes, range) = (piece.bytes, piece.range)
        guard !range.isEmpty else { return }
        guard stage < stages.count else {
            model.encode(bytes, in: range, beginsText: piece.beginsText, into: &session)
            return
        }
        switch stages[stage] {
        case .prefixSpace:
            let hasSpace = bytes[range.lowerBound] == 0x20
            run(stage + 1, hasSpace ? piece : piece.replaced(by: [0x20] + bytes[range]), model, &session)
        case .byteAlphabet:
            run(stage + 1, piece.replaced(by: ByteAlphabet.text(for: bytes[range])), model, &session)
        case .pattern(let pattern):
            var start = range.lowerBound
            while start < range.upperBound {
                let end = scanner.matchEnd(pattern, bytes, from: start, to: range.upperBound)
                run(stage + 1, piece.part(start..<end), model, &session)
                start = end
            }
        case .digits(let isIndividual):
            var start = range.lowerBound
            while start < range.upperBound {
                let end = scanner.digitsEnd(
                    bytes, from: start, to: range.upperBound, isIndividual: isIndividual)
                run(stage + 1, piece.part(start..<end), model, &session)
                start = end
            }
        case .metaspace(let metaspace):
            let spaced = piece.replaced(by: metaspace.replacingSpaces(bytes[range], piece.beginsText))
            guard metaspace.splits else { return run(stage + 1, spaced, model, &session) }
            let matches = LiteralPattern(metaspace.replacement).segments(of: spaced.bytes, in: spaced.range)
            for part in SplitBehavior.mergedWithNext.pieces(of: matches) {
                run(stage + 1, spaced.part(part), model, &session)
            }
        case .split(let pattern, let behavior, let isInverted):
            let segments = pattern.segments(of: bytes, in: range)
            for part in behavior.pieces(of: isInverted ? segments.inverted : segments) {
                run(stage + 1, piece.part(part), model, &session)
            }
        case .scalars(let kind, let behavior):
            for part in behavior.pieces(of: kind.segments(of: bytes, in: range)) {
                run(stage + 1, piece.part(part), model, &session)
            }
        case .words:
            for part in ScalarRuns.words(bytes, in: range) {
                run(stage + 1, piece.part(part), model, &session)
            }
        case .scripts:
            for part in ScalarRuns.scripts(bytes, in: range) {
                run(stage + 1, piece.part(part), model, &session)
            }
        case .fixedLength(let length):
            for part in ScalarRuns.fixedLength(length, bytes, in: range) {
                run(stage + 1, piece.part(part), model, &session)
            }
        }
    }
}
