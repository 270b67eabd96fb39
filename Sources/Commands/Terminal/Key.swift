/// What a person pressed or pasted.
package enum Key: Sendable, Equatable {
    /// Typed text: one character, or several that arrived together.
    case text(String)
    /// Pasted text, line breaks as `\n`, without control characters.
    case paste(String)
    case enter
    case backspace
    case deleteForward
    case left
    case right
    case up
    case down
    case home
    case end
    case wordLeft
    case wordRight
    case killToLineEnd
    case killToLineStart
    case killWord
    case clearScreen
    /// Ctrl-C.
    case interrupt
    /// Ctrl-D.
    case endOfInput
    /// Ctrl-Z.
    case suspend
}
