/// Lines over the layers of a model, one for each kind of linear layer, as inline SVG.
struct LinePlot {
    struct Line {
        var name: String
        /// Ascending in `x`.
        var points: [Point]
    }

    struct Point: Equatable {
        var x: Int
        var y: Double
        /// What the point is, for who points at it.
        var label: String
    }

    var title: String
    var lines: [Line]

    private static let width = 760.0
    private static let height = 300.0
    private static let plot = (left: 64.0, right: 748.0, top: 12.0, bottom: 264.0)
    /// Colours that the page defines.
    static let colors = 8

    var svg: String {
        let points = lines.flatMap(\.points)
        let last = points.map(\.x).max() ?? 0
        let ticks = AxisTicks(largest: points.map(\.y).filter(\.isFinite).max() ?? 0)
        func x(_ value: Int) -> Double {
            last == 0
                ? (Self.plot.left + Self.plot.right) / 2
                : Self.plot.left + Double(value) / Double(last) * (Self.plot.right - Self.plot.left)
        }
        func y(_ value: Double) -> Double {
            Self.plot.bottom - value / ticks.end * (Self.plot.bottom - Self.plot.top)
        }
        var svg =
            "<svg class=\"lines\" viewBox=\"0 0 \(SVGNumber.text(Self.width)) \(SVGNumber.text(Self.height))\" "
            + "role=\"img\" aria-label=\"\(HTMLText.escaped(title))\">\n"
        for tick in ticks.values { svg += Self.gridLine(at: y(tick), label: ReportNumber.tick(tick)) }
        for layer in Self.layerTicks(last: last) { svg += Self.layerLabel(layer, at: x(layer)) }
        for (index, line) in lines.enumerated() {
            let drawn = line.points.filter(\.y.isFinite)
            let corners = drawn.map { "\(SVGNumber.text(x($0.x))),\(SVGNumber.text(y($0.y)))" }
            svg += "<g class=\"color\(index % Self.colors)\">"
            svg += "<polyline points=\"\(corners.joined(separator: " "))\"/>"
            for point in drawn {
                let (left, top) = (SVGNumber.text(x(point.x)), SVGNumber.text(y(point.y)))
                let label = HTMLText.escaped(point.label)
                svg += "<circle cx=\"\(left)\" cy=\"\(top)\" r=\"3\"><title>\(label)</title></circle>"
            }
            svg += "</g>\n"
        }
        return svg + "</svg>\n"
    }

    /// Which colour is which line, in HTML, so that it wraps.
    var legend: String {
        let entries = lines.enumerated().map { index, line in
            "<span class=\"color\(index % Self.colors)\">\(HTMLText.escaped(line.name))</span>"
        }
        return "<p class=\"legend\">" + entries.joined(separator: "\n") + "</p>\n"
    }

    // MARK: - Internals

    private static func gridLine(at y: Double, label: String) -> String {
        "<line class=\"grid\" x1=\"\(SVGNumber.text(plot.left))\" x2=\"\(SVGNumber.text(plot.right))\" "
            + "y1=\"\(SVGNumber.text(y))\" y2=\"\(SVGNumber.text(y))\"/>"
            + "<text class=\"value\" x=\"\(SVGNumber.text(plot.left - 8))\" y=\"\(SVGNumber.text(y + 4))\">"
            + "\(label)</text>\n"
    }

    private static func layerLabel(_ layer: Int, at x: Double) -> String {
        "<text class=\"middle\" x=\"\(SVGNumber.text(x))\" y=\"\(SVGNumber.text(plot.bottom + 22))\">"
            + "\(layer)</text>\n"
    }

    /// At most a dozen layers, evenly spaced from 0.
    private static func layerTicks(last: Int) -> some Sequence<Int> {
        let step = [1, 2, 5, 10, 20, 50, 100].first { last / $0 <= 12 } ?? 200
        return stride(from: 0, through: last, by: step)
    }
}

/// Round numbers from 0 to at least the largest value.
struct AxisTicks {
    let values: [Double]
    var end: Double { values.last ?? 1 }

    /// Most steps from 0 to the end.
    private static let steps = 5.0

    init(largest: Double) {
        guard largest > 0, largest.isFinite else {
            values = [0, 1]
            return
        }
        let unit = powerOfTen(decimalExponent(of: largest / Self.steps))
        let steps = [1.0, 2, 2.5, 5, 10].map { $0 * unit }
        let step = steps.first { $0 * Self.steps >= largest * 0.999999 } ?? 10 * unit
        let count = Int((largest / step - 1e-9).rounded(.up))
        values = (0...max(1, count)).map { Double($0) * step }
    }
}
