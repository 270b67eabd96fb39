internal import Tensors

/// A tensor as a file describes it, before it is known whether the model has a parameter of that name.
struct StoredTensor {
    var name: String
    var shape: [Int]
    let element: StoredElement
    let file: MappedFile
    /// Of the first element.
    let offset: Int
    /// Elements from one row to the next, and from one value of a row to the next.
    let rowStride: Int
    let valueStride: Int

    /// As for GGUF: far above any real tensor, and byte counts cannot overflow.
    static let maximumElements = 1 << 40

    /// A tensor whose rows follow each other without gaps.
    init(name: String, shape: [Int], element: StoredElement, file: MappedFile, offset: Int) {
        self.init(
            name: name, shape: shape, element: element, file: file, offset: offset,
            rowStride: shape.last ?? 1, valueStride: 1)
    }

    init(
        name: String, shape: [Int], element: StoredElement, file: MappedFile, offset: Int, rowStride: Int,
        valueStride: Int
    ) {
        self.name = name
        self.shape = shape
        self.element = element
        self.file = file
        self.offset = offset
        self.rowStride = rowStride
        self.valueStride = valueStride
    }

    var isEmpty: Bool { shape.contains(0) }

    /// Of a tensor without gaps.
    var byteRange: Range<Int> { offset..<offset + shape.reduce(1, *) * element.byteCount }

    /// How many values a shape has, or nil when there are more than `maximumElements`.
    ///
    /// The product of the sizes that are not zero is bounded as well.
    static func elementCount(_ shape: [Int]) -> Int? {
        var elements = 1
        for size in shape where size != 0 {
            guard size > 0, size <= maximumElements, elements <= maximumElements / size else { return nil }
            elements *= size
        }
        return shape.contains(0) ? 0 : elements
    }
}
