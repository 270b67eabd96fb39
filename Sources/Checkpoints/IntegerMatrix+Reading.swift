// Reading integers. Columns begin and end at whole words.
//
// SAFETY: rows and columns are checked against the matrix, whose tensors have the shapes that belong to them; the
// destinations have room for all values of the call.
extension IntegerMatrix {
    /// Reads integers of 4 bits as words: [columns / 8][rows], the first column in the lowest bits.
    package func readOctets(
        rows: Range<Int>, columns: Range<Int>, into words: UnsafeMutablePointer<UInt32>
    ) {
        precondition(bits == 4)
        check(rows, columns)
        readWords(rows: rows, columns: columns, into: words)
    }

    /// Reads `q - zero`, [rows][columns].
    package func readDifferences(
        rows: Range<Int>, columns: Range<Int>, into differences: UnsafeMutablePointer<Int16>
    ) {
        check(rows, columns)
        let width = columns.count
        if layout == .bytes {
            integers.withBytes { start, rowBytes in
                for (index, row) in rows.enumerated() {
                    let source = start + row * rowBytes + columns.lowerBound
                    for column in 0..<width {
                        differences[index * width + column] = Int16(
                            source.load(fromByteOffset: column, as: Int8.self))
                    }
                }
            }
        } else {
            readValues(rows: rows, columns: columns, into: differences)
        }
        subtractZeros(rows: rows, columns: columns, differences)
    }

    /// Reads `q - zero`, [rows][columns].
    /// - Returns: the first row with a difference that is no byte; nil when all are.
    package func readBytes(
        rows: Range<Int>, columns: Range<Int>, into bytes: UnsafeMutablePointer<Int8>
    ) -> Int? {
        check(rows, columns)
        let width = columns.count
        if layout == .bytes, case .same(0) = zeros {
            integers.withBytes { start, rowBytes in
                for (index, row) in rows.enumerated() {
                    UnsafeMutableRawPointer(bytes + index * width)
                        .copyMemory(from: start + row * rowBytes + columns.lowerBound, byteCount: width)
                }
            }
            return nil
        }
        return withUnsafeTemporaryAllocation(of: Int16.self, capacity: width) { differences in
            guard let base = differences.baseAddress else { return nil }
            for (index, row) in rows.enumerated() {
                readDifferences(rows: row..<row + 1, columns: columns, into: base)
                for column in 0..<width {
                    let difference = base[column]
                    guard let byte = Int8(exactly: difference) else { return row }
                    bytes[index * width + column] = byte
                }
            }
            return nil
        }
    }

    /// Reads weights, [rows][columns], with one fp32 product each.
    package func readFloats(
        rows: Range<Int>, columns: Range<Int>, into floats: UnsafeMutablePointer<Float>
    ) {
        let width = columns.count
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: max(rows.count * width, 1)) { differences in
            guard let base = differences.baseAddress else { return }
            readDifferences(rows: rows, columns: columns, into: base)
            forEachGroup(of: columns) { group, part in
                withUnsafeTemporaryAllocation(of: Float.self, capacity: rows.count) { scales in
                    guard let scale = scales.baseAddress else { return }
                    readScales(rows: rows, group: group, into: scale)
                    for row in 0..<rows.count {
                        for place in row * width + part.lowerBound..<row * width + part.upperBound {
                            floats[place] = Float(base[place]) * scale[row]
                        }
                    }
                }
            }
        }
    }

    // MARK: - Internals

    private func check(_ rows: Range<Int>, _ columns: Range<Int>) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= self.rows)
        precondition(columns.lowerBound >= 0 && columns.upperBound <= self.columns)
        guard layout != .bytes else { return }
        let perWord = 32 / bits
        precondition(columns.lowerBound % perWord == 0 && columns.upperBound % perWord == 0)
    }

    /// Calls `body` with each group that has some of the columns, and with those, counted from the first one.
    private func forEachGroup(of columns: Range<Int>, _ body: (_ group: Int, _ part: Range<Int>) -> Void) {
        var start = columns.lowerBound
        while start < columns.upperBound {
            let end = min((start / group + 1) * group, columns.upperBound)
            body(start / group, start - columns.lowerBound..<end - columns.lowerBound)
            start = end
        }
    }

    private func subtractZeros(
        rows: Range<Int>, columns: Range<Int>, _ values: UnsafeMutablePointer<Int16>
    ) {
        if case .same(0) = zeros { return }
        let width = columns.count
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: rows.count) { zeros in
            guard let zero = zeros.baseAddress else { return }
            forEachGroup(of: columns) { group, part in
                readZeros(rows: rows, group: group, into: zero)
                for row in 0..<rows.count {
                    for place in row * width + part.lowerBound..<row * width + part.upperBound {
                        values[place] -= Int16(truncatingIfNeeded: zero[row])
                    }
                }
            }
        }
    }

    /// The integers of words, [rows][columns].
    private func readValues(
        rows: Range<Int>, columns: Range<Int>, into values: UnsafeMutablePointer<Int16>
    ) {
        let perWord = 32 / bits
        let mask: UInt32 = bits == 4 ? 15 : 255
        let width = columns.count
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: rows.count * width / perWord) { words in
            guard let base = words.baseAddress else { return }
            readWords(rows: rows, columns: columns, into: base)
            for group in 0..<width / perWord {
                for row in 0..<rows.count {
                    let word = base[group * rows.count + row]
                    for position in 0..<perWord {
                        values[row * width + group * perWord + position] = Int16(
                            truncatingIfNeeded: word >> UInt32(bits * position) & mask)
                    }
                }
            }
        }
    }

    /// Words of neighbouring inputs, [columns in words][rows].
    private func readWords(
        rows: Range<Int>, columns: Range<Int>, into words: UnsafeMutablePointer<UInt32>
    ) {
        let perWord = 32 / bits
        let (first, count) = (columns.lowerBound / perWord, columns.count / perWord)
        integers.withBytes { start, rowBytes in
            switch layout {
            case .outputWords:
                Self.transposeOutputWords(start, rowBytes, rows: rows, columns: columns, into: words)
            case .inputWordsByInput:
                for index in 0..<count {
                    UnsafeMutableRawPointer(words + index * rows.count).copyMemory(
                        from: start + (first + index) * rowBytes + rows.lowerBound * 4,
                        byteCount: rows.count * 4)
                }
            case .inputWordsByOutput:
                for (index, row) in rows.enumerated() {
                    let source = start + row * rowBytes + first * 4
                    for word in 0..<count {
                        words[word * rows.count + index] = UInt32(
                            littleEndian: source.loadUnaligned(fromByteOffset: word * 4, as: UInt32.self))
                    }
                }
            case .bytes:
                preconditionFailure("bytes are no words")
            }
        }
    }

    /// Turns AWQ's words of eight outputs into words of eight inputs, four words at a time.
    private static func transposeOutputWords(
        _ start: UnsafeRawPointer, _ rowBytes: Int, rows: Range<Int>, columns: Range<Int>,
        into words: UnsafeMutablePointer<UInt32>
    ) {
        let (first, end) = (rows.lowerBound / 8, (rows.upperBound + 7) / 8)
        for octet in 0..<columns.count / 8 {
            let inputs = start + (columns.lowerBound + octet * 8) * rowBytes
            let target = words + octet * rows.count
            for word in stride(from: first, to: end, by: 4) {
                let square = NibbleSquares(inputs + word * 4, rowBytes, count: min(end - word, 4))
                square.forEachOutput { output, values in
                    for index in 0..<4 {
                        let row = (word + index) * 8 + output
                        if rows.contains(row) { target[row - rows.lowerBound] = values[index] }
                    }
                }
            }
        }
    }
}

