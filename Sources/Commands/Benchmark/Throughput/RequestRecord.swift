/// What happened to one request, in seconds since the measurement began.
package struct RequestRecord: Sendable, Equatable {
    package var inputTokens: Int
    package var start: Double
    package var end: Double
    package var timeline: ReplyTimeline
    /// It was dropped before its end.
    package var isCancelled: Bool

    package init(
        inputTokens: Int, start: Double, end: Double, timeline: ReplyTimeline, isCancelled: Bool = false
    ) {
        self.inputTokens = inputTokens
        self.start = start
        self.end = end
        self.timeline = timeline
        self.isCancelled = isCancelled
    }

    package var outputTokens: Int { timeline.tokenTimes.count }

    package var endToEndSeconds: Double { end - start }

    package var firstTokenSeconds: Double? { timeline.firstTokenSeconds.map { $0 - start } }

    /// Mean time of a token after the first; with the first, where all came together.
    package var secondsPerOutputToken: Double? {
        guard let first = timeline.tokenTimes.first, let last = timeline.tokenTimes.last else { return nil }
        guard last > first else { return (last - start) / Double(outputTokens) }
        return (last - first) / Double(outputTokens - 1)
    }
}
