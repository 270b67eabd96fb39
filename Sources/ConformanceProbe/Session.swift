internal import Tokenization

/// What one run of the probe remembers between requests: the tokenizer it loaded last.
struct Session {
    var tokenizer: Tokenizer?

    /// The answer to one line, with a line break behind it.
    mutating func answer(_ line: String) -> [UInt8] {
        let answer: Answer
        do {
            answer = try self.answer(Request(line))
        } catch {
            answer = Self.failure(error)
        }
        var output: [UInt8] = []
        answer.write(to: &output)
        output.append(UInt8(ascii: "\n"))
        return output
    }

    private mutating func answer(_ request: Request) throws -> Answer {
        let operation = try request.string("op")
        switch operation {
        case "load": return try load(request)
        case "encode": return try encode(request)
        case "decode": return try decode(request)
        case "stream": return try stream(request)
        case "bench": return try bench(request)
        case "render": return try render(request)
        case "dequantise": return try dequantise(request)
        default: throw ProbeError("request: there is no operation '\(operation)'")
        }
    }
}
