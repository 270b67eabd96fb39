/// The heads of an attention layer.
package struct HeadShape: Sendable, Hashable, CustomStringConvertible {
    package let queryHeads: Int
    package let keyValueHeads: Int
    package let dimension: Int

    package static let mostHeads = 256
    package static let largestDimension = 512

    package init(queryHeads: Int, keyValueHeads: Int, dimension: Int) {
        self.queryHeads = queryHeads
        self.keyValueHeads = keyValueHeads
        self.dimension = dimension
    }

    /// `Q:KV:D`: query heads, key and value heads, and the dimension of a head.
    package init(parsing text: String, field: String = "--heads") throws(LabError) {
        let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 3, let queries = numbers[0], let keys = numbers[1], let dimension = numbers[2],
            (1...Self.mostHeads).contains(queries), keys >= 1, queries.isMultiple(of: keys),
            (2...Self.largestDimension).contains(dimension), dimension.isMultiple(of: 2)
        else {
            throw .value(
                field: field, found: "'\(text)'",
                expected:
                    "query heads:KV heads:dimension, such as 32:8:128; the first 1...\(Self.mostHeads) and a "
                    + "multiple of the second, the third even, 2...\(Self.largestDimension)")
        }
        self.init(queryHeads: queries, keyValueHeads: keys, dimension: dimension)
    }

    package var description: String { "\(queryHeads):\(keyValueHeads):\(dimension)" }
}
