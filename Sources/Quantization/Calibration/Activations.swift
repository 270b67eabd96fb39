internal import Checkpoints
internal import Layers
internal import Models
internal import Tensors

/// Rows of floats, one for each token of the calibration text, in the order of the samples.
final class Activations {
    let rows: Int
    let width: Int
    let stride: Int
    private let buffer: FloatBuffer

    init(rows: Int, width: Int) throws(QuantizationError) {
        self.rows = rows
        self.width = width
        stride = (width + 15) / 16 * 16
        do {
            buffer = try FloatBuffer(count: rows * stride, for: "the calibration's activations")
        } catch {
            throw .memory(error.description)
        }
    }

    var byteCount: Int { buffer.byteCount }

    func pointer(row: Int) -> RowPointer { RowPointer(buffer.pointer + row * stride, stride: stride) }

    func row(_ row: Int) -> UnsafeMutableBufferPointer<Float> {
        precondition((0..<rows).contains(row))
        return UnsafeMutableBufferPointer(start: buffer.pointer + row * stride, count: width)
    }

    /// Everything, rows one after the other with their padding.
    var elements: UnsafeMutableBufferPointer<Float> { buffer.elements }
}

extension Activations {
    /// What a model's first layer gets of the calibration text.
    convenience init(
        _ samples: CalibrationSamples, checkpoint: Checkpoint, geometry: ModelGeometry
    ) throws(QuantizationError) {
        try self.init(rows: samples.rows, width: geometry.hidden)
        let name = "model.embed_tokens.weight"
        guard let table = checkpoint.tensors[name] else { throw .missingTensor(name) }
        guard table.shape == [geometry.vocabulary, geometry.hidden] else {
            throw .shape(tensor: name, found: table.shape, expected: [geometry.vocabulary, geometry.hidden])
        }
        for (index, token) in samples.tokens.joined().enumerated() {
            guard token >= 0, token < geometry.vocabulary else {
                throw .samples("token \(token) of the calibration text is not in the model's vocabulary")
            }
            let values = row(index)
            table.readFloats(rows: Int(token)..<Int(token) + 1, into: values)
            guard values.allSatisfy(\.isFinite) else { throw .notFinite(tensor: name, row: Int(token)) }
        }
        table.discard()
    }
}

extension ModelConfiguration {
    func rotaryEmbedding(_ geometry: ModelGeometry) -> RotaryEmbedding {
        RotaryEmbedding(
            rotaryDimension: Int(Double(geometry.headDimension) * rotaryFraction), theta: ropeTheta,
            scaling: ropeScaling)
    }
}
