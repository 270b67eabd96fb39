internal import JSON
internal import LMDeploy

/// Messages as requests write them, and as templates take them.
enum ChatMessages {
    /// The conversation of a request whose messages have the kinds that the schema says.
    static func messages(_ node: JSONNode) -> [Message] {
        if let text = node.text { return [Message(role: "user", content: text.string)] }
        return (node.elements.map(Array.init) ?? []).map { message in
            let role = message.member("role")?.text?.string ?? "user"
            return Message(
                role: role == "developer" ? "system" : role, content: content(message.member("content")))
        }
    }

    /// A text, or the texts of its parts.
    static func content(_ node: JSONNode?) -> String {
        guard let node else { return "" }
        if let text = node.text { return text.string }
        let parts = node.elements.map(Array.init) ?? []
        return parts.compactMap { $0.member("text")?.text?.string }.joined(separator: "\n")
    }
}
