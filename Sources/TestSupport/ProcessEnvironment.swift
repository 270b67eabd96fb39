#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The environment of the test process.
package enum ProcessEnvironment {
    package static let variables = ProcessInfo.processInfo.environment
}
