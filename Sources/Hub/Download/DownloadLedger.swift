/// Which parts of a partial file are there, so that a later run goes on from them.
package struct DownloadLedger: Equatable {
    package struct Segment: Equatable {
        package let start: Int
        /// Behind the last byte; nil when the length of the file is not known.
        package let end: Int?
        /// Bytes from `start` that are there.
        package var done = 0

        package var position: Int { start + done }
        package var isComplete: Bool { end.map { position >= $0 } ?? false }
    }

    package let byteCount: Int?
    /// The `ETag` of the server that the parts came from; it goes into `If-Range`.
    package var validator: String?
    package private(set) var segments: [Segment]

    package init(byteCount: Int?, segmentBytes: Int) {
        self.byteCount = byteCount
        guard let byteCount, segmentBytes > 0, byteCount >= 2 * segmentBytes else {
            segments = [Segment(start: 0, end: byteCount)]
            return
        }
        segments = stride(from: 0, to: byteCount, by: segmentBytes).map {
            Segment(start: $0, end: min($0 + segmentBytes, byteCount))
        }
    }

    package var bytesDone: Int { segments.reduce(0) { $0 + $1.done } }
    var isComplete: Bool { segments.allSatisfy(\.isComplete) }

    package mutating func add(_ bytes: Int, to segment: Int) {
        segments[segment].done += bytes
    }

    /// Takes over a file whose first `bytes` are there.
    package mutating func fill(prefix bytes: Int) {
        for index in segments.indices {
            let available = max(0, bytes - segments[index].start)
            let length = segments[index].end.map { $0 - segments[index].start } ?? available
            segments[index].done = min(available, length)
        }
    }

    // MARK: - On disk

    private static let title = "lmdeploy-download 1"

    package var text: String {
        let parts = segments.map { "\($0.start) \($0.end ?? -1) \($0.done)" }
        return ([Self.title, "\(byteCount ?? -1)", validator ?? ""] + parts).joined(separator: "\n") + "\n"
    }

    /// Reads what `text` wrote; nil when it is damaged or about a file of another length.
    package init?(text: String, byteCount: Int?) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count >= 5, lines[0] == Self.title, lines.last == "", Int(lines[1]) == byteCount ?? -1
        else { return nil }
        self.byteCount = byteCount
        validator = lines[2].isEmpty ? nil : lines[2]
        segments = []
        var expectedStart = 0
        for line in lines[3..<(lines.count - 1)] {
            let fields = line.split(separator: " ").map { Int($0) }
            guard fields.count == 3, let start = fields[0], let end = fields[1], let done = fields[2],
                start == expectedStart, done >= 0
            else { return nil }
            if end < 0 {
                guard byteCount == nil, start == 0, lines.count == 5 else { return nil }
                segments.append(Segment(start: 0, end: nil, done: done))
            } else {
                guard end > start || (end == 0 && byteCount == 0), end <= byteCount ?? -1,
                    done <= end - start
                else { return nil }
                segments.append(Segment(start: start, end: end, done: done))
                expectedStart = end
            }
        }
        guard byteCount == nil || expectedStart == byteCount else { return nil }
    }
}
