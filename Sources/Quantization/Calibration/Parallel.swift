internal import Synchronization
internal import Tensors

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

extension WorkerPool {
    /// Calls `body` with stretches of `0..<count`, on all threads.
    /// - Parameter offset: stretches end where `offset` more than their end is a multiple of `length`.
    func forEachStretch(of count: Int, length: Int, offset: Int = 0, _ body: (Range<Int>) -> Void) {
        let first = min(count, length - offset % length)
        let stretches = 1 + max(0, count - first + length - 1) / length
        let next = Atomic(0)
        run { _, _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < stretches else { return }
                let start = index == 0 ? 0 : first + (index - 1) * length
                let end = min(count, index == 0 ? first : start + length)
                if start < end { body(start..<end) }
            }
        }
    }
}

/// A buffer for the time of a call, on the heap: rows of weights are too long for the stack.
func withFloats<R>(_ count: Int, _ body: (UnsafeMutableBufferPointer<Float>) -> R) -> R {
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: max(count, 1))
    defer { buffer.deallocate() }
    return body(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
}

extension UnsafeMutableBufferPointer {
    /// `count` elements from `start` on.
    func slice(_ start: Int, _ count: Int) -> UnsafeMutableBufferPointer<Element> {
        UnsafeMutableBufferPointer(rebasing: self[start..<start + count])
    }
}

func exponential(_ x: Float) -> Float { exp(x) }
func power(_ x: Float, _ y: Float) -> Float { pow(x, y) }
