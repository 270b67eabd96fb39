extension Text {
    func uppercased() -> Text {
        var result = Text()
        result.scalars.reserveCapacity(count)
        for scalar in scalars {
            if scalar.isASCII {
                let isLower = ("a"..."z").contains(scalar)
                result.append(scalar: isLower ? Unicode.Scalar(UInt8(scalar.value - 32)) : scalar)
            } else {
                result.scalars.append(contentsOf: scalar.properties.uppercaseMapping.unicodeScalars)
            }
        }
        return result
    }

    func lowercased() -> Text {
        var result = Text()
        result.scalars.reserveCapacity(count)
        for (index, scalar) in scalars.enumerated() {
            if scalar.isASCII {
                let isUpper = ("A"..."Z").contains(scalar)
                result.append(scalar: isUpper ? Unicode.Scalar(UInt8(scalar.value + 32)) : scalar)
            } else {
                result.scalars.append(contentsOf: lowercaseMapping(at: index))
            }
        }
        return result
    }

    private func lowercaseMapping(at index: Int) -> String.UnicodeScalarView {
        let isSigma = scalars[index] == "\u{3A3}" && isFinalSigma(at: index)
        return (isSigma ? "\u{3C2}" : scalars[index].properties.lowercaseMapping).unicodeScalars
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
        var insideWord = false
        for (index, scalar) in scalars.enumerated() {
            if !insideWord {
                result.scalars.append(contentsOf: scalar.properties.titlecaseMapping.unicodeScalars)
            } else {
                result.scalars.append(contentsOf: lowercaseMapping(at: index))
            }
            insideWord = scalar.properties.isCased
        }
        return result
    }

    func swappingCase() -> Text {
        var result = Text()
        for (index, scalar) in scalars.enumerated() {
            let properties = scalar.properties
            if properties.isUppercase {
                result.scalars.append(contentsOf: lowercaseMapping(at: index))
            } else if properties.isLowercase {
                result.scalars.append(contentsOf: properties.uppercaseMapping.unicodeScalars)
            } else {
                result.append(scalar: scalar)
            }
        }
        return result
    }

    /// `str.casefold`: Unicode's full case folding.
    func caseFolded() -> Text {
        var result = Text()
        for scalar in scalars {
            switch scalar.value {
            // Dotless i and Cherokee do not fold as the mappings of case suggest.
            case 0x131, 0x13A0...0x13F5: result.append(scalar: scalar)
            case 0x13F8...0x13FD: result.append(scalar: Unicode.Scalar(scalar.value - 8) ?? scalar)
            case 0xAB70...0xABBF:
                result.append(scalar: Unicode.Scalar(scalar.value - (0xAB70 - 0x13A0)) ?? scalar)
            default:
                for lower in scalar.properties.lowercaseMapping.unicodeScalars {
                    for upper in lower.properties.uppercaseMapping.unicodeScalars {
                        result.scalars.append(contentsOf: upper.properties.lowercaseMapping.unicodeScalars)
                    }
                }
            }
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
