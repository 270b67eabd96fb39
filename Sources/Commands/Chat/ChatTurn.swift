internal import LMDeploy

/// How one reply went.
package struct ChatTurn: Sendable, Equatable {
    /// Why a reply ended.
    package enum Ending: Sendable, Equatable {
        case complete
        /// At the most tokens a reply may have.
        case lengthLimit
        /// At the most tokens the conversation may have.
        case sessionFull
        case interrupted
    }

    package var promptTokens: Int
    package var replyTokens: Int
    /// Time to the first piece.
    package var prefillSeconds: Double
    /// Time from the first piece to the last.
    package var decodeSeconds: Double
    /// Tokens in the first piece, which the prompt's computation gave.
    package var firstTokens: Int
    package var ending: Ending

    package init(
        promptTokens: Int, replyTokens: Int, prefillSeconds: Double, decodeSeconds: Double, firstTokens: Int,
        ending: Ending
    ) {
        self.promptTokens = promptTokens
        self.replyTokens = replyTokens
        self.prefillSeconds = prefillSeconds
        self.decodeSeconds = decodeSeconds
        self.firstTokens = firstTokens
        self.ending = ending
    }

    /// Token counts and speeds, as one line.
    package var statistics: String {
        let prefill = Double(promptTokens) / prefillSeconds
        let decode = Double(replyTokens - firstTokens) / decodeSeconds
        return "prompt \(promptTokens) tokens, \(prefill.fixed(1)) tokens/s; "
            + "reply \(replyTokens) tokens, \(decode.fixed(1)) tokens/s"
    }

    /// What a person should know about the ending, if anything.
    package var note: String? {
        switch ending {
        case .complete: nil
        case .interrupted: "(stopped)"
        case .lengthLimit: "(cut at \(replyTokens) tokens: --max-new-tokens allows longer replies)"
        case .sessionFull: "(the session is full: type `end` to start a new conversation)"
        }
    }
}

/// Notes when the pieces of a reply arrive.
struct ReplyProgress {
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var firstPiece: ContinuousClock.Instant?
    private var finish: ContinuousClock.Instant
    private var finishReason: FinishReason?
    private(set) var firstTokens = 0
    private(set) var tokenCount = 0

    init() {
        start = clock.now
        finish = start
    }

    mutating func note(_ piece: ReplyPiece) {
        if firstPiece == nil {
            firstPiece = clock.now
            firstTokens = piece.tokenCount
        }
        tokenCount = piece.tokenCount
        finishReason = piece.finishReason
    }

    mutating func end() {
        finish = clock.now
    }

    var prefillSeconds: Double { ((firstPiece ?? finish) - start).inSeconds }

    var decodeSeconds: Double { (finish - (firstPiece ?? finish)).inSeconds }

    /// - Parameter filledSession: whether the reply's limit was the session's length.
    func ending(wasCancelled: Bool, filledSession: Bool) -> ChatTurn.Ending {
        switch finishReason {
        case .stop: .complete
        case .length: filledSession ? .sessionFull : .lengthLimit
        case .abort: .interrupted
        case nil: wasCancelled ? .interrupted : .complete
        }
    }
}
