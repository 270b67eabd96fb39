extension Machine {
    /// Bytes of last-level cache that the processors in the affinity mask reach, all its parts together; `nil` where
    /// the system does not tell.
    package static func lastLevelCacheBytes() -> Int? {
        guard let processors = allowedProcessors() else { return nil }
        // A part is known by the processors that share it.
        var parts: [String: Int] = [:]
        for processor in processors {
            guard let cache = lastLevelCache(of: processor) else { continue }
            parts[cache.sharedWith] = cache.bytes
        }
        return parts.isEmpty ? nil : parts.values.reduce(0, +)
    }

    /// Bytes of a size as the system writes it, such as "512K".
    package static func cacheBytes(_ text: some StringProtocol) -> Int? {
        let digits = text.prefix { $0.isNumber }
        guard let number = Int(digits), number > 0 else { return nil }
        switch text.dropFirst(digits.count).first {
        case "K": return number << 10
        case "M": return number << 20
        case "G": return number << 30
        default: return number
        }
    }

    private static func lastLevelCache(of processor: Int) -> (bytes: Int, sharedWith: String)? {
        let caches = (0..<8).compactMap { index -> (level: Int, bytes: Int, sharedWith: String)? in
            let folder = "/sys/devices/system/cpu/cpu\(processor)/cache/index\(index)/"
            guard let level = readSmallFile(folder + "level").flatMap({ Int($0.prefix { $0.isNumber }) }),
                let bytes = readSmallFile(folder + "size").flatMap({ cacheBytes($0) }),
                let sharedWith = readSmallFile(folder + "shared_cpu_list")
            else { return nil }
            return (level, bytes, sharedWith)
        }
        return caches.max { $0.level < $1.level }.map { ($0.bytes, $0.sharedWith) }
    }
}
