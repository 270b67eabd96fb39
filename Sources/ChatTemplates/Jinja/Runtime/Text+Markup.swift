extension Text {
    /// This text with HTML's special characters escaped; markup stays as it is.
    var escaped: Text {
        guard !isMarkup else { return self }
        return forciblyEscaped
    }

    var forciblyEscaped: Text {
        var result = Text()
        for scalar in scalars {
            switch scalar {
            case "&": result.append("&amp;")
            case "<": result.append("&lt;")
            case ">": result.append("&gt;")
            case "'": result.append("&#39;")
            case "\"": result.append("&#34;")
            default: result.append(scalar: scalar)
            }
        }
        return result.markup
    }

    /// This text, taken for markup.
    var markup: Text {
        var result = self
        result.isMarkup = true
        return result
    }
}

extension Value {
    /// What a method of a markup string returns: its strings are markup too.
    var markup: Value {
        switch self {
        case .string(let text): .string(text.markup)
        case .list(let elements): .list(elements.items.map(\.markup))
        case .tuple(let elements): .tuple(elements.items.map(\.markup))
        default: self
        }
    }
}
