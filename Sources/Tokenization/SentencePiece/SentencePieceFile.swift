/// The contents of a `tokenizer.model` (SentencePiece's `ModelProto`), as far as encoding and decoding need
/// them.
struct SentencePieceFile: Sendable {
    enum ModelType: UInt64, Sendable {
        case unigram = 1
        case bytePair = 2
        case word = 3
        case character = 4
    }

    enum PieceType: UInt64, Sendable {
        case normal = 1
        case unknown = 2
        case control = 3
        case userDefined = 4
        case unused = 5
        case byte = 6
    }

    struct Piece: Sendable {
        var text: [UInt8] = []
        var score: Float = 0
        var type = PieceType.normal
    }

    var modelType = ModelType.unigram
    var pieces: [Piece] = []
    /// Empty: no table.
    var characterMap: [UInt8] = []
    var addsDummyPrefix = true
    var removesExtraSpaces = true
    var escapesSpaces = true
    var treatsSpaceAsSuffix = false
    var fallsBackToBytes = false
    /// What unknown pieces are decoded to.
    var unknownSurface = Array(" \u{2047} ".utf8)

    /// For messages.
    private static let name = "tokenizer.model"

    init() {}

    init(_ bytes: [UInt8]) throws(TokenizerError) {
        var reader = ProtobufReader(bytes, 0..<bytes.count, path: Self.name)
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .bytes(let range)):
                guard pieces.count <= Vocabulary.idLimit.upperBound else {
                    throw TokenizerError(
                        .outOfRange, field: "\(Self.name): pieces", found: "more than \(pieces.count) pieces",
                        expected: "at most \(pieces.count)", advice: TokenizerError.damagedFileAdvice)
                }
                pieces.append(try Self.piece(bytes, range, index: pieces.count))
            case (2, .bytes(let range)): try readTrainerSpec(bytes, range)
            case (3, .bytes(let range)): try readNormalizerSpec(bytes, range)
            case (1, _), (2, _), (3, _):
                throw reader.wrongType(value, "field \(field)", expected: "a message")
            default: break
            }
        }
        try check()
    }

    // MARK: - Internals

    private static func piece(
        _ bytes: [UInt8], _ range: Range<Int>, index: Int
    ) throws(TokenizerError) -> Piece {
        var reader = ProtobufReader(bytes, range, path: "\(name): pieces[\(index)]")
        var piece = Piece()
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .bytes(let text)):
                piece.text = Array(bytes[text])
                guard String(validating: piece.text, as: UTF8.self) != nil else {
                    throw TokenizerError(
                        .inconsistent, field: "\(reader.path).piece", found: "bytes that are not UTF-8",
                        expected: "text", advice: TokenizerError.damagedFileAdvice)
                }
            case (2, .fixed32(let bits)):
                piece.score = Float(bitPattern: bits)
                guard piece.score.isFinite else {
                    throw TokenizerError(
                        .outOfRange, field: "\(reader.path).score", found: "\(piece.score)",
                        expected: "a finite number", advice: TokenizerError.damagedFileAdvice)
                }
            case (3, .varint(let number)):
                guard let type = PieceType(rawValue: number) else {
                    throw TokenizerError(
                        .unsupported, field: "\(reader.path).type", found: "\(number)", expected: "1 to 6",
                        advice: TokenizerError.damagedFileAdvice)
                }
                piece.type = type
            case (1...3, _): throw reader.wrongType(value, "field \(field)", expected: "text, score or type")
            default: break
            }
        }
        return piece
    }

    private mutating func readTrainerSpec(_ bytes: [UInt8], _ range: Range<Int>) throws(TokenizerError) {
        var reader = ProtobufReader(bytes, range, path: "\(Self.name): trainer_spec")
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (3, .varint(let number)):
                guard let type = ModelType(rawValue: number) else {
                    throw TokenizerError(
                        .unsupported, field: "\(reader.path).model_type", found: "\(number)",
                        expected: "1 (Unigram) or 2 (BPE)", advice: TokenizerError.conversionAdvice)
                }
                modelType = type
            case (24, .varint(let flag)): treatsSpaceAsSuffix = flag != 0
            case (35, .varint(let flag)): fallsBackToBytes = flag != 0
            case (44, .bytes(let text)): unknownSurface = Array(bytes[text])
            case (3, _), (24, _), (35, _), (44, _):
                throw reader.wrongType(value, "field \(field)", expected: "another type")
            default: break
            }
        }
    }

    private mutating func readNormalizerSpec(_ bytes: [UInt8], _ range: Range<Int>) throws(TokenizerError) {
        var reader = ProtobufReader(bytes, range, path: "\(Self.name): normalizer_spec")
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (2, .bytes(let map)): characterMap = Array(bytes[map])
            case (3, .varint(let flag)): addsDummyPrefix = flag != 0
            case (4, .varint(let flag)): removesExtraSpaces = flag != 0
            case (5, .varint(let flag)): escapesSpaces = flag != 0
            case (2...5, _): throw reader.wrongType(value, "field \(field)", expected: "another type")
            default: break
            }
        }
    }

    private func check() throws(TokenizerError) {
        guard modelType == .unigram || modelType == .bytePair else {
            throw TokenizerError(
                .unsupported, field: "\(Self.name): trainer_spec.model_type",
                found: modelType == .word ? "a word model" : "a character model",
                expected: "a Unigram or BPE model", advice: TokenizerError.conversionAdvice)
        }
        guard !pieces.isEmpty else {
            throw TokenizerError(
                .missingField, field: "\(Self.name): pieces", found: "none", expected: "a vocabulary",
                advice: TokenizerError.damagedFileAdvice)
        }
        guard String(validating: unknownSurface, as: UTF8.self) != nil else {
            throw TokenizerError(
                .inconsistent, field: "\(Self.name): trainer_spec.unk_surface",
                found: "bytes that are not UTF-8", expected: "text", advice: TokenizerError.damagedFileAdvice)
        }
        guard !fallsBackToBytes || pieces.count(where: { $0.type == .byte }) == 256 else {
            throw TokenizerError(
                .inconsistent, field: "\(Self.name): pieces",
                found: "\(pieces.count(where: { $0.type == .byte })) byte pieces",
                expected: "256, because byte_fallback is set", advice: TokenizerError.damagedFileAdvice)
        }
    }
}
