/// A value of a document: a place in its tape.
package struct JSONNode: Sendable {
    let document: JSONDocument
    let index: Int

    private var entry: JSONEntry { document.tape[index] }

    /// The value itself; numbers are decoded by this.
    package var value: JSONValue {
        switch entry.kind {
        case .null: .null
        case .false: .boolean(false)
        case .true: .boolean(true)
        case .integer: .integer(JSONNumber.integer(document.text[entry.range]) ?? 0)
        case .number: .number(JSONNumber.double(document.text[entry.range]))
        case .string, .escapedString: .string(JSONText(document: document, index: index))
        case .array: .array(JSONElements(document: document, index: index))
        case .object: .object(JSONMembers(document: document, index: index))
        }
    }

    /// The size of the text that the value is from.
    package var documentByteCount: Int { document.text.count }

    package var isNull: Bool { entry.kind == .null }

    package var isNumber: Bool { entry.kind == .integer || entry.kind == .number }

    /// The number, of either kind.
    package var double: Double? { value.double }

    /// The string, if it is one; in the same way the array and the object.
    package var text: JSONText? {
        switch entry.kind {
        case .string, .escapedString: JSONText(document: document, index: index)
        default: nil
        }
    }

    package var elements: JSONElements? {
        entry.kind == .array ? JSONElements(document: document, index: index) : nil
    }

    package var members: JSONMembers? {
        entry.kind == .object ? JSONMembers(document: document, index: index) : nil
    }

    /// What the value is, for messages.
    package var kind: String { value.kind }
}
