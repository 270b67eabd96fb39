/// A name and its value, in an object.
package struct JSONMember: Sendable {
    package let key: JSONText

    package var value: JSONNode { JSONNode(document: key.document, index: key.index + 1) }
}

/// The members of an object in the order of the text, repeated names included.
package struct JSONMembers: Sendable, Sequence {
    let document: JSONDocument
    let index: Int

    package struct Iterator: IteratorProtocol {
        fileprivate let document: JSONDocument
        fileprivate var index: Int
        fileprivate let end: Int

        package mutating func next() -> JSONMember? {
            guard index < end else { return nil }
            defer { index += 1 + document.tape[index + 1].size }
            return JSONMember(key: JSONText(document: document, index: index))
        }
    }

    package func makeIterator() -> Iterator {
        Iterator(document: document, index: index + 1, end: index + document.tape[index].extent)
    }

    package var isEmpty: Bool { document.tape[index].extent == 1 }

    /// Counted one by one.
    package var count: Int { reduce(0) { count, _ in count + 1 } }

    /// Arrays that are made of the sequence are allocated once.
    package var underestimatedCount: Int { count }

    /// The value of a name, the last one where it is repeated.
    ///
    /// Looks at all members.
    package subscript(name: String) -> JSONNode? {
        var found: JSONNode?
        for member in self where member.key == name { found = member.value }
        return found
    }

    /// The members by name, in the order of the names' bytes; those of one name in the order of the text.
    package func sortedByName() -> JSONSortedMembers {
        JSONSortedMembers(self)
    }
}
