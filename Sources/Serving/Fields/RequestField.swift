internal import JSON

/// A field that a request may have: a row of the table that decoding and documentation share.
package struct RequestField: Sendable {
    /// What becomes of a field that was given.
    package enum Support: Sendable {
        case full
        /// Told to us, and nothing depends on it.
        case informative
        /// Documented elsewhere and not available here: refused, unless it has one of these values (JSON), which
        /// ask for nothing.
        case refused(unless: [String])
    }

    package let name: String
    package let kind: FieldKind
    package let isRequired: Bool
    /// What is taken when the field is not given, in JSON.
    package let usual: String?
    package let support: Support
    package let summary: String

    package init(
        _ name: String, _ kind: FieldKind, isRequired: Bool = false, usual: String? = nil,
        support: Support = .full, _ summary: String
    ) {
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
        self.usual = usual
        self.support = support
        self.summary = summary
    }

    /// Documented elsewhere and not available here.
    package static func unavailable(
        _ name: String, unless neutral: [String] = [], _ summary: String
    ) -> RequestField {
        RequestField(name, .any, support: .refused(unless: neutral), summary)
    }

    /// Told to us, and nothing depends on it.
    package static func informative(
        _ name: String, _ kind: FieldKind, _ summary: String
    ) -> RequestField {
        RequestField(name, kind, support: .informative, summary)
    }
}

extension RequestField {
    /// Checks the members of an object against its fields. `null` counts as not given.
    static func check(
        _ members: JSONMembers, _ fields: [RequestField], at prefix: String, _ survey: inout FieldSurvey
    ) throws(ServingError) {
        var given: Set<String> = []
        for member in members {
            let name = member.key.string
            guard let field = fields.first(where: { $0.name == name }) else {
                survey.unknown.append(prefix + name)
                continue
            }
            if member.value.isNull { continue }
            given.insert(name)
            try field.check(member.value, at: prefix + name, &survey)
        }
        for field in fields where field.isRequired && !given.contains(field.name) {
            throw .field(prefix + field.name, found: "missing", expected: field.kind.description)
        }
    }

    private func check(_ node: JSONNode, at path: String, _ survey: inout FieldSurvey) throws(ServingError) {
        if case .refused(let neutral) = support, !neutral.contains(where: { node.isSame(asJSON: $0) }) {
            let allowed = neutral.isEmpty ? "" : " or give \(neutral.joined(separator: " or "))"
            throw ServingError(
                .unsupportedField,
                "\(path) is not supported by this server (\(summary)): leave it out\(allowed)",
                parameter: path)
        }
        try kind.check(node, at: path, &survey)
    }
}

extension JSONNode {
    /// Whether the value is the one that a JSON text stands for; numbers by value.
    func isSame(asJSON text: String) -> Bool {
        guard let other = try? JSONDocument(Array(text.utf8)) else { return false }
        return isSame(as: other.root)
    }

    private func isSame(as other: JSONNode) -> Bool {
        switch (value, other.value) {
        case (.null, .null): true
        case (.boolean(let left), .boolean(let right)): left == right
        case (.string(let left), .string(let right)): left == right
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
        case (.object(let left), .object(let right)):
            left.count == right.count
                && zip(left.sortedByName(), right.sortedByName()).allSatisfy {
                    $0.key == $1.key && $0.value.isSame(as: $1.value)
                }
        default: double != nil && double == other.double
        }
    }
}
