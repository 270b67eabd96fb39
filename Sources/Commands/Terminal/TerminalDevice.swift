// The operating-system calls for terminals.
#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A terminal that keys are read from, and the modes it can be in.
struct TerminalDevice {
    enum Mode {
        /// As the shell left it.
        case original
        /// Every key is delivered at once and nothing is echoed; Ctrl-C and Ctrl-Z are keys, too.
        case keys
    }

    let descriptor: Int32
    private let original: termios

    /// - Parameter understandsSequences: whether the terminal does more than print text.
    /// - Returns: `nil` when `descriptor` is no terminal.
    init?(descriptor: Int32, understandsSequences: Bool) {
        var settings = termios()
        guard isatty(descriptor) == 1, tcgetattr(descriptor, &settings) == 0 else { return nil }
        self.descriptor = descriptor
        original = settings
        TerminalRescue.arm(
            descriptor: descriptor, original: settings, understandsSequences: understandsSequences)
    }

    /// Waits until pending output is written and then changes the mode; what was typed ahead stays readable.
    func set(_ mode: Mode) {
        var settings = original
        if mode == .keys {
            settings.c_iflag &= ~tcflag_t(BRKINT | ICRNL | INPCK | ISTRIP | IXON)
            settings.c_lflag &= ~tcflag_t(ECHO | ICANON | IEXTEN | ISIG)
            withUnsafeMutableBytes(of: &settings.c_cc) {
                $0[Int(VMIN)] = 1
                $0[Int(VTIME)] = 0
            }
        }
        while tcsetattr(descriptor, TCSADRAIN, &settings) != 0 && errno == EINTR {}
    }

    /// Columns and rows; 80 x 24 where the terminal does not tell.
    static func size(descriptor: Int32) -> (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Stops this process and those it was started with (`make chat`) as Ctrl-Z does; returns when it is continued.
    static func suspendProcesses() {
        // Ignoring the signal meant for the others lets this thread, which may have it blocked, stop the process at
        // a known point.
        signal(SIGTSTP, SIG_IGN)
        kill(0, SIGTSTP)
        signal(SIGTSTP, SIG_DFL)
        var stop = sigset_t()
        var before = sigset_t()
        sigemptyset(&stop)
        sigaddset(&stop, SIGTSTP)
        pthread_sigmask(SIG_UNBLOCK, &stop, &before)
        raise(SIGTSTP)
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }
}
