extension QualityReport {
    /// A line for each kind of linear layer, with the worst of that kind in each layer.
    var errorLines: [LinePlot.Line] {
        var kinds: [String] = []
        var worst: [String: [Int: LinearError]] = [:]
        for linear in linears {
            guard let layer = linear.layer, linear.relativeError.isFinite else { continue }
            let kind = linear.kind
            if worst[kind] == nil { kinds.append(kind) }
            let known = worst[kind]?[layer]
            if known.map({ $0.relativeError < linear.relativeError }) ?? true {
                worst[kind, default: [:]][layer] = linear
            }
        }
        return kinds.map { kind in
            let points = (worst[kind] ?? [:]).sorted { $0.key < $1.key }.map { layer, linear in
                LinePlot.Point(
                    x: layer, y: linear.relativeError,
                    label: "\(linear.name): \(ReportNumber.short(linear.relativeError))")
            }
            return LinePlot.Line(name: kind, points: points)
        }
    }
}
