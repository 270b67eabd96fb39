package import JSON

/// The fields of one sort of request.
package struct RequestSchema: Sendable {
    package let name: String
    package let fields: [RequestField]

    package init(_ name: String, _ fields: [RequestField]) {
        self.name = name
        self.fields = fields
    }

    /// Reads a body and checks every field of it.
    package func decode(_ bytes: [UInt8]) throws(ServingError) -> RequestBody {
        let document: JSONDocument
        do {
            document = try JSONDocument(bytes)
        } catch {
            throw ServingError(
                .invalidRequest,
                "the body is not JSON: \(error.found) at byte \(error.offset), expected \(error.expected)")
        }
        guard let members = document.root.members else {
            throw ServingError(
                .invalidRequest,
                "the body is \(document.root.kind), expected an object with the request's fields")
        }
        if let name = document.firstRepeatedName?.string {
            throw ServingError(
                .invalidRequest, "'\(name)' is given twice in one object: keep one of them", parameter: name)
        }
        var survey = FieldSurvey()
        try RequestField.check(members, fields, at: "", &survey)
        return RequestBody(members: members, unknownFields: survey.unknown)
    }
}

/// A request whose fields have the kinds that its schema says.
package struct RequestBody: Sendable {
    package let members: JSONMembers
    /// Fields that nobody documents.
    package let unknownFields: [String]

    /// A field that was given, and not as `null`.
    package subscript(name: String) -> JSONNode? {
        guard let node = members[name], !node.isNull else { return nil }
        return node
    }

    package func string(_ name: String) -> String? { self[name]?.text?.string }

    package func integer(_ name: String) -> Int? { self[name]?.exactInteger }

    package func double(_ name: String) -> Double? { self[name]?.double }

    package func float(_ name: String) -> Float? { double(name).map { Float($0) } }

    package func boolean(_ name: String) -> Bool? {
        guard case .boolean(let value) = self[name]?.value else { return nil }
        return value
    }

    /// A string, or each string of a list; nothing for anything else.
    package func strings(_ name: String) -> [String] {
        guard let node = self[name] else { return [] }
        if let text = node.text { return [text.string] }
        return (node.elements.map(Array.init) ?? []).compactMap { $0.text?.string }
    }

    package func tokens(_ name: String) -> [Int32]? { self[name]?.tokens }
}

extension JSONNode {
    /// Whole numbers in the range of token ids; `nil` when it is no list of those.
    package var tokens: [Int32]? {
        guard let elements else { return nil }
        var tokens: [Int32] = []
        for element in elements {
            guard let token = element.exactInteger.flatMap({ Int32(exactly: $0) }) else { return nil }
            tokens.append(token)
        }
        return tokens
    }

    /// A member of an object that was given, and not as `null`.
    package func member(_ name: String) -> JSONNode? {
        guard let node = members?[name], !node.isNull else { return nil }
        return node
    }
}
