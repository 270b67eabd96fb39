/// A zero-filled, 64-byte aligned array of floats with a fixed address.
package final class FloatBuffer: @unchecked Sendable {
    // SAFETY: whoever owns the buffer orders its readers and writers; the engine uses it from one thread.
    private let storage: AlignedBuffer
    package let count: Int

    package init(count: Int, for what: String) throws(TensorError) {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
        guard !overflow else { throw .outOfMemory(what: what, bytes: Int.max) }
        do {
            storage = try AlignedBuffer(byteCount: max(bytes, 64))
        } catch {
            throw .outOfMemory(what: what, bytes: bytes)
        }
        self.count = count
    }

    package var byteCount: Int { storage.byteCount }

    package var pointer: UnsafeMutablePointer<Float> {
        storage.baseAddress.assumingMemoryBound(to: Float.self)
    }

    package var elements: UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: pointer, count: count)
    }
}
