/// One tensor of a tiny checkpoint: element `i` is `offset + scale · u(name, i)` in float32.
///
/// `u(name, i)` is `splitmix64(fnv1a64(name) + i)` reduced to its upper 24 bits and mapped to [-1, 1).
/// It depends on nothing else, so that any program can produce the same weights without storing them.
package struct TinyTensor: Sendable, Codable, Equatable {
    package var name: String
    /// Row-major; a linear layer is `[outputs, inputs]`.
    package var shape: [Int]
    /// A power of two: the product is then exact, and the element is rounded at most once.
    package var scale: Float
    package var offset: Float

    package init(_ name: String, _ shape: [Int], scale: Float = 1, offset: Float = 0) {
        self.name = name
        self.shape = shape
        self.scale = scale
        self.offset = offset
    }

    package var count: Int { shape.reduce(1, *) }

    /// The elements in row-major order.
    package var values: [Float] {
        let seed = TinyRandom.fnv1a64(name.utf8)
        return (0..<count).map { index in
            offset + scale * TinyRandom.uniform(seed &+ UInt64(index))
        }
    }

    /// A power of two near `gain / √fanIn`, so that random layers keep activations of order one.
    package static func scale(fanIn: Int, gain: Float = 2) -> Float {
        let wanted = gain / Float(fanIn).squareRoot()
        let lower = Float(sign: .plus, exponent: wanted.exponent, significand: 1)
        return wanted / lower < Float(2).squareRoot() ? lower : lower * 2
    }
}

/// The integer arithmetic behind the tiny weights, equal bit for bit to `tools/goldens/common.py`.
package enum TinyRandom {
    /// FNV-1a, 64 bits.
    package static func fnv1a64(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The output function of the splitmix64 generator.
    package static func splitmix64(_ state: UInt64) -> UInt64 {
        var z = state &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A value in [-1, 1) with 24 random bits, exact in float32.
    package static func uniform(_ state: UInt64) -> Float {
        let bits = Int32(truncatingIfNeeded: splitmix64(state) >> 40)
        return Float(bits - (1 << 23)) / Float(1 << 23)
    }

    /// Token ids below `vocabulary` that depend on `name` and the index alone.
    package static func tokenIDs(_ name: String, count: Int, vocabulary: Int) -> [Int] {
        let seed = fnv1a64(name.utf8)
        return (0..<count).map { Int(splitmix64(seed &+ UInt64($0)) % UInt64(vocabulary)) }
    }
}
