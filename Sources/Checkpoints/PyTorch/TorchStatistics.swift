internal import Tensors

/// Dictionaries of dictionaries of tensors, as calibration keeps them in PyTorch's files.
package enum TorchStatistics {
    /// Tensors by the names in both dictionaries, with a slash between them.
    package static func read(_ path: String) throws(CheckpointError) -> [String: [Float]] {
        var result: [String: [Float]] = [:]
        for tensor in try PyTorchFile.readNested(path) {
            let matrix = try StoredMatrix(
                tensor, elements: [.float(.float32), .float(.float16), .float(.bfloat16)])
            var values = [Float](repeating: 0, count: matrix.rows * matrix.columns)
            values.withUnsafeMutableBufferPointer { values in
                guard let base = values.baseAddress else { return }
                for row in 0..<matrix.rows {
                    matrix.readFloats(
                        row: row, columns: 0..<matrix.columns, into: base + row * matrix.columns)
                }
            }
            result[tensor.name] = values
        }
        return result
    }
}
