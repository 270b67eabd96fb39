internal import Tensors

/// Interprets the pickle of a state dict: dictionaries, tuples, lists, strings, numbers, and descriptions of
/// tensors.
///
/// Pickle is a program for a stack machine that may import and call anything. This machine knows only the
/// instructions and names that tensors need, executes nothing, and refuses everything else by name.
struct PickleMachine {
    struct Failure: Error {
        /// From the pickle's first byte.
        let offset: Int
        let code: CheckpointError.Code
        let problem: String
    }

    /// What a run leaves: the value on the stack, and the tables that it refers to.
    struct Result {
        var value: PickleValue
        var tables: Tables
    }

    struct Tables {
        var tuples: [[PickleValue]] = []
        var lists: [[PickleValue]] = []
        var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
        var storages: [PickledStorage] = []
        var tensors: [PickledTensor] = []
    }

    /// Far above the pickle of any model: the largest have some hundred bytes for each of 100,000 tensors.
    static let maximumBytes = 64 << 20
    /// Picklers empty the stack after each 1000 pairs of a dictionary.
    static let maximumStack = 1 << 16
    /// What the containers of a pickle may cost: a container 2, an element 1, a storage 4 and a tensor 8.
    ///
    /// A tensor of a real state dict costs about 40 and takes at least 55 bytes.
    static func budget(bytes: Int) -> Int { 256 + bytes }
    static let maximumDimensions = 8

    let bytes: UnsafeRawBufferPointer
    var offset = 0
    /// Where the instruction in progress starts.
    var start = 0
    var stack: [PickleValue] = []
    var marks: [Int] = []
    var memo: [PickleValue] = []
    var tables = Tables()
    private var spent = 0

