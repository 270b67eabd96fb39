/// How running replies fared while a long prompt was computed beside them.
package struct LongPromptSummary: Sendable, Equatable, Encodable {
    package var promptTokens: Int
    package var replies: Int
    /// From the prompt's arrival to its first token.
    package var firstTokenSeconds: Double
    /// Median time between two tokens while nothing else ran.
    package var medianGapBeforeSeconds: Double
    /// The same while the prompt was computed.
    package var medianGapBesideSeconds: Double
    /// The longest of those.
    package var worstGapBesideSeconds: Double
    /// The longest against the reply's median of before, of the reply where that is largest.
    package var worstRatioToBefore: Double
    /// The longest against the reply's median of all its gaps, of the reply where that is largest.
    package var worstRatioToAll: Double

    /// - Parameters:
    ///   - timelines: of the replies, in seconds.
    ///   - streaming: when every reply was running.
    ///   - sent: when the prompt arrived.
    ///   - answered: when its first token came.
    /// - Returns: `nil` when the replies have no tokens before or beside the prompt.
    package init?(
        promptTokens: Int, timelines: [ReplyTimeline], streaming: Double, sent: Double, answered: Double
    ) {
        self.promptTokens = promptTokens
        replies = timelines.count
        firstTokenSeconds = answered - sent
        var allBefore: [Double] = []
        var allBeside: [Double] = []
        var ratiosToBefore: [Double] = []
        var ratiosToAll: [Double] = []
        for timeline in timelines {
            let gaps = zip(timeline.tokenTimes, timeline.tokenTimes.dropFirst()).filter { $0.0 >= streaming }
            let before = gaps.filter { $0.1 <= sent }.map { $0.1 - $0.0 }
            let beside = gaps.filter { $0.1 > sent && $0.0 <= answered }.map { $0.1 - $0.0 }
            guard !before.isEmpty, let worst = beside.max() else { continue }
            ratiosToBefore.append(worst / before.percentile(0.5))
            ratiosToAll.append(worst / (before + beside).percentile(0.5))
            allBefore += before
            allBeside += beside
        }
        guard let worst = allBeside.max(), let toBefore = ratiosToBefore.max(), let toAll = ratiosToAll.max()
        else { return nil }
        medianGapBeforeSeconds = allBefore.percentile(0.5)
        medianGapBesideSeconds = allBeside.percentile(0.5)
        worstGapBesideSeconds = worst
        worstRatioToBefore = toBefore
        worstRatioToAll = toAll
    }

    /// Two lines for people.
    package var text: String {
        func milliseconds(_ seconds: Double) -> String { "\((seconds * 1000).fixed(1)) ms" }
        return "a prompt of \(promptTokens) tokens beside \(replies) replies: first token after "
            + "\(firstTokenSeconds.fixed(2)) s; gaps of the replies: median "
            + "\(milliseconds(medianGapBeforeSeconds)) before and \(milliseconds(medianGapBesideSeconds)) beside, "
            + "worst \(milliseconds(worstGapBesideSeconds))\n"
            + "worst over median gap of a reply: \(worstRatioToBefore.fixed(2)) against the gaps before, "
            + "\(worstRatioToAll.fixed(2)) against all\n"
    }
}
