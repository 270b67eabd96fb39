/// How far a download has come.
package struct HubProgress: Sendable, Equatable {
    package enum Phase: String, Sendable {
        /// Asking the hub which files there are.
        case listing
        /// Another process downloads the same file.
        case waiting
        case downloading
        case verifying
    }

    package var phase: Phase
    package var completedFiles = 0
    package var totalFiles = 0
    /// Downloaded, those of earlier attempts included.
    package var bytes = 0
    package var totalBytes = 0
    /// Over the last few seconds; 0 while unknown.
    package var bytesPerSecond = 0.0

    package init(phase: Phase) { self.phase = phase }

    /// Seconds until all is downloaded at the present speed; nil while unknown.
    package var secondsLeft: Double? {
        bytesPerSecond > 0 && totalBytes > bytes ? Double(totalBytes - bytes) / bytesPerSecond : nil
    }
}
