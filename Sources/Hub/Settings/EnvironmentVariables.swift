/// Environment variables as `huggingface_hub` reads them.
struct EnvironmentVariables {
    private let values: [String: String]

    init(_ values: [String: String]) {
        self.values = values
    }

    /// The value, unless it is empty.
    func text(_ name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    func isTrue(_ name: String) -> Bool {
        ["1", "ON", "YES", "TRUE"].contains((values[name] ?? "").uppercased())
    }

    /// The value with `~` and `$NAME` replaced.
    func path(_ name: String) -> String? {
        text(name).map(expanded)
    }

    var home: String { text("HOME") ?? "." }

    /// `text` with `~` at its beginning, `$NAME` and `${NAME}` replaced; unknown names stay as they are.
    func expanded(_ text: String) -> String {
        var rest = text[...]
        var result = ""
        if rest == "~" || rest.hasPrefix("~/") {
            result = home
            rest = rest.dropFirst()
        }
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            let isBraced = rest.first == "{"
            let body = isBraced ? rest.dropFirst() : rest
            let name = body.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            let behind = body[name.endIndex...]
            guard !name.isEmpty, !isBraced || behind.first == "}", let value = values[String(name)] else {
                result += "$"
                continue
            }
            result += value
            rest = isBraced ? behind.dropFirst() : behind
        }
        while rest.count > 1, rest.hasSuffix("/") { rest = rest.dropLast() }
        return result + rest
    }
}
