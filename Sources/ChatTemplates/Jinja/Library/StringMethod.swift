/// Methods of Python's `str`.
enum StringMethod: String {
    case capitalize, casefold, center, count, endswith, expandtabs, find, format, index, isalnum, isalpha
    case isascii, isdecimal, isdigit, isidentifier, islower, isnumeric, isprintable, isspace, istitle,
        isupper, join, ljust
    case lower, lstrip, partition, removeprefix, removesuffix, replace, rfind, rindex, rjust, rpartition
    case rsplit, rstrip, split, splitlines, startswith, strip, swapcase, title, upper, zfill
    case formatMap = "format_map"

    func call(
        on text: Text, _ arguments: CallArguments, in interpreter: Interpreter
    ) throws(JinjaError) -> Value {
        try interpreter.charge(1 + text.count / 64)
        switch self {
        case .format, .formatMap, .join, .replace, .split, .rsplit, .splitlines, .partition, .rpartition:
            return try rebuild(text, arguments, in: interpreter)
        case .startswith, .endswith, .find, .rfind, .index, .rindex, .count:
            return try search(text, arguments, in: interpreter)
        case .strip, .lstrip, .rstrip, .removeprefix, .removesuffix, .center, .ljust, .rjust, .zfill,
            .expandtabs:
            return try adjust(text, arguments, in: interpreter)
        default:
            try arguments.refuseAll(for: rawValue, in: interpreter)
            try interpreter.charge(text.count)
            if let result = answer(about: text) { return .bool(result) }
            return try interpreter.makeString(converted(text))
        }
    }

    // MARK: - Questions and case

    private func answer(about text: Text) -> Bool? {
        let scalars = text.scalars
        return switch self {
        case .isascii: scalars.allSatisfy(\.isASCII)
        case .isidentifier: scalars.first?.startsName == true && scalars.allSatisfy(\.continuesName)
        case .isprintable: scalars.allSatisfy(\.isPythonPrintable)
        case .islower: text.isLower
        case .isupper: text.isUpper
        case .istitle: text.isTitle
        case .isalpha: !text.isEmpty && scalars.allSatisfy(\.isPythonAlpha)
        case .isalnum: !text.isEmpty && scalars.allSatisfy { $0.isPythonAlpha || $0.isPythonNumeric }
        case .isdecimal: !text.isEmpty && scalars.allSatisfy(\.isPythonDecimal)
        case .isdigit: !text.isEmpty && scalars.allSatisfy(\.isPythonDigit)
        case .isnumeric: !text.isEmpty && scalars.allSatisfy(\.isPythonNumeric)
        case .isspace: !text.isEmpty && scalars.allSatisfy(\.isPythonSpace)
        default: nil
        }
    }

    private func converted(_ text: Text) -> Text {
        switch self {
        case .capitalize: text.capitalized()
        case .casefold: text.caseFolded()
        case .lower: text.lowercased()
        case .swapcase: text.swappingCase()
        case .title: text.titlecased()
        default: text.uppercased()
        }
    }

    // MARK: - Searching

    private func search(
        _ text: Text, _ arguments: CallArguments, in interpreter: Interpreter
    ) throws(JinjaError) -> Value {
        let bound = try arguments.bind(
            ["value", "start", "end"], required: 1, for: rawValue, in: interpreter)
        let pattern = bound[0] ?? .none
        // Even the empty string is nowhere when the search starts behind its end.
        let range = try interpreter.searchRange(bound[1], bound[2], count: text.count)
        let part = Text(text.scalars[range ?? 0..<0])
        if self == .startswith || self == .endswith {
            var options = [pattern]
            if case .tuple(let elements) = pattern { options = elements.items }
            for option in options {
                let fix = try interpreter.string(option, for: rawValue)
                guard range != nil else { continue }
                if self == .startswith ? part.hasPrefix(fix) : part.hasSuffix(fix) { return .bool(true) }
            }
            return .bool(false)
        }
        let needle = try interpreter.string(pattern, for: rawValue)
        try interpreter.charge((part.count + needle.count) / 16)
        guard let range else {
            return .int(self == .count ? 0 : try checkFound(nil, in: interpreter))
        }
        switch self {
        case .count:
            return .int(needle.isEmpty ? part.count + 1 : part.matches(of: needle).count)
        case .find, .index:
            let found = part.firstIndex(of: needle).map { $0 + range.lowerBound }
            return .int(try checkFound(found, in: interpreter))
        default:
            let found = needle.isEmpty ? part.count : part.matchesFromEnd(of: needle, limit: 1).last
            return .int(try checkFound(found.map { $0 + range.lowerBound }, in: interpreter))
        }
    }

