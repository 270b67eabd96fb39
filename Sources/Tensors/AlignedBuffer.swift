/// Zero-filled memory, at least 64-byte aligned, freed with the object.
///
/// Buffers of 4 MiB and more are aligned to 2 MiB and ask for huge pages: weights and KV cache are read front
/// to back at memory speed, where page walks of 4 KiB pages cost a measurable share. Pages are backed on
/// first touch, so a large buffer that is used in part takes only that part of memory.
// SAFETY: the object only owns the memory; who reads or writes which bytes when is the caller's contract,
// as with every pointer. Address and size never change.
package final class AlignedBuffer: @unchecked Sendable {
    package let baseAddress: UnsafeMutableRawPointer
    package let byteCount: Int

    private let mapping: UnsafeMutableRawPointer
    private let mappedBytes: Int

    package static let hugePageBytes = 2 << 20

    package init(byteCount: Int) throws(AllocationError) {
        precondition(byteCount >= 0, "negative size")
        let isLarge = byteCount >= 2 * Self.hugePageBytes
        // mmap aligns to pages only: one more huge page leaves room to round the start up.
        let slack = isLarge ? Self.hugePageBytes : 0
        let (total, overflow) = max(byteCount, 1).addingReportingOverflow(slack)
        guard !overflow else {
            throw AllocationError(byteCount: byteCount, reason: "the size does not fit the address space")
        }
        do {
            mapping = try SystemMemory.mapZeroed(total)
        } catch {
            throw AllocationError(byteCount: byteCount, reason: error.reason)
        }
        mappedBytes = total
        self.byteCount = byteCount
        // SAFETY: rounding up moves the start by less than `slack` bytes, so byteCount bytes remain mapped.
        baseAddress = isLarge ? mapping.alignedUp(toMultipleOf: Self.hugePageBytes) : mapping
        if isLarge {
            SystemMemory.adviseHugePages(baseAddress, byteCount)
        }
    }

    deinit {
        SystemMemory.unmap(mapping, mappedBytes)
    }

    /// Has the operating system hand out memory that nobody has written yet.
    package func touch(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "outside the buffer")
        for offset in stride(from: range.lowerBound, to: range.upperBound, by: SystemMemory.pageSize) {
            // SAFETY: inside the buffer, which is zero there.
            baseAddress.storeBytes(of: 0, toByteOffset: offset, as: UInt8.self)
        }
    }

    /// All bytes of the buffer.
    package var bytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: baseAddress, count: byteCount)
    }
}

/// Memory that the operating system would not give.
package struct AllocationError: Error, Sendable, CustomStringConvertible {
    package let byteCount: Int
    package let reason: String

    package init(byteCount: Int, reason: String) {
        self.byteCount = byteCount
        self.reason = reason
    }

    package var description: String {
        let mebibytes = (byteCount >> 20) + (byteCount & 0xF_FFFF == 0 ? 0 : 1)
        return "cannot allocate \(mebibytes) MiB of memory: \(reason)"
    }
}
