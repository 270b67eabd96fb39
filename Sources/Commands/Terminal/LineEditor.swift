/// A message being written, of one or more lines.
///
/// Pure state: keys go in, what to do comes out.
package struct LineEditor {
    /// What the terminal has to do after a key.
    package enum Action: Sendable, Equatable {
        case none
        case redraw
        case clearScreen
        /// The message is complete.
        case submit(String)
        /// Ctrl-C: the message was dropped. A second one in a row leaves.
        case cancelled
        /// The person wants to leave.
        case leave
        case suspend
    }

    /// Grapheme clusters; a line break is `\n`.
    package private(set) var characters: [Character] = []
    /// Characters before the cursor.
    package private(set) var cursor = 0
    package var history: InputHistory
    private var wasInterrupted = false

    package init(history: InputHistory = InputHistory()) {
        self.history = history
    }

    package var text: String { String(characters) }

    /// Applies a key.
    package mutating func handle(_ key: Key) -> Action {
        let interruptedBefore = wasInterrupted
        wasInterrupted = false
        switch key {
        case .text(let text), .paste(let text): insert(text)
        case .enter: return enter()
        case .interrupt: return interrupt(again: interruptedBefore)
        case .endOfInput: return endOfInput()
        case .suspend: return .suspend
        case .clearScreen: return .clearScreen
        case .backspace: return remove(from: cursor - 1, to: cursor)
        case .deleteForward: return remove(from: cursor, to: cursor + 1)
        case .killToLineEnd: return killToLineEnd()
        case .killToLineStart: return remove(from: lineStart, to: cursor)
        case .killWord: return remove(from: wordStart, to: cursor)
        case .left: return move(to: cursor - 1)
        case .right: return move(to: cursor + 1)
        case .home: return move(to: lineStart)
        case .end: return move(to: lineEnd)
        case .wordLeft: return move(to: wordStart)
        case .wordRight: return move(to: wordEnd)
        case .up: return up()
        case .down: return down()
        }
        return .redraw
    }

    /// Empties the editor for the next message.
    package mutating func reset() {
        characters = []
        cursor = 0
        history.stopBrowsing()
    }
}

// MARK: - Internals

extension LineEditor {
    private mutating func insert(_ text: String) {
        // A combining mark joins the character before it, so the clusters are formed anew from the whole text.
        let before = String(characters[..<cursor]) + text
        characters = Array(before + String(characters[cursor...]))
        cursor = min(before.count, characters.count)
    }

    /// Enter on an empty last line sends, as "double enter to end input" says; elsewhere it breaks the line.
    private mutating func enter() -> Action {
        guard cursor == characters.count, characters.isEmpty || characters.last == "\n" else {
            insert("\n")
            return .redraw
        }
        let message = String(characters.dropLast())
        guard message.contains(where: { !$0.isWhitespace }) else {
            let wasEmpty = characters.isEmpty
            reset()
            return wasEmpty ? .none : .redraw
        }
        reset()
        return .submit(message)
    }

    private mutating func interrupt(again: Bool) -> Action {
        if again && characters.isEmpty { return .leave }
        reset()
        wasInterrupted = true
        return .cancelled
    }

    private mutating func endOfInput() -> Action {
        characters.isEmpty ? .leave : remove(from: cursor, to: cursor + 1)
    }

    private mutating func remove(from start: Int, to end: Int) -> Action {
        guard start >= 0, start < end, end <= characters.count else { return .none }
        characters.removeSubrange(start..<end)
        // Removing a base character can join what stood on its two sides.
        let before = String(characters[..<start])
        characters = Array(String(characters))
        cursor = min(before.count, characters.count)
        return .redraw
    }

    private mutating func killToLineEnd() -> Action {
        // At the end of a line there is only its line break to remove.
        remove(from: cursor, to: lineEnd == cursor ? cursor + 1 : lineEnd)
    }

    private mutating func move(to target: Int) -> Action {
        guard target != cursor, (0...characters.count).contains(target) else { return .none }
        cursor = target
        return .redraw
    }

    private mutating func show(_ entry: String?) -> Action {
        guard let entry else { return .none }
        characters = Array(entry)
        cursor = characters.count
        return .redraw
    }

    private mutating func up() -> Action {
        let start = lineStart
        guard start > 0 else { return show(history.previous(current: text)) }
        let columns = DisplayWidth.columns(of: characters[start..<cursor])
        return moveInLine(startingAt: lineStart(before: start - 1), toColumn: columns)
    }

    private mutating func down() -> Action {
        let end = lineEnd
        guard end < characters.count else { return show(history.next()) }
        let columns = DisplayWidth.columns(of: characters[lineStart..<cursor])
        return moveInLine(startingAt: end + 1, toColumn: columns)
    }

    private mutating func moveInLine(startingAt start: Int, toColumn target: Int) -> Action {
        var index = start
        var column = 0
        while index < characters.count, characters[index] != "\n" {
            column += DisplayWidth.columns(of: characters[index])
            if column > target { break }
            index += 1
        }
        return move(to: index)
    }

    private var lineStart: Int { lineStart(before: cursor) }

    private func lineStart(before index: Int) -> Int {
        characters[..<index].lastIndex(of: "\n").map { $0 + 1 } ?? 0
    }

    private var lineEnd: Int { characters[cursor...].firstIndex(of: "\n") ?? characters.count }

    private var wordStart: Int {
        let word = characters[..<cursor].lastIndex { !$0.isWhitespace } ?? 0
        return characters[..<word].lastIndex { $0.isWhitespace }.map { $0 + 1 } ?? 0
    }

    private var wordEnd: Int {
        let word = characters[cursor...].firstIndex { !$0.isWhitespace } ?? characters.count
        return characters[word...].firstIndex { $0.isWhitespace } ?? characters.count
    }
}
