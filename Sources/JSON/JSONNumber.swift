/// Reads the spelling of numbers.
enum JSONNumber {
    /// Every whole number of at most so many digits fits an `Int`.
    static let safeDigits = 18
    /// Every whole number of at most so many digits, with any fraction, is in the range of a double.
    static let finiteDigits = 308

    /// A whole number, or nil when it does not fit.
    static func integer(_ spelling: some Collection<UInt8>) -> Int? {
        let isNegative = spelling.first == UInt8(ascii: "-")
        var magnitude: UInt64 = 0
        for byte in isNegative ? spelling.dropFirst() : spelling[...] {
            let (tens, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            if overflow || carry { return nil }
            magnitude = sum
        }
        guard isNegative else { return Int(exactly: magnitude) }
        return magnitude == Int.min.magnitude ? Int.min : Int(exactly: magnitude).map { -$0 }
    }

    /// A number of any form; infinite when it is out of range.
    static func double(_ spelling: some Collection<UInt8>) -> Double {
        Double(String(decoding: spelling, as: UTF8.self)) ?? .infinity
    }

    static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
