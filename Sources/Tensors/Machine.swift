#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// What this process may use of the machine: affinity mask and cgroup limits included.
package enum Machine {
    /// Physical cores in the affinity mask, no more than the cgroup's CPU quota, at least 1.
    package static func physicalCores() -> Int {
        let cores = cores()
        let count = cores.isEmpty ? onlineProcessors() : min(cores.count, onlineProcessors())
        guard let quota = cgroupCPUQuota() else { return max(1, count) }
        return max(1, min(count, quota))
    }

    /// The processors (hardware threads) of each physical core in the affinity mask, in order; empty where the
    /// system does not tell.
    package static func cores() -> [[Int]] {
        guard let processors = allowedProcessors() else { return [] }
        // Hardware threads of one core name the same lowest sibling.
        let cores = Dictionary(grouping: processors) { firstSibling(of: $0) ?? $0 }
        return cores.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Where the calling thread may run; `nil` where the system does not tell.
    package static func processorsOfThisThread() -> [Int]? {
        allowedProcessors(status: "/proc/thread-self/status")
    }

    /// Physical memory in bytes, no more than the cgroup's limit.
    package static func totalMemoryBytes() -> Int {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let physical = pages > 0 ? Int(pages) * SystemMemory.pageSize : 0
        return min(physical, cgroupMemory().map(\.limit) ?? Int.max)
    }

    /// Bytes that can be allocated without swapping, no more than the cgroup leaves.
    package static func availableMemoryBytes() -> Int {
        let total = totalMemoryBytes()
        var available = total
        if let text = readSmallFile("/proc/meminfo"),
            let kibibytes = field("MemAvailable", in: text).flatMap({ Int($0.prefix { $0 != " " }) })
        {
            available = min(available, kibibytes << 10)
        }
        if let cgroup = cgroupMemory() {
            available = min(available, max(0, cgroup.limit - cgroup.used))
        }
        return available
    }

    /// Resident set size of this process in bytes; 0 where the system does not tell.
    package static func residentBytes() -> Int {
        guard let text = readSmallFile("/proc/self/statm") else { return 0 }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
        return pages * SystemMemory.pageSize
    }

    /// The processor's model name.
    package static func cpuName() -> String {
        readSmallFile("/proc/cpuinfo").flatMap { field("model name", in: $0) } ?? "unknown processor"
    }

    /// Memory limit of this process's cgroup in bytes, if it has one.
    package static func cgroupMemoryLimitBytes() -> Int? { cgroupMemory()?.limit }
}

// MARK: - Internals

extension Machine {
    /// Numbers of the processors in the affinity mask; `nil` where the system does not tell.
    static func allowedProcessors() -> [Int]? { allowedProcessors(status: "/proc/self/status") }

    private static func allowedProcessors(status: String) -> [Int]? {
        readSmallFile(status).flatMap { field("Cpus_allowed_list", in: $0) }.map(processors(inList:))
    }

    /// The numbers of a list such as "0-3,8".
    private static func processors(inList list: String) -> [Int] {
        list.split(separator: ",").flatMap { part -> [Int] in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last else { return [] }
            return Array(first...last)
        }
    }

    private static func onlineProcessors() -> Int {
        max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    private static func firstSibling(of processor: Int) -> Int? {
        let path = "/sys/devices/system/cpu/cpu\(processor)/topology/thread_siblings_list"
        return readSmallFile(path).flatMap { Int($0.prefix { $0.isNumber }) }
    }

    /// Whole processors the quota allows, rounded up; `nil` without a quota.
    private static func cgroupCPUQuota() -> Int? {
        if let text = readSmallFile("/sys/fs/cgroup/cpu.max") {
            let fields = text.split { $0 == " " || $0 == "\n" }
            guard fields.count == 2, let quota = Int(fields[0]), let period = Int(fields[1]), period > 0
            else {
                return nil
            }
            return (quota + period - 1) / period
        }
        guard let quota = readNumber("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), quota > 0,
            let period = readNumber("/sys/fs/cgroup/cpu/cpu.cfs_period_us"), period > 0
        else { return nil }
        return (quota + period - 1) / period
    }

    /// The limit that leaves least, of this process's cgroup and those around it.
    private static func cgroupMemory() -> (limit: Int, used: Int)? {
        var tightest: (limit: Int, used: Int)?
        func note(_ limit: Int?, _ used: Int?) {
            // Version 1 writes a number near Int.max for "no limit".
            guard let limit, limit < 1 << 60 else { return }
            let found = (limit: limit, used: used ?? 0)
            if let known = tightest, known.limit - known.used <= found.limit - found.used { return }
            tightest = found
        }
        for folder in cgroupFolders(controller: "", root: "/sys/fs/cgroup") {
            note(readNumber(folder + "/memory.max"), readNumber(folder + "/memory.current"))
        }
        for folder in cgroupFolders(controller: "memory", root: "/sys/fs/cgroup/memory") {
            note(
                readNumber(folder + "/memory.limit_in_bytes"), readNumber(folder + "/memory.usage_in_bytes"))
        }
        return tightest
    }

    /// The folders of this process's cgroup and those around it, the outermost first. In a container the first one
    /// is its own, and the others may not be there.
    /// - Parameter controller: of version 1; empty for version 2.
    private static func cgroupFolders(controller: String, root: String) -> [String] {
        var folders = [root]
        for line in (readSmallFile("/proc/self/cgroup") ?? "").split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3,
                fields[1].split(separator: ",", omittingEmptySubsequences: false).contains(controller[...])
            else { continue }
            for name in fields[2].split(separator: "/") {
                folders.append(folders[folders.count - 1] + "/" + name)
            }
        }
        return folders
    }

    private static func readNumber(_ path: String) -> Int? {
        readSmallFile(path).flatMap { Int($0.prefix { $0.isNumber || $0 == "-" }) }
    }

    /// The value of the first line `name : value`.
    private static func field(_ name: String, in text: String) -> String? {
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            return String(line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
        }
        return nil
    }

    /// The first 64 KiB of a file of the proc or sys file system.
    static func readSmallFile(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let capacity = 1 << 16
        var total = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            while total < capacity {
                let got = read(descriptor, buffer.baseAddress?.advanced(by: total), capacity - total)
                guard got > 0 else { break }
                total += got
            }
            count = total
        }
        return total == 0 ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
