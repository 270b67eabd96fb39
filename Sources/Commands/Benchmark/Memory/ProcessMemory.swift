#if canImport(Darwin)
    internal import Darwin
#endif

/// Memory of this process, as the system counts it.
struct ProcessMemory {
    /// Largest resident set so far.
    var peakResidentBytes: Int
    /// Resident memory that is no page of a file.
    var anonymousBytes: Int?

    /// - Returns: `nil` when the system does not tell.
    static func current() -> ProcessMemory? {
        #if canImport(Darwin)
            var usage = rusage()
            guard getrusage(RUSAGE_SELF, &usage) == 0 else { return nil }
            return ProcessMemory(peakResidentBytes: Int(usage.ru_maxrss))
        #else
            guard let bytes = try? InputFile.read("/proc/self/status") else { return nil }
            return ProcessMemory(status: String(decoding: bytes, as: UTF8.self))
        #endif
    }
}

extension ProcessMemory {
    /// Reads the fields of Linux's `/proc/self/status`.
    init?(status: String) {
        func kibibytes(_ name: String) -> Int? {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
            return line?.split { $0 == ":" || $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) }
        }
        guard let peak = kibibytes("VmHWM") else { return nil }
        self.init(peakResidentBytes: peak << 10, anonymousBytes: kibibytes("RssAnon").map { $0 << 10 })
    }
}
