/// How patient a download is, and how much it takes.
package struct HubLimits: Sendable {
    package var connectSeconds = 10.0
    /// Longest silence of a server.
    package var readSeconds = 30.0
    /// A connection that brings less than `stallBytes` in this time is replaced.
    package var stallSeconds = 60.0
    package var stallBytes = 64 << 10
    /// Tries in a row that bring nothing.
    package var attempts = 5
    /// Doubles with each try.
    package var retrySeconds = 0.5
    /// Longest wait that a server may ask for.
    package var longestWaitSeconds = 300.0
    /// At a time, over all files.
    package var connections = 8
    package var filesAtATime = 4
    /// Files of two segments or more are downloaded in parallel ranges of this size: long enough that the
    /// round trips for its beginning cost little, short enough that all connections have work to the end.
    package var segmentBytes = 32 << 20
    package var redirects = 10
    /// Of one answer that is no file: 100,000 files of a list take about 30 MB.
    package var listBytes = 64 << 20
    package var listFiles = 100_000
    package var listPages = 1000
    /// Left free on the disk for others.
    package var spareBytes = 64 << 20

    package init() {}
}
