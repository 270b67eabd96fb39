internal import Checkpoints
internal import Tensors

/// How a matrix is divided between tensor-parallel ranks: as in LMDeploy, each has an equal share of every part's
/// outputs, or of the inputs.
struct MatrixDivision {
    let division: PackedTable.Division
    let ranks: Int
    /// Rows of each part of the whole matrix.
    let rows: [Int]
    let columns: Int

    /// A rectangle of the whole matrix and where it lies in a rank's share.
    struct Piece: Equatable {
        var rows: Range<Int>
        var columns: Range<Int>
        var shareRow: Int
    }

    /// Rows of each part, and columns, of one rank's share.
    var shareRows: [Int] { division == .outputs ? rows.map { $0 / ranks } : rows }
    var shareColumns: Int { division == .inputs ? columns / ranks : columns }

    /// What a rank has of the whole matrix, in the order of the share's rows.
    func pieces(rank: Int) -> [Piece] {
        var pieces: [Piece] = []
        var (row, shareRow) = (0, 0)
        let columns = division == .inputs ? rank * shareColumns..<(rank + 1) * shareColumns : 0..<columns
        for (whole, share) in zip(rows, shareRows) {
            let first = division == .outputs ? row + rank * share : row
            pieces.append(Piece(rows: first..<first + share, columns: columns, shareRow: shareRow))
            row += whole
            shareRow += share
        }
        return pieces
    }

    /// What is wrong with dividing a matrix in this way, if anything: every rank must have whole groups.
    func problem(_ name: String, _ format: WeightFormat) -> LoadError? {
        guard ranks > 1 else { return nil }
        let unit = format.columnUnit
        switch division {
        case .whole: return nil
        case .outputs:
            guard let odd = rows.first(where: { $0 % ranks != 0 }) else { return nil }
            return .indivisible(
                tensor: name, ranks: ranks, found: "\(odd) outputs", expected: "a multiple of \(ranks)")
        case .inputs:
            guard columns % ranks != 0 || shareColumns % unit != 0 else { return nil }
            return .indivisible(
                tensor: name, ranks: ranks, found: "\(columns) inputs",
                expected: "a multiple of \(ranks * unit), so that each rank has whole groups of \(format)")
        }
    }
}

extension PackedTable.Division {
    /// How the tensors of a linear layer, or its biases, are divided; nil for names that no rule is known for.
    static func ofLinear(_ names: [String]) -> PackedTable.Division? {
        let kinds = Set(
            names.map { name in name.split(separator: ".").dropLast().last.map(String.init) ?? name })
        if kinds.isSubset(of: ["q_proj", "k_proj", "v_proj", "gate_proj", "up_proj"]) { return .outputs }
        if kinds.isSubset(of: ["o_proj", "down_proj"]) { return .inputs }
        return nil
    }
}
