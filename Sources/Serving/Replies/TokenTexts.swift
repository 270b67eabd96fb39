internal import LMDeploy
internal import Tokenization

/// How tokens look to clients.
struct TokenTexts: Sendable {
    private let tokenizer: Tokenizer

    init(_ pipeline: Pipeline) { tokenizer = pipeline.tokenizer }

    func bytes(_ token: Int32) -> [UInt8] {
        let bytes = tokenizer.bytes(of: token)
        if !bytes.isEmpty || !tokenizer.isSpecial(token) { return bytes }
        return Array((tokenizer.text(of: token) ?? "").utf8)
    }

    /// Parts of characters become U+FFFD; `bytes` has what they are.
    func text(_ token: Int32) -> String { String(decoding: bytes(token), as: UTF8.self) }

    /// Drops what a piece says of tokens that are no part of its text: the one that ended the reply.
    ///
    /// With a text that ends a reply, these are the tokens behind the end of what is left.
    func withoutEnding(_ piece: Response) -> [TokenLogprobs] {
        guard let logprobs = piece.logprobs else { return [] }
        guard piece.finishReason == .stop else { return logprobs }
        let length = piece.text.utf8.count
        var start = 0
        return logprobs.filter { entry in
            defer { start += bytes(entry.chosen.id).count }
            return start < length
        }
    }
}
