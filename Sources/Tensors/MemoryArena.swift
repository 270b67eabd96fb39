/// Memory for many buffers that live as long as each other, laid out one after the other in the order in which
/// they are asked for.
///
/// A model's matrices are a few hundred KiB to some MiB each: alone, they would lie on 4 KiB pages. In a chunk
/// they share huge pages, and reading them at memory speed is not held up by page walks.
package final class MemoryArena {
    /// A part of a chunk, zero-filled and 64-byte aligned, or of a mapped file. It keeps what it is a part of alive.
    package struct Slice: @unchecked Sendable {
        // SAFETY: the memory stays mapped as long as `owner`; who writes it when is the owner's contract.
        package let baseAddress: UnsafeMutableRawPointer
        package let byteCount: Int
        /// Whether the memory may be written: a file's may not.
        package let isWritable: Bool
        private let owner: AnyObject

        fileprivate init(chunk: AlignedBuffer, offset: Int, byteCount: Int) {
            owner = chunk
            self.byteCount = byteCount
            isWritable = true
            baseAddress = chunk.baseAddress + offset
        }

        /// A part of a file, which is not read yet.
        /// - Precondition: the range lies in the file, is not empty, and begins at a multiple of 64.
        package init(file: MappedFile, range: Range<Int>) {
            precondition(!range.isEmpty && range.lowerBound >= 0 && range.upperBound <= file.byteCount)
            precondition(range.lowerBound % 64 == 0)
            owner = file
            byteCount = range.count
            isWritable = false
            // SAFETY: the range lies within the mapping, which is page-aligned and lives as long as the file.
            baseAddress = file.withBytes { bytes in
                UnsafeMutableRawPointer(mutating: bytes.baseAddress.unsafelyUnwrapped + range.lowerBound)
            }
        }

        private init(
            _ owner: AnyObject, _ address: UnsafeMutableRawPointer, byteCount: Int, isWritable: Bool
        ) {
            self.owner = owner
            self.byteCount = byteCount
            self.isWritable = isWritable
            baseAddress = address
        }

        /// A part of this part, which stays 64-byte aligned.
        package func part(offset: Int, byteCount: Int) -> Slice {
            precondition(offset >= 0 && offset % 64 == 0 && offset + byteCount <= self.byteCount)
            // SAFETY: the result lies within this part, as checked above.
            return Slice(owner, baseAddress + offset, byteCount: byteCount, isWritable: isWritable)
        }
    }

    private var chunk: AlignedBuffer?
    private var used = 0

    /// Large enough that the end of a chunk, which may stay unused, costs little, and a multiple of 2 MiB.
    private static let chunkBytes = 64 << 20
    /// Two cache lines: neighbours never share a prefetched pair.
    private static let alignment = 128

    package init() {}

    package func allocate(_ byteCount: Int) throws(AllocationError) -> Slice {
        if byteCount >= Self.chunkBytes {
            return Slice(chunk: try AlignedBuffer(byteCount: byteCount), offset: 0, byteCount: byteCount)
        }
        if let chunk, used + byteCount <= chunk.byteCount { return take(byteCount, from: chunk) }
        let fresh = try AlignedBuffer(byteCount: Self.chunkBytes)
        chunk = fresh
        used = 0
        return take(byteCount, from: fresh)
    }

    private func take(_ byteCount: Int, from chunk: AlignedBuffer) -> Slice {
        defer { used = (used + byteCount + Self.alignment - 1) / Self.alignment * Self.alignment }
        return Slice(chunk: chunk, offset: used, byteCount: byteCount)
    }
}
