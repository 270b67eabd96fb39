/// Upper limits for numbers in a configuration: far above any real model, and small enough that products of
/// two of them cannot overflow.
enum ModelLimits {
    static let size = 1 << 28
    static let layers = 1 << 14
}
