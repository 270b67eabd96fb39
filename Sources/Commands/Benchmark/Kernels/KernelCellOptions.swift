package import ArgumentParser
internal import KernelLab
internal import Tensors

/// Options that choose the cells of `benchmark kernels`.
package struct KernelCellOptions: ParsableArguments {
    @Flag(help: "Take the full lists, a quarter of an hour or more, for those that are not given.")
    package var full = false

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Operations: linear, decode, prefill. (default: all)", valueName: "op"))
    package var operation: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Weight formats: fp32, fp16, bf16, w8, w8g32, w8g64, w8g128, w4g32, w4g64, w4g128.",
            valueName: "format"))
    package var format: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Outputs and inputs of linear layers, such as 2048x8192.", valueName: "NxK"))
    package var shape: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Rows that are multiplied together.", valueName: "n"))
    package var rows: [Int] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Formats of the KV cache: fp32, fp16, bf16, int8, int4.", valueName: "format"))
    package var kvFormat: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Query heads, KV heads and the dimension of attention, such as 32:8:128.", valueName: "Q:KV:D"))
    package var heads: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Tokens that attention looks back on.", valueName: "tokens"))
    package var context: [Int] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            """
            Instruction sets: generic, avx2, avxvnni, avx512bw, avx512, neon, all. \
            (default: the best of this CPU)
            """,
            valueName: "name"))
    package var isa: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Numbers of threads. (default: the physical cores this process may use)", valueName: "n"))
    package var threads: [Int] = []

    package init() {}

    /// Whether an option that chooses cells is given, other than instruction set and threads.
    var selectsCells: Bool {
        full || !operation.isEmpty || !format.isEmpty || !shape.isEmpty || !rows.isEmpty || !kvFormat.isEmpty
            || !heads.isEmpty || !context.isEmpty
    }

    func cells() throws -> [KernelCell] {
        try selection().cells(instructionSets: try instructionSets(), threads: try threadCounts())
    }

    func instructionSets() throws -> [InstructionSet] {
        guard !isa.isEmpty else {
            return [try Kernels.select(environment: CurrentProcess.environment).instructionSet]
        }
        var sets: [InstructionSet] = []
        for name in isa {
            sets += try InstructionSet.parsing(name).filter { !sets.contains($0) }
        }
        return sets
    }

    func threadCounts() throws -> [Int] {
        let most = WorkerPool.maximumThreads
        if let wrong = threads.first(where: { !(1...most).contains($0) }) {
            throw ToolError.option(name: "--threads", found: "\(wrong)", expected: "1...\(most)")
        }
        return threads.isEmpty ? [Machine.physicalCores()] : threads
    }

    // MARK: - Internals

    /// Only the operations that the given lists are about, unless operations are given.
    private func operations() throws -> [KernelWork.Operation] {
        guard operation.isEmpty else {
            return try operation.map { name in
                guard let operation = KernelWork.Operation(rawValue: name) else {
                    throw ToolError.option(
                        name: "--operation", found: "'\(name)'",
                        expected: KernelWork.Operation.allCases.map(\.rawValue).joined(separator: ", "))
                }
                return operation
            }
        }
        let isLinear = !format.isEmpty || !shape.isEmpty || !rows.isEmpty
        let isAttention = !kvFormat.isEmpty || !heads.isEmpty || !context.isEmpty
        if isLinear == isAttention { return KernelWork.Operation.allCases }
        return isLinear ? [.linear] : [.decode, .prefill]
    }

    private func selection() throws -> CellSelection {
        var selection = full ? CellSelection.full : .quick
        selection.operations = try operations()
        if !format.isEmpty { selection.formats = try format.map { try WeightFormat(parsing: $0) } }
        if !shape.isEmpty { selection.shapes = try shape.map { try MatrixShape(parsing: $0) } }
        if !rows.isEmpty { selection.rows = rows }
        if !kvFormat.isEmpty {
            selection.elements = try kvFormat.map { try KVCacheShape.Element(parsing: $0) }
        }
        if !heads.isEmpty { selection.heads = try heads.map { try HeadShape(parsing: $0) } }
        if !context.isEmpty { selection.contexts = context }
        return selection
    }
}