    private func checkFound(_ index: Int?, in interpreter: Interpreter) throws(JinjaError) -> Int {
        guard let index else {
            guard self == .find || self == .rfind else {
                throw interpreter.failure(.value, "substring not found")
            }
            return -1
        }
        return index
    }

    // MARK: - Padding and stripping

    private func adjust(
        _ text: Text, _ arguments: CallArguments, in interpreter: Interpreter
    ) throws(JinjaError) -> Value {
        switch self {
        case .strip, .lstrip, .rstrip:
            let bound = try arguments.bind(["chars"], for: rawValue, in: interpreter)
            let side: Text.Side = self == .strip ? .both : self == .lstrip ? .left : .right
            return try interpreter.makeString(
                text.stripped(side, of: try interpreter.optionalString(bound[0], for: rawValue)))
        case .removeprefix, .removesuffix:
            let bound = try arguments.bind(["affix"], required: 1, for: rawValue, in: interpreter)
            let affix = try interpreter.string(bound[0] ?? .none, for: rawValue)
            if self == .removeprefix, text.hasPrefix(affix) {
                return try interpreter.makeString(Text(text.scalars.dropFirst(affix.count)))
            }
            if self == .removesuffix, text.hasSuffix(affix) {
                return try interpreter.makeString(Text(text.scalars.dropLast(affix.count)))
            }
            return .string(text)
        case .expandtabs:
            let bound = try arguments.bind(["tabsize"], for: rawValue, in: interpreter)
            return try expandTabs(text, size: try interpreter.integer(bound[0], or: 8), in: interpreter)
        default:
            let bound = try arguments.bind(
                ["width", "fillchar"], required: 1, for: rawValue, in: interpreter)
            let width = try interpreter.integer(bound[0], or: 0)
            let fill = try interpreter.optionalString(bound[1], for: rawValue) ?? " "
            guard fill.count == 1 else {
                throw interpreter.failure(.type, "The fill character must be exactly one character long")
            }
            return .string(try padded(text, width: width, fill: fill.scalars[0], in: interpreter))
        }
    }

    private func padded(
        _ text: Text, width: Int, fill: Unicode.Scalar, in interpreter: Interpreter
    ) throws(JinjaError) -> Text {
        let missing = max(0, width.subtractingReportingOverflow(text.count).partialValue)
        guard width > text.count else { return text }
        try interpreter.charge(scalars: width)
        var left = 0
        switch self {
        case .center: left = missing / 2 + (missing & width & 1)
        case .rjust: left = missing
        case .zfill:
            let hasSign = text.scalars.first == "-" || text.scalars.first == "+"
            let sign = hasSign ? text.scalars.prefix(1) : []
            let zeros = Text(repeating: "0", count: missing)
            return Text(Array(sign) + zeros.scalars + text.scalars.dropFirst(sign.count))
        default: break
        }
        let before = Text(repeating: fill, count: left)
        return Text(before.scalars + text.scalars + Text(repeating: fill, count: missing - left).scalars)
    }

    private func expandTabs(_ text: Text, size: Int, in interpreter: Interpreter) throws(JinjaError) -> Value
    {
        var result = Text()
        var column = 0
        for scalar in text.scalars {
            if scalar == "\t" {
                let width = size > 0 ? size - column % size : 0
                try interpreter.charge(scalars: width)
                result.append(Text(repeating: " ", count: width))
                column += width
            } else {
                result.append(scalar: scalar)
                column = scalar == "\n" || scalar == "\r" ? 0 : column + 1
            }
        }
        return try interpreter.makeString(result)
    }
}

extension Text {
    /// Whether words begin in upper case and go on in lower case, and there is one.
    var isTitle: Bool {
        var followsCased = false
        var hasCased = false
        for scalar in scalars {
            let properties = scalar.properties
            let isUpper = properties.isUppercase || properties.generalCategory == .titlecaseLetter
            if isUpper && followsCased || properties.isLowercase && !followsCased { return false }
            followsCased = isUpper || properties.isLowercase
            hasCased = hasCased || followsCased
        }
        return hasCased
    }
}
