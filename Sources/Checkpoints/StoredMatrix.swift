internal import Tensors

/// A matrix of plain numbers in a file, of which any stretch of a row can be read.
struct StoredMatrix: Sendable {
    let name: String
    let rows: Int
    let columns: Int
    let element: StoredElement
    private let file: MappedFile
    private let offset: Int
    private let rowBytes: Int

    /// - Parameter elements: the types that the tensor may have.
    init(_ tensor: StoredTensor, elements: [StoredElement]) throws(CheckpointError) {
        guard elements.contains(tensor.element) else {
            let names = elements.map(\.name).joined(separator: " or ")
            throw tensor.malformed("has the type \(tensor.element.name), expected \(names)")
        }
        // A list has a row for each of its values.
        let isList = tensor.shape.count < 2
        let shape = isList ? [tensor.shape.first ?? 1, 1] : tensor.shape
        guard shape.count == 2, shape[0] > 0, shape[1] > 0 else {
            throw tensor.malformed("has the shape \(tensor.shape), expected a matrix with values")
        }
        guard isList || tensor.valueStride == 1 || shape[1] == 1 else {
            throw tensor.malformed("is stored as a view of another tensor, expected a tensor of its own")
        }
        name = tensor.name
        (rows, columns, element) = (shape[0], shape[1], tensor.element)
        (file, offset) = (tensor.file, tensor.offset)
        rowBytes = (isList ? tensor.valueStride : tensor.rowStride) * element.byteCount
        let end = offset + (rows - 1) * rowBytes + columns * element.byteCount
        // The readers of files have refused what does not fit.
        precondition(offset >= 0 && rowBytes >= 0 && end <= file.byteCount, "tensor outside of the file")
    }

    var path: String { file.path }
    var byteCount: Int { rows * columns * element.byteCount }

    /// Calls `body` with the address of the first value, and the bytes from one row to the next.
    // SAFETY: the initialiser checked that all rows lie in the file. Values have no alignment.
    func withBytes<R>(_ body: (_ start: UnsafeRawPointer, _ rowBytes: Int) -> R) -> R {
        file.withBytes { bytes in body(bytes.baseAddress.unsafelyUnwrapped + offset, rowBytes) }
    }

    /// The word at a place of a matrix of 32-bit integers.
    func word(_ row: Int, _ column: Int) -> UInt32 {
        precondition(row >= 0 && row < rows && column >= 0 && column < columns && element.byteCount == 4)
        return withBytes { start, rowBytes in
            let place = row * rowBytes + column * 4
            return UInt32(littleEndian: start.loadUnaligned(fromByteOffset: place, as: UInt32.self))
        }
    }

    /// The number at a place of a matrix of signed bytes.
    func byte(_ row: Int, _ column: Int) -> Int8 {
        precondition(row >= 0 && row < rows && column >= 0 && column < columns && element.byteCount == 1)
        return withBytes { start, rowBytes in
            start.load(fromByteOffset: row * rowBytes + column, as: Int8.self)
        }
    }

    /// The number in a row of a list of 32-bit or 64-bit integers.
    func integer(_ row: Int) -> Int {
        precondition(row >= 0 && row < rows)
        return withBytes { start, rowBytes in
            let place = start + row * rowBytes
            return element.byteCount == 4
                ? Int(Int32(littleEndian: place.loadUnaligned(as: Int32.self)))
                : Int(Int64(littleEndian: place.loadUnaligned(as: Int64.self)))
        }
    }

    /// Reads neighbouring values of a row of floats.
    func readFloats(row: Int, columns range: Range<Int>, into destination: UnsafeMutablePointer<Float>) {
        precondition(row >= 0 && row < rows && range.lowerBound >= 0 && range.upperBound <= columns)
        guard case .float(let dtype) = element else { preconditionFailure("\(name) has integers") }
        withBytes { start, rowBytes in
            let source = start + row * rowBytes + range.lowerBound * element.byteCount
            PlainDecoding.decodeFloats(source, dtype, range.count, destination)
        }
    }

    /// Drops the pages of some rows, or of all.
    func discard(rows range: Range<Int>? = nil) {
        let range = range ?? 0..<rows
        guard !range.isEmpty else { return }
        let start = offset + range.lowerBound * rowBytes
        file.discard(start..<start + (range.count - 1) * rowBytes + columns * element.byteCount)
    }
}

extension StoredTensor {
    func malformed(_ problem: String) -> CheckpointError {
        CheckpointError(
            .malformed, "\(file.path): the tensor \(quoted(name)) \(problem); download the model again")
    }

    func unsupported(_ problem: String) -> CheckpointError {
        CheckpointError(.unsupported, "\(file.path): the tensor \(quoted(name)) \(problem)")
    }
}
