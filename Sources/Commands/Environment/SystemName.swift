#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// What the operating system calls itself.
enum SystemName {
    static func current() -> (name: String, kernel: String, architecture: String) {
        var names = utsname()
        guard uname(&names) == 0 else { return ("unknown", "unknown", "unknown") }
        return (text(names.sysname), "\(text(names.sysname)) \(text(names.release))", text(names.machine))
    }

    /// The Linux distribution, such as `Debian GNU/Linux 12 (bookworm)`.
    static func distribution() -> String? {
        let descriptor = open("/etc/os-release", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let content = String(decoding: StandardStream.read(descriptor, atMost: 1 << 14), as: UTF8.self)
        let prefix = "PRETTY_NAME="
        guard let line = content.split(separator: "\n").first(where: { $0.hasPrefix(prefix) }) else {
            return nil
        }
        return String(line.dropFirst(prefix.count).filter { $0 != "\"" })
    }

    /// The text in a fixed array of C characters.
    private static func text<Array>(_ characters: Array) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
