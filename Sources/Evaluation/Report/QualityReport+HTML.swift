extension QualityReport {
    /// The report as one HTML page: no scripts, nothing from elsewhere, light or dark as the reader's system is.
    package var html: String {
        let title = "\(model): \(method), \(formatText)"
        var body = "<h1>\(HTMLText.escaped(model))</h1>\n"
        body += "<p class=\"lead\">\(HTMLText.escaped("\(method), \(formatText)"))</p>\n"
        body += summary
        body += charts
        if !measurements.isEmpty {
            body += "<h2>Quality</h2>\n"
            body += HTMLText.table(header: Self.measurementHeader, rows: measurements.map(Self.cells))
            body += "<p class=\"small\">KL is the divergence from the model before, in nats for each token."
            body += measuredOn.map { " Measured on \(HTMLText.escaped($0))." } ?? ""
            body += "</p>\n"
        }
        body += layers
        body += details
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(HTMLText.escaped(title))</title>
            <style>
            \(ReportStyle.css)</style>
            </head>
            <body>
            <main>
            \(body)</main>
            </body>
            </html>

            """
    }

    // MARK: - Internals

    /// The numbers that a reader looks for first.
    private var summary: String {
        var tiles = [
            ("bits per weight", ReportNumber.fixed(bitsPerWeight, 2)),
            ("size", sizePercent.map { ReportNumber.fixed($0, 1) + " %" } ?? "-"),
        ]
        if let first = measurements.first?.perplexity, measurements.count > 1,
            let after = measurements[1].perplexity, first > 0
        {
            let change = 100 * (after / first - 1)
            tiles.append(("perplexity", "\(change < 0 ? "" : "+")\(ReportNumber.fixed(change, 2)) %"))
        }
        if let divergence = measurements.dropFirst().first?.divergence {
            tiles.append(("mean KL", ReportNumber.short(divergence.mean)))
            tiles.append(("same top token", ReportNumber.percent(divergence.top1Agreement)))
        }
        let items = tiles.map {
            "<div><b>\(HTMLText.escaped($0.1))</b><span>\(HTMLText.escaped($0.0))</span></div>"
        }
        return "<div class=\"tiles\">\n" + items.joined(separator: "\n") + "\n</div>\n"
    }

    private var charts: String {
        var plots = [
            BarPlot(
                title: "Size",
                bars: [
                    .init(
                        label: "before", value: Double(bytesBefore),
                        valueText: ReportNumber.bytes(bytesBefore), isAccented: false),
                    .init(
                        label: "after", value: Double(bytesAfter), valueText: ReportNumber.bytes(bytesAfter),
                        isAccented: true),
                ])
        ]
        plots += [
            plot("Perplexity", { $0.perplexity }, { ReportNumber.fixed($0, 3) }),
            plot("Mean KL divergence", { $0.divergence?.mean }, ReportNumber.short),
            plot("KL divergence, 99th percentile", { $0.divergence?.percentile99 }, ReportNumber.short),
        ].compactMap(\.self)
        let figures = plots.map {
            "<figure><figcaption>\(HTMLText.escaped($0.title))</figcaption>\n\($0.svg)</figure>\n"
        }
        return "<div class=\"charts\">\n" + figures.joined() + "</div>\n"
    }

    /// Bars of the measurements that have a value; nil without any.
    private func plot(
        _ title: String, _ value: (Measurement) -> Double?, _ text: (Double) -> String
    ) -> BarPlot? {
        let bars = measurements.enumerated().compactMap { index, measurement in
            value(measurement).map {
                BarPlot.Bar(
                    label: measurement.name, value: $0, valueText: text($0), isAccented: index == 1)
            }
        }
        return bars.isEmpty ? nil : BarPlot(title: title, bars: bars)
    }

    private var layers: String {
        guard !linears.isEmpty else { return "" }
        var html = "<h2>Error of each layer</h2>\n"
        let lines = errorLines
        if !lines.isEmpty {
            let plot = LinePlot(title: "Relative error of each linear layer", lines: lines)
            html += "<div class=\"wide\">\(plot.svg)</div>\n\(plot.legend)"
            html +=
                "<p class=\"small\">Change of a linear layer's outputs over their size (root mean square), by layer. "
                + "Where a layer has several linears of a kind, the worst of them.</p>\n"
        }
        html += "<h2>Worst layers</h2>\n"
        return html
            + HTMLText.table(
                header: ["linear layer", "relative error", "loss"],
                rows: worstLinears.map {
                    [$0.name, ReportNumber.short($0.relativeError), ReportNumber.optional($0.loss)]
                })
    }

    private var details: String {
        let rows = factRows.map {
            "<tr><th>\(HTMLText.escaped($0.name))</th><td>\(HTMLText.escaped($0.value))</td></tr>\n"
        }
        let remarks = notes.map { "<li>\(HTMLText.escaped($0))</li>\n" }
        return "<h2>Details</h2>\n<div class=\"wide\"><table class=\"facts\">\n" + rows.joined()
            + "</table></div>\n" + (remarks.isEmpty ? "" : "<ul>\n" + remarks.joined() + "</ul>\n")
    }
}
