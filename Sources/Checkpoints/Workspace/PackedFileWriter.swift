package import Tensors

/// Writes a file of packed weights, one matrix after the other.
package final class PackedFileWriter {
    private let stream: OutputStream
    private var table: PackedTable
    /// Written behind the matrices.
    private var vectors: [[Float]] = []

    /// - Parameter table: without matrices and vectors.
    package init(path: String, table: PackedTable) throws(CheckpointError) {
        stream = try OutputStream(path)
        self.table = table
        try stream.pad(to: PackedLayout.dataStart)
    }

    /// Bytes of the file so far.
    package var byteCount: Int { stream.offset }

    package func append(
        _ matrix: PackedMatrix, parts: [PackedTable.Part], division: PackedTable.Division
    ) throws(CheckpointError) {
        try stream.pad(to: PackedLayout.aligned(stream.offset))
        table.matrices.append(
            PackedTable.Matrix(
                parts: parts, storage: matrix.format.storage, group: matrix.format.group,
                columns: matrix.columns, division: division, offset: stream.offset))
        try matrix.withPackedBytes { (bytes) throws(CheckpointError) in try stream.write(bytes) }
    }

    /// - Parameter values: those of all parts, one after the other.
    package func append(
        vector values: [Float], parts: [(name: String, count: Int)], division: PackedTable.Division
    ) {
        table.vectors.append(
            PackedTable.Vector(
                parts: parts.map { PackedTable.Vector.Part(name: $0.name, count: $0.count) },
                division: division, offset: 0))
        vectors.append(values)
    }

    /// Writes the rest and waits until all of it is on the disk.
    package func finish() throws(CheckpointError) -> PackedTable {
        for (index, values) in vectors.enumerated() {
            try stream.pad(to: PackedLayout.aligned(stream.offset))
            table.vectors[index].offset = stream.offset
            let bytes = values.flatMap { value in
                withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
            }
            try stream.write(bytes)
        }
        try stream.pad(to: PackedLayout.aligned(stream.offset))
        let start = stream.offset
        let json = try table.encoded()
        try stream.write(json)
        try stream.writeHead(PackedLayout.header(tableStart: start, tableBytes: json.count))
        try stream.finish()
        return table
    }
}
