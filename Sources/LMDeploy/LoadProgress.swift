/// How much of a model has been loaded.
public struct LoadProgress: Sendable, Equatable {
    /// Bytes of the checkpoint that have been packed.
    public var completedBytes: Int
    /// Bytes of the checkpoint.
    public var totalBytes: Int
}
