#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Installs functions that the operating system calls on signals.
enum SignalHandler {
    /// Calls `handler` on the next `signal`; after that the default action is back.
    /// - Parameter handler: may only make calls that are allowed in signal handlers.
    static func installOnce(_ signal: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
        var action = sigaction()
        action.sa_flags = Int32(truncatingIfNeeded: SA_RESETHAND)
        #if canImport(Glibc)
            action.__sigaction_handler.sa_handler = handler
        #elseif canImport(Musl)
            action.__sa_handler.sa_handler = handler
        #else
            action.__sigaction_u.__sa_handler = handler
        #endif
        sigaction(signal, &action, nil)
    }
}
