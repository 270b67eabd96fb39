internal import Checkpoints

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension Session {
    /// `{"op": "dequantise", "path": CHECKPOINT, "tensors": [NAMES]}`: each tensor's values as base64 of
    /// little-endian fp32.
    func dequantise(_ request: Request) throws -> Answer {
        let checkpoint = try Checkpoint.open(request.string("path"))
        let values = try request.strings("tensors").map { name in
            guard let tensor = checkpoint.tensors[name] else {
                throw ProbeError("\(checkpoint.path) has no tensor '\(name)'")
            }
            var floats = [Float](repeating: 0, count: tensor.rowCount * tensor.rowLength)
            floats.withUnsafeMutableBufferPointer {
                tensor.readFloats(rows: 0..<tensor.rowCount, into: $0)
            }
            var data = Data(capacity: floats.count * 4)
            for float in floats {
                withUnsafeBytes(of: float.bitPattern.littleEndian) { data.append(contentsOf: $0) }
            }
            return Answer.string(data.base64EncodedString())
        }
        return .object([(name: "values", value: .array(values))])
    }
}
