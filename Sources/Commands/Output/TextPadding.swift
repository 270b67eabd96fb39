extension String {
    /// The text with spaces on its right (or left) up to `width` characters.
    func padded(to width: Int, left: Bool = false) -> String {
        let padding = String(repeating: " ", count: max(0, width - count))
        return left ? padding + self : self + padding
    }
}
