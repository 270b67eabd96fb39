package import ArgumentParser
internal import Checkpoints

/// What a workspace is made of, with the flags of all of LMDeploy's eras.
package struct ConversionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the workspace goes. A workspace that is there is replaced.", valueName: "folder"))
    package var dstPath = "workspace"

    @Option(
        help: ArgumentHelp(
            "The format the model must have: \(ModelFormat.names).", valueName: "format"))
    package var modelFormat: String?

    @Option(
        help: ArgumentHelp(
            "A tokenizer other than the model's: a folder, a GGUF file, or tokenizer.json, tokenizer.model and the "
                + "like.", valueName: "path"))
    package var tokenizerPath: String?

    @Option(
        help: ArgumentHelp(
            "Format weights are held and computed in: auto, float32, float16, bfloat16, w8 or w4.",
            valueName: "type"))
    package var dtype = "auto"

    @Option(
        help: ArgumentHelp(
            "Weights that share a scale where --dtype rounds them, or that the model's must have: 32, 64 or 128; 0 "
                + "for the usual number.", valueName: "weights"))
    package var groupSize = 0

    @Option(
        help: ArgumentHelp(
            "Degree of tensor parallelism: one file for each rank, which are joined when the workspace is used.",
            valueName: "ranks"))
    package var tp = 1

    @Option(
        help: ArgumentHelp(
            "Quantised weights beside the model, as early versions had them: give their folder as the model.",
            valueName: "path"))
    package var quantPath: String?

    @Option(help: ArgumentHelp("Threads that pack. (default: the physical cores this process may use)"))
    package var threads: Int?

    @Flag(help: "Accepted as in LMDeploy: nothing in a model is executed.")
    package var trustRemoteCode = false

    package init() {}

    package func validate() throws {
        try require(!dstPath.isEmpty, "--dst-path", "empty", "a folder")
        try require(tp >= 1, "--tp", "\(tp)", "at least 1")
        try require(
            [0, 32, 64, 128].contains(groupSize), "--group-size", "\(groupSize)",
            "32, 64 or 128, or 0 for the usual one")
        try require(threads.map { $0 > 0 } ?? true, "--threads", "\(threads ?? 0)", "at least 1")
        if let quantPath {
            throw ToolError.option(
                name: "--quant-path", found: "'\(quantPath)'",
                expected: "nothing: give the folder of the quantised model as the model")
        }
        try require(
            modelFormat.map { ModelFormat(rawValue: $0) != nil } ?? true, "--model-format",
            "'\(modelFormat ?? "")'", "\(ModelFormat.names), the formats this version reads")
    }

    private func require(_ valid: Bool, _ name: String, _ found: String, _ expected: String) throws(ToolError)
    {
        if !valid { throw .option(name: name, found: found, expected: expected) }
    }
}
