extension String {
    /// The text with every kind of line break as `\n` and without other control characters (tabs stay), so that
    /// it can neither command a terminal nor break a line editor.
    package func printable() -> String {
        var result = String.UnicodeScalarView()
        var previousWasReturn = false
        for scalar in unicodeScalars {
            let isReturn = scalar == "\r"
            defer { previousWasReturn = isReturn }
            if isReturn {
                result.append("\n")
            } else if scalar == "\n" {
                if !previousWasReturn { result.append(scalar) }
            } else if scalar == "\t" || !isControl(scalar) {
                result.append(scalar)
            }
        }
        return String(result)
    }

    private func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
}
