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

    /// Turns AWQ's words of eight outputs into words of eight inputs, 64 integers at a time.
    private static func transposeOutputWords(
        _ start: UnsafeRawPointer, _ rowBytes: Int, rows: Range<Int>, columns: Range<Int>,
        into words: UnsafeMutablePointer<UInt32>
    ) {
        for octet in 0..<columns.count / 8 {
            let source = start + (columns.lowerBound + octet * 8) * rowBytes
            let target = words + octet * rows.count
            for column in rows.lowerBound / 8..<(rows.upperBound + 7) / 8 {
                var square = SIMD8<UInt32>()
                for input in 0..<8 {
                    square[input] = UInt32(
                        littleEndian: source.loadUnaligned(
                            fromByteOffset: input * rowBytes + column * 4, as: UInt32.self))
                }
                let byNibble = transposed(square)
                for output in rows.clamped(to: column * 8..<column * 8 + 8) {
                    target[output - rows.lowerBound] = byNibble[nibble(ofOutput: output % 8)]
                }
            }
        }
    }

    /// The square of nibbles whose rows are the columns of another.
    private static func transposed(_ square: SIMD8<UInt32>) -> SIMD8<UInt32> {
        // Three rounds exchange the corners of squares of 8, 4 and 2 nibbles.
        let (upper, lower) = (square.lowHalf, square.highHalf)
        let left = upper & 0xFFFF | lower &<< 16
        let right = upper &>> 16 | lower & 0xFFFF_0000
        return SIMD8(lowHalf: transposedHalf(left), highHalf: transposedHalf(right))
    }

    private static func transposedHalf(_ square: SIMD4<UInt32>) -> SIMD4<UInt32> {
        let (upper, lower) = (square.lowHalf, square.highHalf)
        let left = upper & 0x00FF_00FF | lower &<< 8 & 0xFF00_FF00
        let right = upper &>> 8 & 0x00FF_00FF | lower & 0xFF00_FF00
        let quarter = SIMD4(lowHalf: left, highHalf: right)
        let (even, odd) = (quarter.evenHalf, quarter.oddHalf)
        let first = even & 0x0F0F_0F0F | odd &<< 4 & 0xF0F0_F0F0
        let second = even &>> 4 & 0x0F0F_0F0F | odd & 0xF0F0_F0F0
        return SIMD4(first[0], second[0], first[1], second[1])
    }
}
