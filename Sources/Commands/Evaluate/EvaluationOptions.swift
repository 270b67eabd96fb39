package import ArgumentParser
internal import LMDeploy

/// How the model that is measured is held and computed.
package struct EvaluationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Format weights are held and computed in: auto, float32, float16, bfloat16, w8 or w4.",
            valueName: "type"))
    package var dtype = "auto"

    @Option(
        help: ArgumentHelp(
            "KV cache quantisation: 0 stores 16 bits, 8 stores 8 bits, 4 stores 4 bits. (default: what a workspace "
                + "says, else 0)", valueName: "bits"))
    package var quantPolicy: Int?

    @Option(help: ArgumentHelp("Compute threads. (default: the physical cores this process may use)"))
    package var threads: Int?

    @Option(help: ArgumentHelp("Also write the result to this file, as JSON.", valueName: "file"))
    package var json: String?

    package init() {}

    package func validate() throws {
        try Self.check(quantPolicy: quantPolicy, option: "--quant-policy")
        if let threads, threads < 1 {
            throw ToolError.option(name: "--threads", found: "\(threads)", expected: "at least 1")
        }
    }

    static func check(quantPolicy: Int?, option: String) throws(ToolError) {
        guard let quantPolicy else { return }
        guard [0, 4, 8].contains(quantPolicy) else {
            throw .option(name: option, found: "\(quantPolicy)", expected: "0, 4 or 8")
        }
    }

    var engineConfig: TurbomindEngineConfig {
        TurbomindEngineConfig(dtype: dtype, quantPolicy: quantPolicy, threads: threads)
    }
}
