import Readers

// Runs libFuzzer on one reader: Fuzz READER [libFuzzer's options and corpus folders]
#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

typealias Callback = @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ callback: Callback
) -> CInt

guard let reader = CommandLine.arguments.dropFirst().first.flatMap(Reader.init(rawValue:)) else {
    print(Reader.allCases.map(\.rawValue).joined(separator: "\n"))
    exit(CommandLine.arguments.count == 1 ? 0 : 2)
}

// SAFETY: set once before the driver starts; libFuzzer calls back on this thread only.
nonisolated(unsafe) let harness = reader.makeHarness()

// libFuzzer sees the options without the reader's name.
let options = [CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)
var pointers: [UnsafeMutablePointer<CChar>?] = options.map { strdup($0) } + [nil]
var count = CInt(options.count)
let result = pointers.withUnsafeMutableBufferPointer { buffer in
    var arguments = buffer.baseAddress
    return runDriver(&count, &arguments) { bytes, size in
        harness.run(Array(UnsafeBufferPointer(start: bytes, count: size)))
        return 0
    }
}
harness.cleanUp()
exit(result)
