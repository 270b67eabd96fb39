/// Horizontal bars from zero, one below the other, each with a label and a value above it, as inline SVG.
struct BarPlot {
    struct Bar {
        var label: String
        var value: Double
        var valueText: String
        /// Whether the bar is what the plot is about.
        var isAccented: Bool
    }

    var title: String
    var bars: [Bar]

    /// Units of the picture, which is as wide as a phone: text keeps its size there.
    private static let width = 360.0
    private static let rowHeight = 44.0
    /// Characters of a label that fit beside a value.
    private static let labelLength = 30

    var svg: String {
        let height = Double(bars.count) * Self.rowHeight
        let largest = bars.map(\.value).filter(\.isFinite).max() ?? 0
        let rows = bars.enumerated().map { index, bar in
            row(bar, top: Double(index) * Self.rowHeight, largest: largest)
        }
        return "<svg viewBox=\"0 0 \(SVGNumber.text(Self.width)) \(SVGNumber.text(height))\" role=\"img\" "
            + "aria-label=\"\(HTMLText.escaped(title))\">\n" + rows.joined() + "</svg>\n"
    }

    // MARK: - Internals

    private func row(_ bar: Bar, top: Double, largest: Double) -> String {
        let isDrawn = bar.value.isFinite && bar.value > 0 && largest > 0
        let length = isDrawn ? max(2, bar.value / largest * Self.width) : 0
        let label =
            bar.label.count > Self.labelLength ? bar.label.prefix(Self.labelLength - 1) + "…" : bar.label[...]
        let baseline = SVGNumber.text(top + 15)
        let barTop = SVGNumber.text(top + 22)
        return "<g><title>\(HTMLText.escaped(bar.label)): \(HTMLText.escaped(bar.valueText))</title>"
            + "<text x=\"0\" y=\"\(baseline)\">\(HTMLText.escaped(String(label)))</text>"
            + "<text class=\"value\" x=\"\(SVGNumber.text(Self.width))\" y=\"\(baseline)\">"
            + "\(HTMLText.escaped(bar.valueText))</text>"
            + "<rect class=\"track\" x=\"0\" y=\"\(barTop)\" width=\"\(SVGNumber.text(Self.width))\" "
            + "height=\"12\" rx=\"3\"/>"
            + "<rect class=\"\(bar.isAccented ? "accent" : "plain")\" x=\"0\" y=\"\(barTop)\" "
            + "width=\"\(SVGNumber.text(length))\" height=\"12\" rx=\"3\"/></g>\n"
    }
}

/// Coordinates with one decimal: a tenth of a pixel.
enum SVGNumber {
    static func text(_ value: Double) -> String {
        let text = ReportNumber.fixed(value, 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
