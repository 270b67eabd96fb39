import Tensors
import Testing

@Suite("Half floats")
struct HalfFloatTests {
    @Test("every half float keeps its bits")
    func everyPattern() {
        for bits in UInt16.min...UInt16.max {
            let value = HalfFloat.value(bits)
            #expect(value.isNaN ? HalfFloat.bits(value) & 0x7C00 == 0x7C00 : HalfFloat.bits(value) == bits)
        }
    }

    @Test("floats between two half floats become the nearer one, and the even one of two as near")
    func rounding() {
        for bits in UInt16(0)..<0x7BFF {
            let (low, high) = (HalfFloat.value(bits), HalfFloat.value(bits + 1))
            let middle = (low + high) / 2
            let even = bits % 2 == 0 ? bits : bits + 1
            #expect(HalfFloat.bits(middle) == even)
            #expect(HalfFloat.bits(middle.nextDown) == bits)
            #expect(HalfFloat.bits(middle.nextUp) == bits + 1)
            #expect(HalfFloat.bits(-middle.nextUp) == bits + 1 | 0x8000)
        }
    }

    @Test("what is too large becomes infinite")
    func overflow() {
        #expect(HalfFloat.bits(65519.99) == 0x7BFF)
        #expect(HalfFloat.bits(65520) == 0x7C00)
        #expect(HalfFloat.bits(1e30) == 0x7C00)
        #expect(HalfFloat.bits(-.infinity) == 0xFC00)
        #expect(HalfFloat.value(HalfFloat.bits(.nan)).isNaN)
    }
}
