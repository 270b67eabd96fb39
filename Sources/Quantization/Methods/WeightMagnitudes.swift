/// How large the weights behind each input are, over all linear layers with these inputs.
struct WeightMagnitudes {
    let weights: [WeightRows]

    /// Outputs that are read at a time.
    private static let rowsAtOnce = 64

    /// The mean over outputs of a weight's magnitude relative to the largest of its group.
    func relativeMeans(group: Int) -> [Float] {
        var totals = [Double](repeating: 0, count: weights[0].inputs)
        forEachRow { row in
            for start in stride(from: 0, to: row.count, by: group) {
                let part = row.slice(start, group)
                let largest = part.reduce(0) { max($0, abs($1)) }
                guard largest > 0 else { continue }
                for place in 0..<group { totals[start + place] += Double(abs(part[place]) / largest) }
            }
        }
        let outputs = Double(max(weights.reduce(0) { $0 + $1.outputs }, 1))
        return totals.map { Float($0 / outputs) }
    }

    /// The largest magnitude.
    var maxima: [Float] {
        var maxima = [Float](repeating: 0, count: weights[0].inputs)
        forEachRow { row in
            for place in row.indices { maxima[place] = max(maxima[place], abs(row[place])) }
        }
        return maxima
    }

    private func forEachRow(_ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
        for part in weights {
            for first in stride(from: 0, to: part.outputs, by: Self.rowsAtOnce) {
                let rows = first..<min(first + Self.rowsAtOnce, part.outputs)
                withFloats(rows.count * part.inputs) { values in
                    part.read(rows, into: values)
                    for index in 0..<rows.count { body(values.slice(index * part.inputs, part.inputs)) }
                }
            }
        }
    }
}
