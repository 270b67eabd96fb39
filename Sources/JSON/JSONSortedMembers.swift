/// The members of an object in the order of their names.
package struct JSONSortedMembers: Sendable, RandomAccessCollection {
    private let document: JSONDocument
    private let names: [UInt32]

    init(_ members: JSONMembers) {
        let document = members.document
        var names: [UInt32] = []
        names.reserveCapacity(members.count)
        document.collectNames(ofObject: members.index, into: &names)
        names.sort { (document.order($0, $1), $0) < (0, $1) }
        self.document = document
        self.names = names
    }

    package var startIndex: Int { 0 }

    package var endIndex: Int { names.count }

    package subscript(position: Int) -> JSONMember {
        JSONMember(key: JSONText(document: document, index: Int(names[position])))
    }

    /// The value of a name, the last one where it is repeated; found by bisection.
    package subscript(name: String) -> JSONNode? {
        var (low, high) = (0, names.count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].key.order(to: name.utf8) > 0 { high = middle } else { low = middle + 1 }
        }
        guard low > 0, self[low - 1].key == name else { return nil }
        return self[low - 1].value
    }
}
