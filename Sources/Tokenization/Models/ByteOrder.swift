extension ArraySlice where Element == UInt8 {
    /// Less than 0 when these bytes come before the others, 0 when they are the same, else more than 0.
    func order(to other: ArraySlice<UInt8>) -> Int {
        for (byte, otherByte) in zip(self, other) where byte != otherByte {
            return Int(byte) - Int(otherByte)
        }
        return count - other.count
    }
}
