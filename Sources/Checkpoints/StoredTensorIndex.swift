/// Tensors of any number of files by name: an order of them, which takes four bytes for each.
struct StoredTensorIndex: RandomAccessCollection {
    private let tensors: [StoredTensor]
    /// By name; those of one name in the order they came in.
    private let order: [Int32]

    init(_ tensors: [StoredTensor], where isWanted: (StoredTensor) -> Bool) {
        self.tensors = tensors
        order = (0..<Int32(tensors.count)).filter { isWanted(tensors[Int($0)]) }.sorted {
            (tensors[Int($0)].name, $0) < (tensors[Int($1)].name, $1)
        }
    }

    var startIndex: Int { 0 }

    var endIndex: Int { order.count }

    subscript(position: Int) -> StoredTensor { tensors[Int(order[position])] }

    /// The tensor of a name, the last one where there are several.
    subscript(name: String) -> StoredTensor? {
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if name < self[middle].name { high = middle } else { low = middle + 1 }
        }
        guard low > 0, self[low - 1].name == name else { return nil }
        return self[low - 1]
    }

    /// Calls `body` with each tensor whose name another one had before, and with that other one.
    func forEachRepeated(
        _ body: (_ tensor: StoredTensor, _ other: StoredTensor) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        for position in indices.dropFirst() where self[position - 1].name == self[position].name {
            try body(self[position], self[position - 1])
        }
    }
}
