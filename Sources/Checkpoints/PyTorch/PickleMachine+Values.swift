// The stack, the memo, the containers, and the bytes of instructions.
extension PickleMachine {
    // MARK: - Stack

    /// Values below the last mark cannot be reached until the mark is gone.
    private var floor: Int { marks.last ?? 0 }

    func top() throws(Failure) -> PickleValue {
        guard stack.count > floor, let value = stack.last else {
            throw failure("takes a value from an empty stack")
        }
        return value
    }

    mutating func pop() throws(Failure) -> PickleValue {
        let value = try top()
        stack.removeLast()
        return value
    }

    mutating func pop(_ count: Int) throws(Failure) -> [PickleValue] {
        guard count <= stack.count - floor else { throw failure("takes values from an empty stack") }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    mutating func popToMark() throws(Failure) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw failure("takes values up to a mark that is not there") }
        defer { stack.removeLast(stack.count - mark) }
        return Array(stack[mark...])
    }

    // MARK: - Memo

    mutating func recall(_ index: UInt64) throws(Failure) {
        guard index < UInt64(memo.count) else {
            throw failure("recalls value \(index) of \(memo.count) remembered ones")
        }
        stack.append(memo[Int(index)])
    }

    /// Picklers number the values that they remember one after the other.
    mutating func remember(_ index: UInt64) throws(Failure) {
        guard index <= UInt64(memo.count), index <= UInt64(bytes.count / 2) else {
            throw failure("remembers a value as number \(index) after \(memo.count) others")
        }
        let value = try top()
        if index == UInt64(memo.count) {
            memo.append(value)
        } else {
            memo[Int(index)] = value
        }
    }

    // MARK: - Containers

    mutating func pushTuple(values: [PickleValue]) throws(Failure) {
        try spend(2 + values.count)
        tables.tuples.append(values)
        stack.append(.tuple(tables.tuples.count - 1))
    }

    mutating func pushList() throws(Failure) {
        try spend(2)
        tables.lists.append([])
        stack.append(.list(tables.lists.count - 1))
    }

    mutating func extendList(by values: [PickleValue]) throws(Failure) {
        guard case .list(let index) = try top() else {
            throw failure("appends to \(try top().summary), expected a list")
        }
        try spend(values.count)
        tables.lists[index].append(contentsOf: values)
    }

    mutating func pushDictionary() throws(Failure) {
        try spend(2)
        tables.dictionaries.append([])
        stack.append(.dictionary(tables.dictionaries.count - 1))
    }

    /// - Parameter values: keys and values in turn.
    mutating func setItems(_ values: [PickleValue]) throws(Failure) {
        guard case .dictionary(let index) = try top() else {
            throw failure("sets items of \(try top().summary), expected a dictionary")
        }
        guard values.count % 2 == 0 else { throw failure("sets a key without a value") }
        try spend(values.count)
        for pair in stride(from: 0, to: values.count, by: 2) {
            tables.dictionaries[index].append((values[pair], values[pair + 1]))
        }
    }

    // MARK: - Bytes

    /// Moves past `count` bytes and returns where they start.
    private mutating func advance(by count: UInt64) throws(Failure) -> Int {
        guard count <= UInt64(bytes.count - offset) else {
            throw failure(
                "is cut off: an instruction needs \(count) bytes of the \(bytes.count - offset) left",
                .truncated)
        }
        defer { offset += Int(count) }
        return offset
    }

    /// A little-endian number of at most 8 bytes.
    mutating func unsigned(_ count: Int) throws(Failure) -> UInt64 {
        let start = try advance(by: UInt64(count))
        return bytes[start..<start + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A little-endian two's-complement number after its length.
    mutating func long() throws(Failure) -> Int {
        let count = Int(try unsigned(1))
        guard count <= 8 else { throw failure("has a number of \(count) bytes, expected at most 8") }
        if count == 0 { return 0 }
        let unused = 64 - 8 * count
        // The arithmetic shift back repeats the sign.
        return (Int(truncatingIfNeeded: try unsigned(count)) << unused) >> unused
    }

    mutating func text(byteCount: UInt64) throws(Failure) -> PickleValue {
        let start = try advance(by: byteCount)
        // The whole pickle has less than 2^32 bytes.
        return .text(start: UInt32(start), count: UInt32(byteCount))
    }

    /// The text up to the next newline.
    mutating func line() throws(Failure) -> String {
        let start = offset
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") { offset += 1 }
        guard offset < bytes.count else { throw failure("is cut off in a name", .truncated) }
        offset += 1
        return try string(start..<offset - 1)
    }

    func string(_ value: PickleValue) throws(Failure) -> String {
        guard case .text(let start, let count) = value else {
            throw failure("has \(value.summary), expected a string")
        }
        return try string(Int(start)..<Int(start) + Int(count))
    }

    private func string(_ range: Range<Int>) throws(Failure) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw failure("has text at byte \(range.lowerBound) that is not valid UTF-8")
        }
        return text
    }
}
