/// A file of ranks, as tiktoken writes it: one token on a line, in base 64, and its rank, which is its id.
struct TiktokenFile {
    /// By id.
    private(set) var tokens = ByteStrings()
    private(set) var ids: [Int32] = []

    /// Above any token of a published file; the longest there are runs of spaces.
    private static let longestToken = 1024

    /// - Parameter name: The file's name, for messages.
    init(_ bytes: [UInt8], name: String) throws(TokenizerError) {
        var line = 0
        let largestID = Vocabulary.largestID(ofTokens: bytes.count { $0 == 0x0A } + 1)
        for text in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            line += 1
            let text = text.last == 0x0D ? text.dropLast() : text
            guard !text.isEmpty else { continue }
            do throws(TokenizerError) {
                let (token, id) = try Self.parse(text, line)
                guard id <= largestID else {
                    throw Self.error(line, "the rank \(id)", "ranks up to \(largestID) for so few tokens")
                }
                guard tokens[id] == nil else {
                    throw Self.error(line, "the rank \(id) again", "every rank once")
                }
                guard tokens.id(of: token, in: 0..<token.count) == nil else {
                    throw Self.error(line, "a token for the second time", "every token once")
                }
                tokens.insert(token, id: id)
                ids.append(id)
            } catch {
                throw TokenizerError(
                    error.code, field: "\(name): \(error.field)", found: error.found,
                    expected: error.expected,
                    advice: error.advice)
            }
        }
        for byte in UInt8.min...UInt8.max where tokens.id(of: [byte], in: 0..<1) == nil {
            throw TokenizerError(
                .inconsistent, field: "\(name): ranks", found: "no token for the byte \(byte)",
                expected: "a token for every byte", advice: TokenizerError.damagedFileAdvice)
        }
    }

    private static func parse(
        _ line: ArraySlice<UInt8>, _ number: Int
    ) throws(TokenizerError) -> (token: [UInt8], id: Int32) {
        let parts = line.split(separator: 0x20)
        guard parts.count == 2, parts[0].count <= longestToken * 4 / 3 else {
            throw error(number, TokenizerError.quote(line), "a token in base 64, a space, and its rank")
        }
        guard let id = Int32(String(decoding: parts[1], as: UTF8.self)), Vocabulary.idLimit.contains(id)
        else {
            throw error(number, TokenizerError.quote(parts[1]), "a rank in \(Vocabulary.idLimit)")
        }
        guard let token = Base64.bytes(of: parts[0]), !token.isEmpty else {
            throw error(number, TokenizerError.quote(parts[0]), "a token in base 64")
        }
        return (token, id)
    }

    private static func error(_ line: Int, _ found: String, _ expected: String) -> TokenizerError {
        TokenizerError(
            .inconsistent, field: "line \(line)", found: found, expected: expected,
            advice: TokenizerError.damagedFileAdvice)
    }
}
