/// Messages from a person at a terminal, with line editing and history.
///
/// Leaves the terminal in the mode for keys.
struct TerminalConsole: ChatConsole {
    private let device: TerminalDevice
    private let prompt: String
    private let style: TextStyle
    private let historyFile: HistoryFile
    private var editor: LineEditor
    private var decoder = KeyDecoder()
    private var renderer = LineRenderer()
    /// Keys that arrived behind the end of the last message.
    private var waiting: [Key] = []

    private static let bracketedPasteOn = "\u{1B}[?2004h"
    private static let bracketedPasteOff = "\u{1B}[?2004l"

    init(device: TerminalDevice, prompt: String, style: TextStyle, historyFile: HistoryFile) {
        self.device = device
        self.prompt = prompt
        self.style = style
        self.historyFile = historyFile
        editor = LineEditor(history: InputHistory(entries: historyFile.load()))
    }

    mutating func nextMessage() throws -> String? {
        device.set(.keys)
        try StandardStream.write(Self.bracketedPasteOn)
        defer {
            // When this fails, so does what is printed next.
            try? StandardStream.write(Self.bracketedPasteOff)
        }
        try draw(editor.characters, cursor: editor.cursor)
        while true {
            var needsRedraw = false
            while !waiting.isEmpty {
                switch editor.handle(waiting.removeFirst()) {
                case .none: break
                case .redraw: needsRedraw = true
                case .clearScreen:
                    try StandardStream.write(renderer.clearScreen())
                    needsRedraw = true
                case .submit(let message):
                    try submit(message)
                    return message
                case .cancelled:
                    try StandardStream.write(renderer.finish())
                    try StandardStream.write(style.dim("(Ctrl-C again or Ctrl-D leaves)") + "\r\n")
                    needsRedraw = true
                case .leave:
                    try StandardStream.write(renderer.finish())
                    return nil
                case .suspend:
                    try suspend()
                    needsRedraw = true
                }
            }
            if needsRedraw { try draw(editor.characters, cursor: editor.cursor) }
            let bytes = StandardStream.read()
            guard !bytes.isEmpty else { return nil }
            waiting = decoder.decode(bytes)
        }
    }

    mutating func duringReply<Result: Sendable>(_ reply: Task<Result, any Error>) async throws -> Result {
        let (result, typed) = await KeyWatch.run(
            descriptor: device.descriptor, interrupt: { reply.cancel() }, { await reply.result })
        waiting += decoder.decode(typed)
        return try result.get()
    }

    private mutating func submit(_ message: String) throws {
        let shown = Array(message + "\n")
        try draw(shown, cursor: shown.count)
        try StandardStream.write(renderer.finish())
        guard case .message(let entry) = ChatInput(message) else { return }
        if editor.history.add(entry) { historyFile.append(entry) }
    }

    private mutating func suspend() throws {
        try StandardStream.write(renderer.finish() + Self.bracketedPasteOff)
        device.set(.original)
        TerminalDevice.suspendProcesses()
        device.set(.keys)
        try StandardStream.write(Self.bracketedPasteOn)
    }

    private mutating func draw(_ characters: [Character], cursor: Int) throws {
        let size = TerminalDevice.size(descriptor: StandardStream.output)
        let layout = ScreenLayout(
            prompt: prompt, characters: characters, cursor: cursor, columns: size.columns, height: size.rows)
        try StandardStream.write(renderer.draw(layout))
    }
}
