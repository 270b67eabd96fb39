// The mathematical functions of this target.
#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

@inline(__always)
func exponential(_ value: Double) -> Double { exp(value) }

func logarithm(_ value: Double) -> Double { log(value) }

/// Which power of ten is not above the absolute value of a number that is neither 0 nor infinite.
func decimalExponent(of value: Double) -> Int { Int(floor(log10(abs(value)))) }

func powerOfTen(_ exponent: Int) -> Double { pow(10, Double(exponent)) }
