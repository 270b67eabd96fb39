package import ArgumentParser

/// What all of `lite`'s commands take.
package struct LiteOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A Hugging Face folder of 16 or 32 bits, or a model on a hub (ORG/NAME).", valueName: "model"))
    package var positionalModel: String?

    @Option(name: .customLong("model"), help: ArgumentHelp("The same, as a flag.", valueName: "model"))
    package var flaggedModel: String?

    @OptionGroup package var hub: HubOptions

    @Option(help: ArgumentHelp("The folder to write, which must not exist yet.", valueName: "folder"))
    package var workDir = "./work_dir"

    @Option(
        help: ArgumentHelp(
            "Calibration text: a text file, JSONL, or a folder of them; a dataset's name (wikitext2, c4, ptb, "
                + "pileval), which is looked for in the local cache; or self: the model writes it.",
            valueName: "text"))
    package var calibDataset: String?

    @Option(
        help: ArgumentHelp(
            "Pieces of text to calibrate with. (default: as many as take half an hour, 8 to 128)",
            valueName: "n"))
    package var calibSamples: Int?

    @Option(help: ArgumentHelp("Tokens in each of them. (default: 512)", valueName: "tokens"))
    package var calibSeqlen: Int?

    @Option(help: ArgumentHelp("Pieces computed at a time: 1, whatever is given.", valueName: "n"))
    package var batchSize = 1

    @Option(help: ArgumentHelp("Type of what is not quantised: auto or float16.", valueName: "type"))
    package var dtype = "auto"

    @Flag(help: "Accepted for compatibility: code that comes with a model is never run.")
    package var trustRemoteCode = false

    @Option(
        help: ArgumentHelp("Where to compute: cpu. (cuda is accepted, and means it too)", valueName: "device")
    )
    package var device = "cpu"

    @Option(help: ArgumentHelp("Compute threads. (default: the physical cores this process may use)"))
    package var threads: Int?

    package init() {}

    package func validate() throws {
        if let positionalModel, let flaggedModel, positionalModel != flaggedModel {
            throw ToolError.conflict(
                "the model is given twice, as '\(positionalModel)' and as --model '\(flaggedModel)': keep one"
            )
        }
        guard model != nil else {
            throw ToolError.option(
                name: "MODEL", found: "missing",
                expected: "a Hugging Face folder of 16 or 32 bits, or ORG/NAME")
        }
        try require(calibSamples.map { $0 > 0 } ?? true, "--calib-samples", calibSamples ?? 0, "at least 1")
        try require(calibSeqlen.map { $0 > 1 } ?? true, "--calib-seqlen", calibSeqlen ?? 0, "at least 2")
        try require(batchSize > 0, "--batch-size", batchSize, "at least 1")
        try require(threads.map { $0 > 0 } ?? true, "--threads", threads ?? 0, "at least 1")
        try require(["auto", "float16"].contains(dtype), "--dtype", dtype, "auto or float16")
        try require(["cpu", "cuda"].contains(device), "--device", device, "cpu")
        try require(!workDir.isEmpty, "--work-dir", "empty", "a folder")
    }

    package var model: String? { positionalModel ?? flaggedModel }

    func require(
        _ valid: Bool, _ name: String, _ found: some Any, _ expected: String
    ) throws(ToolError) {
        if !valid { throw .option(name: name, found: "\(found)", expected: expected) }
    }
}

/// What the report at the end measures.
package struct LiteMeasurementOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Text to measure the model with, before and after. (default: a part of the calibration text that is kept "
                + "apart)", valueName: "file"))
    package var evalText: String?

    @Option(help: ArgumentHelp("Tokens to measure with; 0 leaves the measurement out.", valueName: "n"))
    package var evalTokens = 4096

    package init() {}

    package func validate() throws {
        if evalTokens != 0 && evalTokens < 64 {
            throw ToolError.option(
                name: "--eval-tokens", found: "\(evalTokens)", expected: "0, or at least 64")
        }
    }
}

/// How weights of 4 bits are grouped.
package struct FourBitOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Bits of a weight: 4.", valueName: "bits"))
    package var wBits = 4

    @Option(
        help: ArgumentHelp(
            "Weights that share a scale: 32, 64 or 128; where it does not divide the model's sizes, the largest of "
                + "them that does.",
            valueName: "n"))
    package var wGroupSize = 128

    package init() {}

    package func validate() throws {
        if wBits != 4 {
            throw ToolError.option(name: "--w-bits", found: "\(wBits)", expected: "4 (smooth_quant writes 8)")
        }
        if ![32, 64, 128].contains(wGroupSize) {
            throw ToolError.option(name: "--w-group-size", found: "\(wGroupSize)", expected: "32, 64 or 128")
        }
    }
}
