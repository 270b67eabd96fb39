// Loads a checkpoint and says what that took, as one line of JSON; tools/bench/loading.py runs it.
internal import Checkpoints
internal import Layers
internal import Models
internal import Tensors

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

@main
struct LoadProbe {
    static func main() {
        do {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            print("load-probe: \(error)")
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) throws {
        guard arguments.count == 2, let threads = Int(arguments[1]) else {
            print("usage: LoadProbe CHECKPOINT THREADS")
            exit(2)
        }
        let pool = try WorkerPool(threads: threads)
        // A virtual machine's host hands out memory when it is first written, at a price no loader can change;
        // the second time, the memory that the first load let go of is still there.
        let first = try load(arguments[0], pool: pool)
        var fields = try load(arguments[0], pool: pool)
        fields.append(("firstSeconds", first[0].1))
        fields.append(("touchSeconds", "\(try touchSeconds(fields, pool: pool))"))
        print("{" + fields.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}")
    }

    /// Loads the checkpoint and lets go of it. Returns names and values in JSON's notation.
    private static func load(_ path: String, pool: WorkerPool) throws -> [(String, String)] {
        let clock = ContinuousClock()
        let start = clock.now
        let used = processorSeconds()
        let checkpoint = try Checkpoint.open(
            path, supportedArchitectures: ModelRegistry.architectures)
        let opened = clock.now
        let loader = ParameterLoader(
            checkpoint: checkpoint, policy: FormatPolicy(override: nil), pool: pool)
        let model = try ModelRegistry.load(configuration: checkpoint.configuration, loader: loader)
        try loader.finish()
        let seconds = clock.now - start
        let tensors = checkpoint.tensors.values
        let largest = tensors.map { $0.rowCount * $0.rowLength * MemoryLayout<Float>.size }.max() ?? 0
        return [
            ("seconds", "\(seconds / .seconds(1))"),
            ("openSeconds", "\((opened - start) / .seconds(1))"),
            ("userSeconds", "\(processorSeconds().user - used.user)"),
            ("systemSeconds", "\(processorSeconds().system - used.system)"),
            ("sourceBytes", "\(tensors.reduce(0) { $0 + $1.byteCount })"),
            ("weightBytes", "\(model.cost.weightBytes)"),
            ("largestTensorFloatBytes", "\(largest)"),
            ("peakResidentBytes", "\(peakResidentBytes())"),
            ("conversions", "\"\(loader.weightConversions.summary)\""),
        ]
    }

    /// What the system alone takes to hand out as much memory as the weights need: no loader can be faster.
    private static func touchSeconds(_ fields: [(String, String)], pool: WorkerPool) throws -> Double {
        let byteCount = fields.first { $0.0 == "weightBytes" }.flatMap { Int($0.1) } ?? 0
        guard byteCount > 0 else { return 0 }
        let clock = ContinuousClock()
        let start = clock.now
        let buffer = try AlignedBuffer(byteCount: byteCount)
        pool.run { thread, threads in
            for place in stride(from: thread << 12, to: byteCount, by: threads << 12) {
                buffer.baseAddress.storeBytes(of: 1, toByteOffset: place, as: UInt8.self)
            }
        }
        return (clock.now - start) / .seconds(1)
    }

    private static func processorSeconds() -> (user: Double, system: Double) {
        var usage = rusage()
        // RUSAGE_SELF is 0 everywhere, but has other types on other systems.
        getrusage(0, &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
        return (seconds(usage.ru_utime), seconds(usage.ru_stime))
    }

    /// Most memory that was resident at a time, pages of mapped files included; 0 where it is unknown.
    ///
    /// `getrusage` would count what the process was before it ran this program.
    private static func peakResidentBytes() -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("VmHWM:") else { continue }
            return (text.split { $0 == " " || $0 == "\t" }.compactMap { Int($0) }.first ?? 0) << 10
        }
        return 0
    }
}
