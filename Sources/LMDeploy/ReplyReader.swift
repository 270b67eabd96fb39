internal import TurboMind

/// Reads one request's events and makes pieces of text of them.
// SAFETY: the one stream that owns a reader asks for a piece after it got the one before, never twice at once.
final class ReplyReader: @unchecked Sendable {
    private var events: Engine.Events.AsyncIterator?
    private var assembler: ResponseAssembler
    private let inputTokenLength: Int
    private let index: Int
    /// A pipeline stops its engine when it goes: it has to stay as long as somebody reads.
    private let owner: Pipeline
    /// Called once with the whole text, when the reply has ended in order or was given up.
    private var onEnd: (@Sendable (String, FinishReason) throws -> Void)?
    /// What went wrong after the reply was complete: told behind it.
    private var lateError: (any Error)?
    private var generated = 0
    private var text = ""
    private var logprobs: [TokenLogprobs] = []
    private var rows: [RowOutput] = []
    private var statistics = RequestStatistics()

    init(
        events: Engine.Events, assembler: ResponseAssembler, inputTokenLength: Int, index: Int,
        owner: Pipeline, onEnd: (@Sendable (String, FinishReason) throws -> Void)? = nil
    ) {
        self.events = events.makeAsyncIterator()
        self.assembler = assembler
        self.inputTokenLength = inputTokenLength
        self.index = index
        self.owner = owner
        self.onEnd = onEnd
    }

    // Nobody is left to be told of an error: whoever dropped the stream did not wait for the reply either.
    deinit { try? onEnd?(text, .abort) }

    /// The next piece with text or an end; `nil` after the end.
    func next() async throws -> Response? {
        if let lateError {
            self.lateError = nil
            throw lateError
        }
        var tokens: [Int32] = []
        while let event = await events?.next() {
            switch event {
            case .token(let token, let logprobs):
                generated += 1
                tokens.append(token)
                if let logprobs { self.logprobs.append(TokenLogprobs(logprobs)) }
                let piece = assembler.append(token)
                if piece.isStopped { return end(piece.text, .stop, tokens) }
                if !piece.text.isEmpty { return response(piece.text, nil, tokens) }
            case .output(let row):
                rows.append(row)
            case .promptScores:
                continue
            case .finished(let reason, let statistics):
                self.statistics = statistics
                return try finish(reason, tokens)
            }
        }
        // The consuming task was cancelled, or the end has been told.
        guard events != nil else { return nil }
        return end(assembler.finish().text, .abort, tokens)
    }

    private func finish(_ reason: EngineFinishReason, _ tokens: [Int32]) throws -> Response {
        let piece = assembler.finish()
        switch reason {
        case .stopToken: return end(piece.text, .stop, tokens)
        case .length: return end(piece.text, piece.isStopped ? .stop : .length, tokens)
        case .cancelled: return end(piece.text, .abort, tokens)
        case .refused(let error):
            events = nil
            onEnd = nil
            throw PipelineError(error)
        case .failed(let message):
            events = nil
            onEnd = nil
            throw PipelineError.engine(message)
        }
    }

    /// Dropping the iterator cancels the request if the engine still works on it.
    private func end(_ piece: String, _ reason: FinishReason, _ tokens: [Int32]) -> Response {
        events = nil
        let response = response(piece, reason, tokens)
        do {
            try onEnd?(text, reason)
        } catch {
            lateError = error
        }
        onEnd = nil
        return response
    }

    private func response(_ piece: String, _ reason: FinishReason?, _ tokens: [Int32]) -> Response {
        if onEnd != nil { text += piece }
        defer {
            logprobs.removeAll(keepingCapacity: true)
            rows.removeAll(keepingCapacity: true)
        }
        let logits = rows.map(\.logits).filter { !$0.isEmpty }
        let hiddenStates = rows.map(\.hiddenState).filter { !$0.isEmpty }
        return Response(
            text: piece, generateTokenLength: generated, inputTokenLength: inputTokenLength,
            finishReason: reason, tokenIDs: tokens, index: index,
            logprobs: logprobs.isEmpty ? nil : logprobs, logits: logits.isEmpty ? nil : logits,
            lastHiddenState: hiddenStates.isEmpty ? nil : hiddenStates, cachedTokens: statistics.cachedTokens,
            draftTokens: statistics.draftTokens, acceptedDraftTokens: statistics.acceptedDraftTokens)
    }
}

extension TokenLogprobs {
    fileprivate init(_ logprobs: TurboMind.TokenLogprobs) {
        self.init(
            chosen: TokenLogprob(id: logprobs.chosen.token, logprob: logprobs.chosen.logprob),
            mostLikely: logprobs.mostLikely.map { TokenLogprob(id: $0.token, logprob: $0.logprob) })
    }
}
