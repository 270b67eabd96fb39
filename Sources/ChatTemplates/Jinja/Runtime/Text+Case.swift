extension Text {
    func uppercased() -> Text {
        var result = Text()
        for scalar in scalars {
            result.scalars.append(contentsOf: scalar.properties.uppercaseMapping.unicodeScalars)
        }
        return result
    }

    func lowercased() -> Text {
        var result = Text()
        for (index, scalar) in scalars.enumerated() {
            if scalar == "\u{3A3}", isFinalSigma(at: index) {
                result.append("\u{3C2}")
            } else {
                result.scalars.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return result
    }

    /// `str.capitalize`: the first scalar in title case, the rest in lower case.
    func capitalized() -> Text {
        guard let first = scalars.first else { return self }
        var result = Text(first.properties.titlecaseMapping)
        result.scalars.append(contentsOf: lowercased().scalars.dropFirst(Text([first]).lowercased().count))
        return result
    }

    /// `str.title`: a cased scalar after an uncased one starts a word.
    func titlecased() -> Text {
        var result = Text()
        let lower = lowercased()
        let isAligned = lower.count == count
        var insideWord = false
        for (index, scalar) in scalars.enumerated() {
            if !insideWord {
                result.scalars.append(contentsOf: scalar.properties.titlecaseMapping.unicodeScalars)
            } else if isAligned {
                result.append(scalar: lower.scalars[index])
            } else {
                result.scalars.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
            insideWord = scalar.properties.isCased
        }
        return result
    }

    func swappingCase() -> Text {
        var result = Text()
        for scalar in scalars {
            let properties = scalar.properties
            let mapping =
                properties.isUppercase
                ? properties.lowercaseMapping
                : properties.isLowercase ? properties.uppercaseMapping : String(scalar)
            result.scalars.append(contentsOf: mapping.unicodeScalars)
        }
        return result
    }

    /// Whether there is a cased scalar and none of them is in lower (or title) case.
    var isUpper: Bool {
        var hasCased = false
        for scalar in scalars {
            if scalar.properties.isLowercase || scalar.properties.generalCategory == .titlecaseLetter {
                return false
            }
            hasCased = hasCased || scalar.properties.isUppercase
        }
        return hasCased
    }

    /// Whether there is a cased scalar and none of them is in upper (or title) case.
    var isLower: Bool {
        var hasCased = false
        for scalar in scalars {
            if scalar.properties.isUppercase || scalar.properties.generalCategory == .titlecaseLetter {
                return false
            }
            hasCased = hasCased || scalar.properties.isLowercase
        }
        return hasCased
    }

    /// Unicode's Final_Sigma condition: a cased letter before, none after, case-ignorable scalars skipped.
    private func isFinalSigma(at index: Int) -> Bool {
        // A long run of ignorable scalars between sigmas would make this quadratic; words end well before.
        let reach = 64
        let before = scalars[max(0, index - reach)..<index].last { !$0.properties.isCaseIgnorable }
        let after = scalars[(index + 1)..<min(count, index + 1 + reach)].first {
            !$0.properties.isCaseIgnorable
        }
        return before?.properties.isCased == true && after?.properties.isCased != true
    }
}

extension Unicode.Scalar {
    var isPythonAlpha: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    var isPythonDecimal: Bool { properties.numericType == .decimal }

    var isPythonDigit: Bool { properties.numericType == .decimal || properties.numericType == .digit }

    var isPythonNumeric: Bool { properties.numericType != nil }
}
