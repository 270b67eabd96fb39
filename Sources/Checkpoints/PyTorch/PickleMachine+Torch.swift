// What the names and calls of a state dict mean.
extension PickleMachine {
    /// The meaning of an imported name.
    ///
    /// Every name that is not listed here is refused, whatever would be done with it.
    private func named(module: String, name: String) throws(Failure) -> PickleValue {
        let fullName = module + "." + name
        if let function = TorchFunction(rawValue: fullName) { return .function(function) }
        if module == "torch" {
            if let element = StoredElement(torchType: name) { return .elementType(element) }
            if let element = StoredElement(torchStorage: name) { return .storageClass(element) }
        }
        if fullName == "torch.storage.UntypedStorage" || fullName == "torch.UntypedStorage" {
            return .storageClass(nil)
        }
        throw failure(
            "imports \(quoted(fullName)), which describing tensors does not need; refuses to execute it. "
                + "Save the model as safetensors", .unsupported)
    }

    mutating func pushNamed() throws(Failure) {
        let module = try line()
        stack.append(try named(module: module, name: try line()))
    }

    mutating func pushNamedFromStack() throws(Failure) {
        let name = try string(try pop())
        let module = try string(try pop())
        stack.append(try named(module: module, name: name))
    }

    mutating func reduce() throws(Failure) {
        let arguments = try tuple(try pop(), "the arguments of a call")
        let callee = try pop()
        guard case .function(let function) = callee else {
            throw failure("calls \(callee.summary); refuses to execute it", .unsupported)
        }
        switch function {
        case .orderedDictionary:
            guard arguments.isEmpty else {
                throw failure("makes an OrderedDict from \(arguments.count) values, expected none")
            }
            try pushDictionary()
        case .size:
            guard arguments.count == 1, case .tuple = arguments[0] else {
                throw failure("makes a torch.Size from something else than a tuple")
            }
            stack.append(arguments[0])
        case .rebuildParameter:
            guard arguments.count == 3, case .tensor = arguments[0] else {
                throw failure("makes a parameter from something else than a tensor")
            }
            stack.append(arguments[0])
        case .rebuildTensor:
            try pushTensor(arguments, element: nil)
        case .rebuildTensorWithType:
            guard arguments.count >= 7, case .elementType(let element) = arguments[6] else {
                throw failure("describes a tensor without its type")
            }
            try pushTensor(arguments, element: element)
        }
    }

    /// Module state dicts carry the attribute `_metadata`, which says nothing about tensors.
    mutating func build() throws(Failure) {
        let state = try pop()
        guard case .dictionary = state, case .dictionary = try top() else {
            throw failure("sets attributes of \(try top().summary); refuses to execute it", .unsupported)
        }
    }

    /// `("storage", class, key, device, element count)`.
    mutating func pushStorage() throws(Failure) {
        let id = try tuple(try pop(), "a persistent id")
        guard id.count == 5, try string(id[0]) == "storage", case .storageClass(let element) = id[1],
            case .integer(let count) = id[4], count >= 0
        else { throw failure("refers to something outside of it that is no storage") }
        let key = try string(id[2])
        try spend(4)
        tables.storages.append(PickledStorage(key: key, element: element, count: count))
        stack.append(.storage(tables.storages.count - 1))
    }

    // MARK: - Internals

    /// `(storage, offset, sizes, strides, requires_grad, hooks, …)`.
    private mutating func pushTensor(_ arguments: [PickleValue], element: StoredElement?) throws(Failure) {
        guard arguments.count >= 6, case .storage(let index) = arguments[0],
            case .integer(let offset) = arguments[1], offset >= 0
        else { throw failure("describes a tensor without a storage and an offset") }
        let storage = tables.storages[index]
        guard let element = element ?? storage.element else {
            throw failure("describes a tensor of a storage without a type")
        }
        let shape = try sizes(arguments[2], "the sizes of a tensor")
        let strides = try sizes(arguments[3], "the strides of a tensor")
        guard shape.count == strides.count, shape.count <= Self.maximumDimensions else {
            throw failure(
                "describes a tensor with \(shape.count) sizes and \(strides.count) strides, expected at most "
                    + "\(Self.maximumDimensions) of each")
        }
        try spend(8)
        tables.tensors.append(
            PickledTensor(storage: index, element: element, offset: offset, shape: shape, strides: strides))
        stack.append(.tensor(tables.tensors.count - 1))
    }

    private func tuple(_ value: PickleValue, _ what: String) throws(Failure) -> [PickleValue] {
        guard case .tuple(let index) = value else {
            throw failure("has \(value.summary) as \(what), expected a tuple")
        }
        return tables.tuples[index]
    }

    private func sizes(_ value: PickleValue, _ what: String) throws(Failure) -> [Int] {
        var result: [Int] = []
        for element in try tuple(value, what) {
            guard case .integer(let size) = element, size >= 0 else {
                throw failure("has \(element.summary) among \(what), expected a number that is not negative")
            }
            result.append(size)
        }
        return result
    }
}
