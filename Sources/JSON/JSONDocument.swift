/// A JSON text and a tape of its values.
///
/// The tape has an entry of eight bytes for each value and each name, in the order of the text; a container's
/// entry says where the next value after it is. Nothing else is built: strings and numbers are read from the
/// text when they are asked for. Memory is five times the text at most, whatever it says.
package final class JSONDocument: Sendable {
    let text: [UInt8]
    let tape: [JSONEntry]

    /// Parses a whole text (RFC 8259), strictly.
    ///
    /// Time is linear in the text, and the depth of nesting is bounded.
    package init(_ text: [UInt8]) throws(JSONSyntaxError) {
        self.text = text
        // The pointer's owner does not pass on the type of an error.
        tape = try text.withUnsafeBufferPointer { bytes in
            Result { () throws(JSONSyntaxError) in try JSONParser.tape(of: bytes) }
        }.get()
    }

    package var root: JSONNode { JSONNode(document: self, index: 0) }

    /// The first name in the text that its object has already had, or nil.
    ///
    /// Time grows as n log n.
    package var firstRepeatedName: JSONText? {
        var first: Int?
        var names: [UInt32] = []
        for index in tape.indices where tape[index].kind == .object {
            // What comes later in the text cannot be the first one any more.
            if let first, first < index { break }
            collectNames(ofObject: index, into: &names)
            names.sort { (self.order($0, $1), $0) < (0, $1) }
            for (name, next) in zip(names, names.dropFirst()) where order(name, next) == 0 {
                first = min(first ?? .max, Int(next))
            }
        }
        return first.map { JSONText(document: self, index: $0) }
    }

    // MARK: - Internals

    /// Puts the entries of an object's names into `names`.
    func collectNames(ofObject index: Int, into names: inout [UInt32]) {
        names.removeAll(keepingCapacity: true)
        let end = index + tape[index].extent
        var name = index + 1
        while name < end {
            names.append(UInt32(name))
            name += 1 + tape[name + 1].size
        }
    }

    /// Whether one string's bytes come before another's (less than 0), are the same, or come after them.
    func order(_ first: UInt32, _ second: UInt32) -> Int {
        JSONText(document: self, index: Int(first)).order(to: JSONText(document: self, index: Int(second)))
    }
}
