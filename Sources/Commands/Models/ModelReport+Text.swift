extension ModelReport {
    /// The report for people.
    /// - Parameter listsTensors: every tensor, instead of one line for each type.
    package func text(listsTensors: Bool) -> String {
        var lines = [path, ""]
        lines += overview.map { "  \($0.0.padded(to: 14))\($0.1)" }
        lines += ["", "Memory plan"] + planLines.map { "  " + $0 }
        lines += ["", "Metadata"] + metadataLines.map { "  " + $0 }
        lines += ["", listsTensors ? "Tensors" : "Tensors by type (--tensors lists them)"]
        lines += (listsTensors ? tensorLines : typeLines).map { "  " + $0 }
        return lines.joined(separator: "\n").printable() + "\n"
    }

    // MARK: - Internals

    private var overview: [(String, String)] {
        var lines = [("format", format), ("architecture", architecture ?? "not named")]
        if let quantization { lines.append(("quantization", quantization)) }
        return lines + [
            ("files", "\(files), \(bytes.byteText)"),
            ("parameters", Self.countText(parameters)),
            ("tokenizer", tokenizer.value.map { "\($0) tokens" } ?? tokenizer.problem ?? ""),
        ]
    }

    private var planLines: [String] {
        guard let plan = plan.value else {
            return ["none, because the model cannot be run here: \(plan.problem ?? "")"]
        }
        return [
            "weights   \(plan.weightBytes.byteText.padded(to: 10, left: true))  \(plan.weightFormat)",
            "          \(plan.conversions)",
            "kv cache  \(plan.kvCacheBytes.byteText.padded(to: 10, left: true))  "
                + "\(plan.blocks) blocks of \(plan.tokensPerBlock) tokens, "
                + "\(plan.kvFormat), \(plan.kvBytesPerToken.byteText) for each token",
            "scratch   \(plan.scratchBytes.byteText.padded(to: 10, left: true))  session \(plan.sessionLen) tokens, "
                + "batch \(plan.maxBatchSize), \(plan.threads) threads, \(plan.isa)",
        ]
    }

    private var metadataLines: [String] {
        let width = metadata.map(\.key.count).max() ?? 0
        return metadata.map { field in
            let count = field.count.map { $0 == 1 ? "  (1 element)" : "  (\($0) elements)" } ?? ""
            return "\(field.key.padded(to: width))  \(field.value)\(count)"
        }
    }

    private var typeLines: [String] {
        var order: [String] = []
        var rows: [String: (tensors: Int, values: Int, bytes: Int?, isReadable: Bool)] = [:]
        for tensor in tensors {
            if rows[tensor.type] == nil { order.append(tensor.type) }
            var row = rows[tensor.type] ?? (0, 0, 0, tensor.isReadable)
            row.tensors += 1
            row.values &+= tensor.shape.reduce(1, &*)
            row.bytes = row.bytes.flatMap { sum in tensor.bytes.map { sum &+ $0 } }
            rows[tensor.type] = row
        }
        order.sort { (rows[$0]?.bytes ?? 0) > (rows[$1]?.bytes ?? 0) }
        let cells = order.compactMap { type in
            rows[type].map { row in
                [
                    type, "\(row.tensors)", Self.countText(row.values), row.bytes?.byteText ?? "unknown",
                    row.isReadable ? "yes" : "no",
                ]
            }
        }
        return TextTable.lines(header: ["type", "tensors", "values", "bytes", "readable"], rows: cells)
    }

    private var tensorLines: [String] {
        let cells = tensors.map { tensor in
            [
                tensor.name, "[\(tensor.shape.map(String.init).joined(separator: ", "))]", tensor.type,
                tensor.bytes?.byteText ?? "unknown",
            ]
        }
        return TextTable.lines(header: ["name", "shape", "type", "bytes"], rows: cells)
    }

    /// "134.5 million".
    private static func countText(_ count: Int) -> String {
        switch count {
        case ..<1_000_000: "\(count)"
        case ..<1_000_000_000: "\((Double(count) / 1e6).fixed(1)) million"
        default: "\((Double(count) / 1e9).fixed(2)) billion"
        }
    }
}
