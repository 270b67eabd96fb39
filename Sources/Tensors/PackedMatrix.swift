internal import CKernels

/// A weight matrix of `rows` outputs by `columns` inputs, packed for the kernels.
///
/// Filled once, by rows in any order, and then only read. Threads may fill different panels of
/// ``rowsPerPanel`` rows at the same time.
package final class PackedMatrix: @unchecked Sendable {
    package let format: WeightFormat
    package let rows: Int
    package let columns: Int
    // SAFETY: `storage` is written by the fill functions only, on disjoint panels, before the matrix is used.
    private let storage: MemoryArena.Slice
    let matrix: UnsafeMutablePointer<lmk_matrix>

    package static let rowsPerPanel = Int(LMK_PANEL)
    /// Version of the order in which formats hold their bytes.
    package static let layoutVersion = Int(LMK_PACKED_LAYOUT)

    package var byteCount: Int { storage.byteCount }

    /// - Parameter arena: where the matrix lies; matrices that are read one after the other belong in one arena.
    package convenience init(
        format: WeightFormat, rows: Int, columns: Int, arena: MemoryArena = MemoryArena()
    ) throws(TensorError) {
        guard let bytes = format.byteCount(rows: rows, columns: columns) else {
            throw .unrepresentable(format: format.description, rows: rows, columns: columns)
        }
        let storage: MemoryArena.Slice
        do {
            // Kernels prefetch a few KiB past the end; the mapping is rounded up to pages, and a
            // prefetch of an unmapped address does nothing.
            storage = try arena.allocate(bytes)
        } catch {
            throw .outOfMemory(what: "weights", bytes: bytes)
        }
        try self.init(format: format, rows: rows, columns: columns, storage: storage)
    }

    /// A matrix in memory that holds its bytes already, as the kernels want them.
    package init(
        format: WeightFormat, rows: Int, columns: Int, storage: MemoryArena.Slice
    ) throws(TensorError) {
        guard let bytes = format.byteCount(rows: rows, columns: columns) else {
            throw .unrepresentable(format: format.description, rows: rows, columns: columns)
        }
        precondition(storage.byteCount >= bytes)
        self.storage = storage
        self.format = format
        self.rows = rows
        self.columns = columns
        matrix = .allocate(capacity: 1)
        matrix.initialize(
            to: lmk_matrix(
                format: format.code, group: UInt32(format.group), n: UInt64(rows), k: UInt64(columns),
                data: UnsafePointer(storage.baseAddress.assumingMemoryBound(to: UInt8.self))))
    }

    deinit {
        matrix.deinitialize(count: 1)
        matrix.deallocate()
    }

    /// Converts or quantises (round to nearest) rows of fp32 values, [rows][columns].
    package func fill(rows range: Range<Int>, floats: UnsafePointer<Float>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows)
        let first = UInt64(range.lowerBound)
        let count = UInt64(range.count)
        if format.quantisesActivations {
            lmk_pack_quantize(matrix, bytes, first, count, floats)
        } else {
            lmk_pack_float(matrix, bytes, first, count, floats)
        }
    }

    /// Packs rows of values that already have the bits of the fp16 or bf16 format, [rows][columns].
    package func fill(rows range: Range<Int>, bits: UnsafePointer<UInt16>) {
        precondition(format == .fp16 || format == .bf16)
        precondition(range.lowerBound >= 0 && range.upperBound <= rows)
        lmk_pack_bits16(matrix, bytes, UInt64(range.lowerBound), UInt64(range.count), bits)
    }

    /// Dequantises rows into [rows][columns].
    package func readFloats(rows range: Range<Int>, into floats: UnsafeMutablePointer<Float>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows)
        lmk_unpack_rows(matrix, UInt64(range.lowerBound), UInt64(range.count), floats)
    }

    /// Where the fill functions write.
    var bytes: UnsafeMutablePointer<UInt8> {
        precondition(storage.isWritable, "a matrix in a mapped file is only read")
        return storage.baseAddress.assumingMemoryBound(to: UInt8.self)
    }
}
