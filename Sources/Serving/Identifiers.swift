/// Names of replies that nobody else has.
enum Identifier {
    static func make(_ prefix: String) -> String {
        let digits = "0123456789abcdefghijklmnopqrstuvwxyz"
        return prefix + String((0..<24).map { _ in digits.randomElement() ?? "0" })
    }
}
