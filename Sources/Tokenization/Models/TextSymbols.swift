/// The symbols that a word is merged from: neighbouring ranges of its bytes.
struct TextSymbols {
    /// One more than there are symbols.
    private var bounds: [Int]
    private var frozen: [Bool] = []

    init(_ bytes: [UInt8], _ word: Range<Int>, _ options: TextMergeModel.Options) {
        bounds = [word.lowerBound]
        bounds.reserveCapacity(word.count + 1)
        var index = word.lowerBound
        while index < word.upperBound {
            if let symbol = options.frozen.longestPrefix(bytes, from: index, to: word.upperBound) {
                while frozen.count < bounds.count { frozen.append(false) }
                frozen[bounds.count - 1] = true
                index += symbol.count
            } else {
                index += options.unit == .byte ? 1 : bytes.scalar(at: index).width
            }
            bounds.append(index)
        }
        if !frozen.isEmpty {
            while frozen.count < bounds.count { frozen.append(false) }
        }
    }

    var count: Int { bounds.count - 1 }

    func range(_ index: Int) -> Range<Int> { bounds[index]..<bounds[index + 1] }

    /// The symbol and the one after it.
    func pair(_ index: Int) -> Range<Int> { bounds[index]..<bounds[index + 2] }

    func isFrozen(_ index: Int) -> Bool { !frozen.isEmpty && frozen[index] }

    func canMerge(_ index: Int) -> Bool { !isFrozen(index) && !isFrozen(index + 1) }

    mutating func merge(_ index: Int) {
        bounds.remove(at: index + 1)
        if !frozen.isEmpty { frozen.remove(at: index + 1) }
    }
}

/// Writes what merging has left: pieces, bytes, or one unknown piece for a run without pieces.
struct TextMergeOutput {
    private let options: TextMergeModel.Options
    private var followsUnknown = false

    init(_ options: TextMergeModel.Options) {
        self.options = options
    }

    mutating func append(
        _ bytes: [UInt8], _ range: Range<Int>, _ id: Int32?, _ session: inout EncodingSession
    ) {
        if let id {
            session.ids.append(id)
            followsUnknown = false
        } else if !options.byteIDs.isEmpty {
            for index in range { session.ids.append(options.byteIDs[Int(bytes[index])]) }
        } else if let unknown = options.unknownID {
            if !followsUnknown { session.ids.append(unknown) }
            followsUnknown = true
        }
    }
}
