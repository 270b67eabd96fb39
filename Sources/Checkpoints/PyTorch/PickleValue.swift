/// A value on the pickle machine's stack.
///
/// Containers are numbers of entries in the machine's tables rather than nested values, so that a pickle
/// that nests a million tuples, or puts a dictionary into itself, costs no recursion here.
enum PickleValue {
    case none
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    /// Bytes of the pickle that are valid UTF-8.
    case text(start: UInt32, count: UInt32)
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case function(TorchFunction)
    case elementType(StoredElement)
    /// The class of a typed storage; nil for one without a type.
    case storageClass(StoredElement?)
    case storage(Int)
    case tensor(Int)

    /// What the value is, for messages.
    var summary: String {
        switch self {
        case .none: "None"
        case .boolean(let value): value ? "True" : "False"
        case .integer(let value): "the number \(value)"
        case .number(let value): "the number \(value)"
        case .text: "a string"
        case .tuple: "a tuple"
        case .list: "a list"
        case .dictionary: "a dictionary"
        case .function(let function): "the function \(function.rawValue)"
        case .elementType(let type): "the type \(type.name)"
        case .storageClass: "a storage class"
        case .storage: "a storage"
        case .tensor: "a tensor"
        }
    }
}

/// The calls that a state dict consists of; everything else is refused.
///
/// Nothing is ever executed: these names stand for what `PickleMachine` does itself.
enum TorchFunction: String {
    case orderedDictionary = "collections.OrderedDict"
    case rebuildTensor = "torch._utils._rebuild_tensor_v2"
    case rebuildTensorWithType = "torch._utils._rebuild_tensor_v3"
    case rebuildParameter = "torch._utils._rebuild_parameter"
    case size = "torch.Size"
}

/// The bytes of one tensor or several, named by a persistent id.
struct PickledStorage {
    /// The zip entry is `data/<key>` in the archive's folder.
    let key: String
    /// Nil for a storage of bytes.
    let element: StoredElement?
    let count: Int
}

/// A view of a storage; `offset` and `strides` count elements.
struct PickledTensor {
    let storage: Int
    let element: StoredElement
    let offset: Int
    let shape: [Int]
    let strides: [Int]
}