/// Up to four squares side by side of eight inputs by eight outputs, as AWQ has them, turned around.
private struct NibbleSquares {
    private typealias Words = SIMD4<UInt32>

    private var low: (Words, Words, Words, Words)
    private var high: (Words, Words, Words, Words)

    /// - Parameters:
    ///   - start: the first input's words, behind which are those of the next input in `rowBytes` bytes.
    ///   - count: words that there are, 1 to 4.
    @inline(__always)
    init(_ start: UnsafeRawPointer, _ rowBytes: Int, count: Int) {
        func load(_ input: Int) -> Words {
            let row = start + input * rowBytes
            // SAFETY: the caller has `count` words here for each of eight inputs.
            if count == 4 { return row.loadUnaligned(as: Words.self) }
            var words = Words.zero
            for index in 0..<count {
                words[index] = row.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
            }
            return words
        }
        // Three rounds exchange the corners of squares of 8, 4 and 2 nibbles.
        let (a0, a4) = Self.exchanged(load(0), load(4), 0xFFFF, 16)
        let (a1, a5) = Self.exchanged(load(1), load(5), 0xFFFF, 16)
        let (a2, a6) = Self.exchanged(load(2), load(6), 0xFFFF, 16)
        let (a3, a7) = Self.exchanged(load(3), load(7), 0xFFFF, 16)
        let (b0, b2) = Self.exchanged(a0, a2, 0x00FF_00FF, 8)
        let (b1, b3) = Self.exchanged(a1, a3, 0x00FF_00FF, 8)
        let (b4, b6) = Self.exchanged(a4, a6, 0x00FF_00FF, 8)
        let (b5, b7) = Self.exchanged(a5, a7, 0x00FF_00FF, 8)
        let (c0, c1) = Self.exchanged(b0, b1, 0x0F0F_0F0F, 4)
        let (c2, c3) = Self.exchanged(b2, b3, 0x0F0F_0F0F, 4)
        let (c4, c5) = Self.exchanged(b4, b5, 0x0F0F_0F0F, 4)
        let (c6, c7) = Self.exchanged(b6, b7, 0x0F0F_0F0F, 4)
        (low, high) = ((c0, c1, c2, c3), (c4, c5, c6, c7))
    }

    /// Calls `body` with each output's eight inputs, for all squares.
    @inline(__always)
    func forEachOutput(_ body: (_ output: Int, _ words: SIMD4<UInt32>) -> Void) {
        // Even outputs are in the lower half of a word.
        body(0, low.0)
        body(1, high.0)
        body(2, low.1)
        body(3, high.1)
        body(4, low.2)
        body(5, high.2)
        body(6, low.3)
        body(7, high.3)
    }

    @inline(__always)
    private static func exchanged(
        _ a: Words, _ b: Words, _ mask: UInt32, _ shift: UInt32
    ) -> (Words, Words) {
        let (mask, shift) = (Words(repeating: mask), Words(repeating: shift))
        return (a & mask | (b & mask) &<< shift, a &>> shift & mask | b & ~mask)
    }
}
