extension QualityReport {
    /// The text of `quantization_report.json`: everything the report holds, in units that names say.
    package var json: String {
        JSONOutput.object([
            ("version", .integer(1)),
            ("model", .string(model)),
            ("method", .string(method)),
            ("bits", .integer(bits)),
            ("group_size", JSONOutput(groupSize)),
            ("bits_per_weight", .number(bitsPerWeight)),
            ("bytes_before", .integer(bytesBefore)),
            ("bytes_after", .integer(bytesAfter)),
            ("settings", .object(settings.map { ($0.name, .string($0.value)) })),
            ("calibration", calibration.map(Self.output) ?? .null),
            ("measured_on", JSONOutput(measuredOn)),
            ("measurements", .array(measurements.map(Self.output))),
            ("linears", .array(linears.map(Self.output))),
            (
                "timings",
                .array(
                    timings.map {
                        .object([("name", .string($0.name)), ("seconds", .number($0.seconds))])
                    })
            ),
            ("notes", .array(notes.map(JSONOutput.string))),
        ]).text
    }

    // MARK: - Internals

    private static func output(_ calibration: Calibration) -> JSONOutput {
        .object([
            ("source", .string(calibration.source)), ("samples", .integer(calibration.samples)),
            ("tokens", .integer(calibration.tokens)),
        ])
    }

    private static func output(_ measurement: Measurement) -> JSONOutput {
        .object([
            ("name", .string(measurement.name)),
            ("perplexity", JSONOutput(measurement.perplexity)),
            ("standard_error", JSONOutput(measurement.standardError)),
            ("kl_divergence", measurement.divergence.map(output) ?? .null),
        ])
    }

    private static func output(_ divergence: Divergence) -> JSONOutput {
        .object([
            ("mean", .number(divergence.mean)), ("median", .number(divergence.median)),
            ("percentile99", .number(divergence.percentile99)), ("maximum", .number(divergence.maximum)),
            ("top1_agreement", .number(divergence.top1Agreement)),
        ])
    }

    private static func output(_ linear: LinearError) -> JSONOutput {
        .object([
            ("name", .string(linear.name)), ("layer", JSONOutput(linear.layer)),
            ("relative_error", .number(linear.relativeError)), ("loss", JSONOutput(linear.loss)),
        ])
    }
}
