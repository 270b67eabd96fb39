#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Conversations of a file in ShareGPT's form: a JSON list of objects with a list `conversations` of objects with
/// a text `value`. Of each, the first two texts are a prompt and the length of its reply.
package struct ShareGPTDataset: Sendable, Equatable {
    package struct Pair: Sendable, Equatable {
        package var prompt: String
        package var reply: String

        package init(prompt: String, reply: String) {
            self.prompt = prompt
            self.reply = reply
        }
    }

    package let pairs: [Pair]

    /// Lengths in tokens that LMDeploy measures with.
    package enum Limits {
        package static let shortest = 4
        package static let longestPrompt = 1024
        package static let longestTotal = 2048
    }

    private struct Conversation: Decodable {
        struct Turn: Decodable {
            let value: String
        }

        let conversations: [Turn]
    }

    package init(pairs: [Pair]) {
        self.pairs = pairs
    }

    /// - Parameter path: where `bytes` come from, for messages.
    package init(json bytes: [UInt8], path: String) throws(ToolError) {
        let conversations: [Conversation]
        do {
            conversations = try JSONDecoder().decode([Conversation].self, from: Data(bytes))
        } catch {
            throw .cannotRead(
                path: path,
                reason: "expected a JSON list of {\"conversations\": [{\"value\": \"...\"}]}, found \(error)")
        }
        pairs = conversations.compactMap { conversation in
            let turns = conversation.conversations
            return turns.count < 2 ? nil : Pair(prompt: turns[0].value, reply: turns[1].value)
        }
    }

    /// Up to `count` requests in an order that `seed` decides, without pairs that are too short or too long.
    /// - Parameters:
    ///   - outputLength: tokens of every reply, instead of as many as in the file.
    ///   - isTokenized: whether the requests hold tokens instead of text.
    ///   - tokens: the tokens of a text.
    package func requests(
        count: Int, seed: UInt64, outputLength: Int?, isTokenized: Bool, tokens: (String) throws -> [Int32]
    ) rethrows -> [ThroughputRequest] {
        var generator = SplitMix(seed: seed)
        var requests: [ThroughputRequest] = []
        for pair in pairs.shuffled(using: &generator) {
            if requests.count == count { break }
            let prompt = try tokens(pair.prompt)
            let reply = try outputLength ?? tokens(pair.reply).count
            guard Self.isUsed(promptTokens: prompt.count, replyTokens: reply, isFixed: outputLength != nil)
            else { continue }
            requests.append(
                ThroughputRequest(
                    prompt: isTokenized ? .tokens(prompt) : .text(pair.prompt), completionTokens: reply))
        }
        return requests
    }

    private static func isUsed(promptTokens: Int, replyTokens: Int, isFixed: Bool) -> Bool {
        guard (Limits.shortest...Limits.longestPrompt).contains(promptTokens) else { return false }
        return isFixed
            || replyTokens >= Limits.shortest && promptTokens + replyTokens <= Limits.longestTotal
    }
}
