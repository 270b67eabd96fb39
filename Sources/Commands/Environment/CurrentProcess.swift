#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The process this program runs in.
enum CurrentProcess {
    /// The environment variables it was started with.
    static var environment: [String: String] { ProcessInfo.processInfo.environment }

    static func end(exitCode: Int32) -> Never { exit(exitCode) }
}
