import CKernels
import Testing

/// An instruction set as a test argument.
enum VectorISA: UInt32, CaseIterable, Sendable {
    case generic, avx2, avxvnni, avx512bw, avx512, neon

    /// Those that this CPU can run.
    static let supported = allCases.filter { lmk_isa_supported(lmk_isa($0.rawValue)) }

    func kernels() throws -> OpaquePointer {
        try #require(lmk_kernels_for(lmk_isa(rawValue)), "this CPU cannot run \(self)")
    }
}

enum VectorSupport {
    /// Every remainder of one and two vectors of 16 lanes, then sizes of real models and odd ones.
    static let lengths = Array(1...33) + [47, 64, 100, 127, 576, 1536, 4099]
}

/// SplitMix64: the same numbers on every machine.
struct VectorRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in [-scale, scale).
    mutating func float(_ scale: Float = 1) -> Float {
        (Float(bits() >> 40) * 0x1p-23 - 1) * scale
    }

    mutating func floats(_ count: Int, scale: Float = 1) -> [Float] {
        (0..<count).map { _ in float(scale) }
    }
}

/// Aligned bytes for pools and workspaces, with a guard zone behind them that nobody may write.
final class GuardedBytes {
    static let guardBytes = 256
    let count: Int
    let base: UnsafeMutableRawPointer

    init(count: Int, filledWith byte: UInt8 = 0) {
        self.count = count
        base = .allocate(byteCount: count + Self.guardBytes, alignment: 128)
        base.initializeMemory(as: UInt8.self, repeating: byte, count: count)
        // SAFETY: the guard zone is inside the allocation, behind `count` bytes.
        (base + count).initializeMemory(as: UInt8.self, repeating: 0xA5, count: Self.guardBytes)
    }

    deinit { base.deallocate() }

    var guardIsIntact: Bool {
        (count..<count + Self.guardBytes).allSatisfy { base.load(fromByteOffset: $0, as: UInt8.self) == 0xA5 }
    }
}

extension Array where Element == Float {
    /// For comparing bits: equal NaNs are equal, zeros of different signs are not.
    var bitPatterns: [UInt32] { map(\.bitPattern) }
}

/// `==` whose failure in `#expect` prints no difference: computing one of large arrays takes minutes.
func same<Value: Equatable>(_ a: Value, _ b: Value) -> Bool { a == b }
