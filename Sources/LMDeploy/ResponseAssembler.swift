package import Tokenization

/// Turns tokens into text: whole characters only, and nothing of a stop word or what follows it.
package struct ResponseAssembler {
    private var detokenizer: StreamingDetokenizer
    private var stopMatcher: StopMatcher

    /// What a token added.
    package struct Piece: Equatable, Sendable {
        package var text: String
        /// A stop word was completed: the reply is over.
        package var isStopped: Bool
    }

    /// - Parameter includesStopWord: whether the stop word that ends a reply is part of it.
    package init(
        tokenizer: Tokenizer, skipSpecialTokens: Bool, stopWords: [String], includesStopWord: Bool = false
    ) {
        detokenizer = StreamingDetokenizer(tokenizer, skipSpecialTokens: skipSpecialTokens)
        stopMatcher = StopMatcher(stopWords: stopWords, includesStopWord: includesStopWord)
    }

    package mutating func append(_ token: Int32) -> Piece {
        stopMatcher.append(detokenizer.append(token))
    }

    /// The text that was held back because it could have become a character or a stop word.
    package mutating func finish() -> Piece {
        let piece = stopMatcher.append(detokenizer.finish())
        if piece.isStopped { return piece }
        return Piece(text: piece.text + stopMatcher.finish(), isStopped: false)
    }
}

/// Finds stop words in text that arrives in pieces, however the pieces are cut.
package struct StopMatcher {
    private let stopWords: [[UInt8]]
    private let longest: Int
    private let includesStopWord: Bool
    private var held: [UInt8] = []

    package init(stopWords: [String], includesStopWord: Bool = false) {
        self.includesStopWord = includesStopWord
        self.stopWords = stopWords.filter { !$0.isEmpty }.map { Array($0.utf8) }
        longest = self.stopWords.map(\.count).max() ?? 0
    }

    package mutating func append(_ text: String) -> ResponseAssembler.Piece {
        guard longest > 0 else { return .init(text: text, isStopped: false) }
        held.append(contentsOf: text.utf8)
        if let match = firstMatch() {
            let end = includesStopWord ? match.upperBound : match.lowerBound
            let text = String(decoding: held[..<end], as: UTF8.self)
            held.removeAll()
            return .init(text: text, isStopped: true)
        }
        let kept = longestSuffixThatCouldMatch()
        let text = String(decoding: held[..<(held.count - kept)], as: UTF8.self)
        held.removeFirst(held.count - kept)
        return .init(text: text, isStopped: false)
    }

    package mutating func finish() -> String {
        defer { held.removeAll() }
        return String(decoding: held, as: UTF8.self)
    }

    private func firstMatch() -> Range<Int>? {
        for start in held.indices {
            let rest = held[start...]
            if let word = stopWords.first(where: { rest.starts(with: $0) }) {
                return start..<start + word.count
            }
        }
        return nil
    }

    /// Stop words are whole UTF-8 strings, so a suffix that begins one starts on a character boundary.
    private func longestSuffixThatCouldMatch() -> Int {
        for count in stride(from: min(longest - 1, held.count), to: 0, by: -1) {
            let suffix = held.suffix(count)
            if stopWords.contains(where: { $0.starts(with: suffix) }) { return count }
        }
        return 0
    }
}
