// The mathematical functions of this target.
#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

func exponential(_ value: Double) -> Double { exp(value) }

func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
