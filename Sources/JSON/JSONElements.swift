/// The elements of an array, walked from the first to the last.
package struct JSONElements: Sendable, Sequence {
    let document: JSONDocument
    let index: Int

    package struct Iterator: IteratorProtocol {
        fileprivate let document: JSONDocument
        fileprivate var index: Int
        fileprivate let end: Int

        package mutating func next() -> JSONNode? {
            guard index < end else { return nil }
            defer { index += document.tape[index].size }
            return JSONNode(document: document, index: index)
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

    package var first: JSONNode? { first { _ in true } }

    /// The elements of an array that has exactly two.
    package var pair: (JSONNode, JSONNode)? {
        var elements = makeIterator()
        guard let first = elements.next(), let second = elements.next(), elements.next() == nil else {
            return nil
        }
        return (first, second)
    }
}
