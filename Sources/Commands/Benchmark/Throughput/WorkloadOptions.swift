package import ArgumentParser
internal import LMDeploy

/// Which requests are sent.
package struct WorkloadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "random or sharegpt. (default: sharegpt with a data set, else random)", valueName: "name"))
    package var datasetName: String?

    @Option(help: ArgumentHelp("A JSON file in ShareGPT's form.", valueName: "file"))
    package var datasetPath: String?

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Requests.", valueName: "n"))
    package var numPrompts = 100

    @Option(
        help: ArgumentHelp(
            "Tokens of every reply to ShareGPT's prompts. (default: as many as the file's reply has)",
            valueName: "tokens"))
    package var sharegptOutputLen: Int?

    @Option(help: ArgumentHelp("Most tokens of a random prompt.", valueName: "tokens"))
    package var randomInputLen = 256

    @Option(help: ArgumentHelp("Most tokens of a reply to one.", valueName: "tokens"))
    package var randomOutputLen = 128

    @Option(
        help: ArgumentHelp(
            "Fewest tokens as a share of the most, 0 to 1; lengths between are drawn uniformly.",
            valueName: "share"))
    package var randomRangeRatio = 0.0

    @Option(
        help: ArgumentHelp("Share of the requests to drop at a random token, 0 to 1.", valueName: "share"))
    package var cancelRate = 0.0

    @Option(help: "The same seed gives the same requests.")
    package var seed: UInt64 = 0

    package init() {}

    /// Whether prompts are random instead of a file's.
    package var isRandom: Bool { datasetName.map { $0 == "random" } ?? (datasetPath == nil) }

    package func validate() throws {
        if let datasetName, datasetName != "random", datasetName != "sharegpt" {
            throw ToolError.option(
                name: "--dataset-name", found: "'\(datasetName)'", expected: "random or sharegpt")
        }
        if isRandom, let datasetPath {
            throw ToolError.conflict("--dataset-name random takes no data set, but there is '\(datasetPath)'")
        }
        for (name, share) in [
            ("--random-range-ratio", randomRangeRatio), ("--cancel-rate", cancelRate),
        ] where !(0...1).contains(share) {
            throw ToolError.option(name: name, found: "\(share)", expected: "0...1")
        }
        for (name, value) in [
            ("--num-prompts", numPrompts), ("--sharegpt-output-len", sharegptOutputLen ?? 1),
            ("--random-input-len", randomInputLen), ("--random-output-len", randomOutputLen),
        ] where value < 1 {
            throw ToolError.option(name: name, found: "\(value)", expected: "at least 1")
        }
    }

    /// The requests that these options stand for.
    func requests(for pipeline: Pipeline, isTokenized: Bool) throws -> [ThroughputRequest] {
        try unlimitedRequests(for: pipeline, isTokenized: isTokenized)
            .cancelling(share: cancelRate, seed: seed)
    }

    private func unlimitedRequests(for pipeline: Pipeline, isTokenized: Bool) throws -> [ThroughputRequest] {
        if isRandom {
            let lengths = RandomWorkload(
                inputLength: randomInputLen, outputLength: randomOutputLen, rangeRatio: randomRangeRatio)
            return lengths.requests(count: numPrompts, synthetic: try .ordinary(pipeline), seed: seed)
        }
        guard let datasetPath else {
            throw ToolError.conflict("--dataset-name sharegpt needs a file: give --dataset-path")
        }
        let dataset = try ShareGPTDataset(json: try InputFile.read(datasetPath), path: datasetPath)
        let requests = try dataset.requests(
            count: numPrompts, seed: seed, outputLength: sharegptOutputLen, isTokenized: isTokenized
        ) { try pipeline.tokens(of: .raw($0)) }
        guard !requests.isEmpty else {
            throw ToolError.cannotRead(
                path: datasetPath,
                reason: "none of its \(dataset.pairs.count) conversations has usable lengths")
        }
        return requests
    }
}
