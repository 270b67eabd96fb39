package import ArgumentParser
internal import Checkpoints
internal import Quantization

/// `lmdeploy lite kv_qparams`: scales of a static int8 KV cache, for a workspace.
package struct KVParametersCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "kv_qparams",
        abstract: "Write the scales of an int8 KV cache into a workspace.",
        discussion: """
            Reads what lite calibrate wrote, and writes layers.N.past_kv_scale.RANK.weight beside a workspace's \
            weights. With quant_policy = 4 in its config.ini the KV cache is held in 8 bits with these scales. \
            quant_policy 8 needs no files: it computes scales for each token and head, and loses less.
            """)

    @Argument(help: ArgumentHelp("The folder that lite calibrate wrote.", valueName: "work-dir"))
    package var positionalWorkDir: String?

    @Argument(
        help: ArgumentHelp(
            "A workspace, or the folder of weights in it (workspace/triton_models/weights).",
            valueName: "turbomind-dir"))
    package var positionalTurbomindDir: String?

    @Option(
        name: .customLong("work-dir"), help: ArgumentHelp("The first folder, as a flag.", valueName: "folder")
    )
    package var flaggedWorkDir: String?

    @Option(
        name: .customLong("turbomind-dir"),
        help: ArgumentHelp("The second folder, as a flag.", valueName: "folder"))
    package var flaggedTurbomindDir: String?

    @Option(help: ArgumentHelp("Bits of a key or value: 8.", valueName: "bits"))
    package var kvBits = 8

    @Flag(help: "Scales around zero rather than between the smallest and largest value.")
    package var kvSym = false

    @Option(
        help: ArgumentHelp("Tensor-parallel ranks. (default: as many as the workspace has)", valueName: "n"))
    package var numTp: Int?

    package init() {}

    package func validate() throws {
        if kvBits != 8 { throw ToolError.option(name: "--kv-bits", found: "\(kvBits)", expected: "8") }
        if let numTp, numTp < 1 {
            throw ToolError.option(name: "--num-tp", found: "\(numTp)", expected: "at least 1")
        }
    }

    package func run() throws {
        // A folder that is given as a flag leaves the first argument to the other one.
        let arguments = [positionalWorkDir, positionalTurbomindDir].compactMap { $0 }
        let needed = [flaggedWorkDir, flaggedTurbomindDir].count { $0 == nil }
        guard arguments.count == needed else {
            throw ToolError.option(
                name: "WORK-DIR and TURBOMIND-DIR", found: "\(arguments.count + 2 - needed) folders",
                expected: "two: that of lite calibrate, and the weights of a workspace")
        }
        let statistics = flaggedWorkDir ?? arguments[0]
        let folder = try Self.workspace(at: flaggedTurbomindDir ?? arguments[arguments.count - 1])
        let checkpoint = try Checkpoint.open(folder, supportedArchitectures: ModelQuantizer.architectures)
        guard let workspace = checkpoint.workspace else { throw Self.noWorkspace(folder) }
        let ranks = workspace.packed.ranks
        if let numTp, numTp != ranks {
            throw ToolError.option(
                name: "--num-tp", found: "\(numTp)", expected: "\(ranks), as the workspace has")
        }
        let parameters = try KVParameters(statistics: statistics, isSymmetric: kvSym, ranks: ranks)
        guard parameters.layers.count == checkpoint.configuration.layerCount else {
            throw ToolError.conflict(
                "\(statistics) has \(parameters.layers.count) layers, and the workspace \(folder) "
                    + "\(checkpoint.configuration.layerCount): calibrate the workspace's own model")
        }
        try parameters.write(to: workspace.folder.weights)
        try StandardStream.write(
            "wrote the scales of \(parameters.layers.count) layers to \(workspace.folder.weights); set "
                + "quant_policy = 4 in \(workspace.folder.configuration) to use them\n")
    }

    // MARK: - Internals

    /// The workspace that a path is, or whose weights are there.
    private static func workspace(at path: String) throws -> String {
        let plain = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        if WorkspaceFolder.isWorkspace(plain) { return plain }
        let inner = "triton_models/weights"
        let outer =
            plain == inner
            ? "." : plain.hasSuffix("/" + inner) ? String(plain.dropLast(inner.count + 1)) : plain + "/../.."
        guard WorkspaceFolder.isWorkspace(outer) else { throw noWorkspace(path) }
        return outer
    }

    private static func noWorkspace(_ path: String) -> ToolError {
        .option(
            name: "TURBOMIND-DIR", found: "'\(path)'",
            expected: "a workspace that lmdeploy convert wrote, or its triton_models/weights")
    }
}
