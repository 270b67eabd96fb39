internal import Tensors

/// The element types of Hugging Face and PyTorch files, of which only floats can be parameters.
enum StoredElement: Sendable, Equatable {
    case float(DType)
    /// Integers and booleans: buffers that follow from the configuration, or quantised weights.
    case other(Other)

    enum Other: String, Sendable {
        case bool, int8, uint8, int16, uint16, int32, uint32, int64, uint64
    }

    var byteCount: Int {
        switch self {
        case .float(let dtype): dtype.blockBytes
        case .other(.bool), .other(.int8), .other(.uint8): 1
        case .other(.int16), .other(.uint16): 2
        case .other(.int32), .other(.uint32): 4
        case .other(.int64), .other(.uint64): 8
        }
    }

    var name: String {
        switch self {
        case .float(let dtype): dtype.rawValue
        case .other(let other): other.rawValue
        }
    }

    /// - Parameter name: as in a safetensors header, for example "BF16".
    init?(safetensors name: String) {
        guard let element = Self.bySafetensorsName[name] else { return nil }
        self = element
    }

    /// - Parameter name: of a torch dtype, for example "bfloat16".
    init?(torchType name: String) {
        guard let element = Self.byTorchName[name] else { return nil }
        self = element
    }

    /// - Parameter name: of a torch storage class, for example "HalfStorage".
    init?(torchStorage name: String) {
        guard let element = Self.byStorageName[name] else { return nil }
        self = element
    }

    /// The names of the float types in a safetensors header, for messages.
    static let safetensorsFloats = "F64, F32, F16, BF16, F8_E4M3 or F8_E5M2"

    private static let bySafetensorsName: [String: StoredElement] = [
        "F64": .float(.float64), "F32": .float(.float32), "F16": .float(.float16), "BF16": .float(.bfloat16),
        "F8_E4M3": .float(.float8E4M3), "F8_E5M2": .float(.float8E5M2),
        "F8_E4M3FNUZ": .float(.float8E4M3FNUZ), "F8_E5M2FNUZ": .float(.float8E5M2FNUZ),
        "F8_E8M0": .float(.float8E8M0),
        "BOOL": .other(.bool), "I8": .other(.int8), "U8": .other(.uint8), "I16": .other(.int16),
        "U16": .other(.uint16), "I32": .other(.int32), "U32": .other(.uint32), "I64": .other(.int64),
        "U64": .other(.uint64),
    ]

    private static let byTorchName: [String: StoredElement] = [
        "float64": .float(.float64), "float32": .float(.float32), "float16": .float(.float16),
        "bfloat16": .float(.bfloat16), "float8_e4m3fn": .float(.float8E4M3),
        "float8_e5m2": .float(.float8E5M2), "float8_e4m3fnuz": .float(.float8E4M3FNUZ),
        "float8_e5m2fnuz": .float(.float8E5M2FNUZ), "float8_e8m0fnu": .float(.float8E8M0),
        "bool": .other(.bool), "int8": .other(.int8), "uint8": .other(.uint8), "int16": .other(.int16),
        "uint16": .other(.uint16), "int32": .other(.int32), "uint32": .other(.uint32),
        "int64": .other(.int64), "uint64": .other(.uint64),
    ]

    private static let byStorageName: [String: StoredElement] = [
        "DoubleStorage": .float(.float64), "FloatStorage": .float(.float32), "HalfStorage": .float(.float16),
        "BFloat16Storage": .float(.bfloat16), "BoolStorage": .other(.bool), "CharStorage": .other(.int8),
        "ByteStorage": .other(.uint8), "ShortStorage": .other(.int16), "IntStorage": .other(.int32),
        "LongStorage": .other(.int64),
    ]
}
