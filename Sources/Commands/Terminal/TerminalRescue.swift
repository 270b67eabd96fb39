#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Gives the terminal back as it was however the process ends: by `exit`, by a signal or by a crash.
///
/// Signal handlers can reach nothing but static storage, hence the one piece of process-wide state here.
enum TerminalRescue {
    private struct Original {
        var descriptor: Int32
        var settings: termios
        var understandsSequences: Bool
    }

    // SAFETY: written once by `arm` before the handlers that read it are installed; never freed or changed after.
    nonisolated(unsafe) private static var original: UnsafePointer<Original>?

    /// Ends bracketed paste and shows the cursor.
    private static let resetSequence: StaticString = "\u{1B}[?2004l\u{1B}[?25h"

    private static let deadlySignals = [
        SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV,
    ]

    /// Remembers `settings` and installs the handlers.
    ///
    /// The first call counts.
    static func arm(descriptor: Int32, original settings: termios, understandsSequences: Bool) {
        guard original == nil else { return }
        let storage = UnsafeMutablePointer<Original>.allocate(capacity: 1)
        storage.initialize(
            to: Original(
                descriptor: descriptor, settings: settings, understandsSequences: understandsSequences))
        original = UnsafePointer(storage)
        atexit { TerminalRescue.restore() }
        for signal in deadlySignals {
            SignalHandler.installOnce(signal) {
                TerminalRescue.restore()
                // The default action is back, so that the process ends as it would have without a handler.
                raise($0)
            }
        }
    }

    /// Uses only calls that are allowed in signal handlers.
    ///
    /// Does nothing when no terminal was changed.
    private static func restore() {
        guard let original else { return }
        var settings = original.pointee.settings
        tcsetattr(original.pointee.descriptor, TCSANOW, &settings)
        guard original.pointee.understandsSequences else { return }
        _ = write(original.pointee.descriptor, resetSequence.utf8Start, resetSequence.utf8CodeUnitCount)
    }
}
