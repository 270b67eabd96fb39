/// What normalizers and pre-tokenizers ask about a scalar, answered as Hugging Face's tokenizers do.
struct TextScalars: Sendable {
    static let shared = TextScalars()

    private enum Flag {
        static let word: UInt8 = 1
        static let number: UInt8 = 2
        static let punctuation: UInt8 = 4
        static let mark: UInt8 = 8
        static let bertMark: UInt8 = 16
        static let bertControl: UInt8 = 32
    }

    /// The script of scalars that belong to any.
    static let anyScript: UInt8 = 0

    private let flags: ScalarTable
    private let scripts: ScalarTable

    private init() {
        flags = ScalarTable { flat in
            let sets = [
                (TextScalarData.word, Flag.word), (TextScalarData.number, Flag.number),
                (TextScalarData.punctuation, Flag.punctuation), (TextScalarData.mark, Flag.mark),
                (TextScalarData.bertMark, Flag.bertMark), (TextScalarData.bertControl, Flag.bertControl),
            ]
            for (turns, flag) in sets {
                for index in stride(from: 0, to: turns.count - 1, by: 2) {
                    for scalar in turns[index]..<turns[index + 1] { flat[Int(scalar)] |= flag }
                }
            }
        }
        scripts = ScalarTable { flat in
            let boundaries = TextScriptData.boundaries
            for (index, boundary) in boundaries.enumerated() {
                let end = index + 1 < boundaries.count ? Int(boundaries[index + 1] >> 8) : flat.count
                for scalar in Int(boundary >> 8)..<end { flat[scalar] = UInt8(boundary & 0xFF) }
            }
        }
    }

    /// `\w`.
    func isWord(_ scalar: UInt32) -> Bool { flags[scalar] & Flag.word != 0 }
    func isNumber(_ scalar: UInt32) -> Bool { flags[scalar] & Flag.number != 0 }
    func isPunctuation(_ scalar: UInt32) -> Bool { flags[scalar] & Flag.punctuation != 0 }
    /// A mark that combines with the letter before it.
    func isMark(_ scalar: UInt32) -> Bool { flags[scalar] & Flag.mark != 0 }
    func isBertMark(_ scalar: UInt32) -> Bool { flags[scalar] & Flag.bertMark != 0 }
    func isBertControl(_ scalar: UInt32) -> Bool { flags[scalar] & Flag.bertControl != 0 }

    /// A number for each script.
    func script(of scalar: UInt32) -> UInt8 { scripts[scalar] }
}