    static func run(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> Result {
        var machine = PickleMachine(bytes: bytes)
        return try machine.run()
    }

    private init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    private mutating func run() throws(Failure) -> Result {
        guard bytes.count <= Self.maximumBytes else {
            throw failure("has \(bytes.count) bytes, expected at most \(Self.maximumBytes)")
        }
        guard bytes.first == Opcode.protocolVersion.rawValue else {
            throw failure("does not start with a protocol number (byte 80); only protocols 2 to 5 are read")
        }
        while true {
            start = offset
            let byte = UInt8(truncatingIfNeeded: try unsigned(1))
            guard let opcode = Opcode(rawValue: byte) else { throw refusedInstruction(byte) }
            if opcode == .stop { break }
            try execute(opcode)
            guard stack.count <= Self.maximumStack, marks.count <= Self.maximumStack else {
                throw failure("has more than \(Self.maximumStack) values on its stack")
            }
        }
        guard stack.count == 1, marks.isEmpty, offset == bytes.count else {
            throw failure("ends with \(stack.count) values and \(bytes.count - offset) bytes left over")
        }
        return Result(value: stack[0], tables: tables)
    }

    /// Bounds the memory that a pickle's containers take.
    mutating func spend(_ cost: Int) throws(Failure) {
        spent += cost
        guard spent <= Self.budget(bytes: bytes.count) else {
            throw failure("makes more containers than a state dict of \(bytes.count) bytes has")
        }
    }

    func failure(_ problem: String, _ code: CheckpointError.Code = .malformed) -> Failure {
        Failure(offset: start, code: code, problem: problem)
    }

    private func refusedInstruction(_ byte: UInt8) -> Failure {
        let name = Self.refusedNames[byte] ?? "unknown"
        let hexadecimal = (byte < 16 ? "0" : "") + String(byte, radix: 16)
        return failure(
            "has the instruction \(hexadecimal) (\(name)), which describing tensors does not need; it is "
                + "not executed. Save the model as safetensors", .unsupported)
    }

    /// Instructions of other pickles, for messages.
    private static let refusedNames: [UInt8: String] = [
        0x81: "NEWOBJ", 0x92: "NEWOBJ_EX", 0x69: "INST", 0x6F: "OBJ", 0x82: "EXT1", 0x83: "EXT2",
        0x84: "EXT4", 0x50: "PERSID", 0x8F: "EMPTY_SET", 0x90: "ADDITEMS", 0x91: "FROZENSET",
        0x96: "BYTEARRAY8", 0x97: "NEXT_BUFFER", 0x98: "READONLY_BUFFER", 0x42: "BINBYTES",
        0x43: "SHORT_BINBYTES", 0x8E: "BINBYTES8", 0x54: "BINSTRING", 0x55: "SHORT_BINSTRING", 0x8B: "LONG4",
    ]

    enum Opcode: UInt8 {
        case protocolVersion = 0x80
        case frame = 0x95
        case stop = 0x2E
        case mark = 0x28
        case pop = 0x30
        case popMark = 0x31
        case duplicate = 0x32
        case none = 0x4E
        case yes = 0x88
        case no = 0x89
        case int32 = 0x4A
        case uint8 = 0x4B
        case uint16 = 0x4D
        case long = 0x8A
        case double = 0x47
        case text = 0x58
        case shortText = 0x8C
        case longText = 0x8D
        case emptyTuple = 0x29
        case tuple = 0x74
        case tuple1 = 0x85
        case tuple2 = 0x86
        case tuple3 = 0x87
        case emptyList = 0x5D
        case append = 0x61
        case appends = 0x65
        case emptyDictionary = 0x7D
        case setItem = 0x73
        case setItems = 0x75
        case get = 0x68
        case longGet = 0x6A
        case put = 0x71
        case longPut = 0x72
        case memoize = 0x94
        case global = 0x63
        case stackGlobal = 0x93
        case reduce = 0x52
        case build = 0x62
        case persistentID = 0x51
    }
}

// MARK: - Instructions

extension PickleMachine {
    private mutating func execute(_ opcode: Opcode) throws(Failure) {
        switch opcode {
        case .protocolVersion, .frame: try skipHeader(opcode)
        case .stop: break
        case .mark: marks.append(stack.count)
        case .pop: _ = try pop(1)
        case .popMark: _ = try popToMark()
        case .duplicate: stack.append(try top())
        case .none: stack.append(.none)
        case .yes: stack.append(.boolean(true))
        case .no: stack.append(.boolean(false))
        case .int32: stack.append(.integer(Int(Int32(truncatingIfNeeded: try unsigned(4)))))
        case .uint8: stack.append(.integer(Int(try unsigned(1))))
        case .uint16: stack.append(.integer(Int(try unsigned(2))))
        case .long: stack.append(.integer(try long()))
        case .double: stack.append(.number(Double(bitPattern: try unsigned(8).byteSwapped)))
        case .text: stack.append(try text(byteCount: try unsigned(4)))
        case .shortText: stack.append(try text(byteCount: try unsigned(1)))
        case .longText: stack.append(try text(byteCount: try unsigned(8)))
        case .emptyTuple: try pushTuple(values: [])
        case .tuple1: try pushTuple(values: pop(1))
        case .tuple2: try pushTuple(values: pop(2))
        case .tuple3: try pushTuple(values: pop(3))
        case .tuple: try pushTuple(values: popToMark())
        case .emptyList: try pushList()
        case .append: try extendList(by: pop(1))
        case .appends: try extendList(by: popToMark())
        case .emptyDictionary: try pushDictionary()
        case .setItem: try setItems(pop(2))
        case .setItems: try setItems(popToMark())
        case .get: try recall(unsigned(1))
        case .longGet: try recall(unsigned(4))
        case .put: try remember(unsigned(1))
        case .longPut: try remember(unsigned(4))
        case .memoize: try remember(UInt64(memo.count))
        case .global: try pushNamed()
        case .stackGlobal: try pushNamedFromStack()
        case .reduce: try reduce()
        case .build: try build()
        case .persistentID: try pushStorage()
        }
    }

    private mutating func skipHeader(_ opcode: Opcode) throws(Failure) {
        guard opcode == .protocolVersion else {
            // A frame's length only helps readers of streams.
            _ = try unsigned(8)
            return
        }
        let version = try unsigned(1)
        guard 2...5 ~= version else {
            throw failure("has protocol \(version), expected 2 to 5", .unsupported)
        }
    }
}
