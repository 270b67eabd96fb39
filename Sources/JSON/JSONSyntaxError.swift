/// Where a JSON text breaks the rules, and which.
package struct JSONSyntaxError: Error, Sendable, Equatable {
    /// Byte in the text, from 0.
    package let offset: Int
    /// The byte there, or the end: "'}'", "byte 0x01", "the end".
    package let found: String
    package let expected: String
}
