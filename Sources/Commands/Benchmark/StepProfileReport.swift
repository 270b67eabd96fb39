internal import Tensors
package import TurboMind

/// What a kind of step spent its time on, for people.
package enum StepProfileReport {
    /// A line about the steps, then a table: what costs most comes first. Empty without steps.
    ///
    /// A command's time is the mean over the threads. Waiting is part of it: for the slowest thread to finish the
    /// command before.
    package static func text(_ profile: StepProfile, name: String, threads: Int) -> String {
        guard profile.steps > 0 else { return "" }
        let steps = Double(profile.steps)
        let stepSeconds = profile.total.inSeconds / steps
        let head =
            "\(name): \(profile.steps) steps of \((Double(profile.rows) / steps).fixed(1)) rows, "
            + "\((stepSeconds * 1000).fixed(3)) ms each\n"
        let parts =
            commands(of: profile, threads: threads) + [
                Part(name: "sampling", times: 1, seconds: profile.sampling.inSeconds / steps),
                Part(name: "filling buffers", times: 1, seconds: profile.encoding.inSeconds / steps),
                Part(name: "scheduling", times: 1, seconds: profile.scheduling.inSeconds / steps),
                Part(name: "delivering tokens", times: 1, seconds: profile.delivering.inSeconds / steps),
                Part(name: "memory for later steps", times: 1, seconds: profile.preparing.inSeconds / steps),
            ]
        let rows = parts.sorted { $0.seconds > $1.seconds }.map { $0.cells(stepSeconds: stepSeconds) }
        let lines = TextTable.lines(
            header: ["operation", "times", "ms", "share", "encoding", "waiting"], rows: rows)
        return head + lines.map { $0 + "\n" }.joined()
    }

    /// The commands, and what their times leave of the time they took together.
    private static func commands(of profile: StepProfile, threads: Int) -> [Part] {
        let scale = 1e-9 / Double(threads) / Double(profile.steps)
        let parts = profile.commands.kinds.map { kind in
            let times = profile.commands.times[kind] ?? CommandTimes()
            return Part(
                name: kind.description, times: times.commands / profile.steps,
                seconds: Double(times.computing + times.encoding + times.waiting) * scale,
                encoding: Double(times.encoding) * scale, waiting: Double(times.waiting) * scale)
        }
        let together = profile.computing.inSeconds / Double(profile.steps)
        let left = max(0, together - parts.reduce(0) { $0 + $1.seconds })
        return parts + [Part(name: "waking and joining threads", times: 1, seconds: left)]
    }

    /// A line of the table; seconds in a step.
    private struct Part {
        var name: String
        var times: Int
        var seconds: Double
        var encoding: Double?
        var waiting: Double?

        func cells(stepSeconds: Double) -> [String] {
            func share(_ seconds: Double?) -> String {
                seconds.map { "\((100 * $0 / stepSeconds).fixed(1)) %" } ?? ""
            }
            return [
                name, "\(times)", (seconds * 1000).fixed(3), share(seconds), share(encoding), share(waiting),
            ]
        }
    }
}
