import Checkpoints
import TestSupport
import Testing

/// Pickles are programs: what is not the description of tensors must be refused, at once and by name.
struct PickleTests {
    private static func error(_ pickle: [UInt8]) throws -> CheckpointError {
        try WeightFolders.error(PyTorchBuilder().zip(pickle: pickle).build())
    }

    private static func program(_ build: (inout Pickle) -> Void) -> [UInt8] {
        var pickle = Pickle()
        build(&pickle)
        return pickle.bytes
    }

    @Test(arguments: [
        ("os", "system"), ("posix", "system"), ("builtins", "eval"), ("builtins", "getattr"),
        ("torch", "load"), ("torch.hub", "load"), ("torch._utils", "_rebuild_device_tensor_from_numpy"),
        ("numpy.core.multiarray", "_reconstruct"), ("collections", "Counter"), ("", ""),
        ("torch.storage", "TypedStorage"), ("subprocess", "Popen"), ("__builtin__", "exec"),
    ])
    func `names that tensors do not need are refused`(module: String, name: String) throws {
        let byLine = Self.program { $0.global(module, name) }
        let fromStack = Self.program {
            $0.text(module)
            $0.text(name)
            $0.put([0x93])
        }
        for pickle in [byLine, fromStack] {
            let error = try Self.error(pickle)
            #expect(error.code == .unsupported)
            #expect(error.message.contains("'\(module).\(name)'"), "\(error)")
            #expect(error.message.contains("refuses to execute it"))
        }
    }

    @Test(arguments: [
        (UInt8(0x81), "NEWOBJ"), (0x92, "NEWOBJ_EX"), (0x69, "INST"), (0x6F, "OBJ"), (0x82, "EXT1"),
        (0x83, "EXT2"), (0x84, "EXT4"), (0x50, "PERSID"), (0x8F, "EMPTY_SET"), (0x42, "BINBYTES"),
        (0x49, "unknown"), (0xFF, "unknown"), (0x00, "unknown"),
    ])
    func `instructions that tensors do not need are refused`(instruction: UInt8, name: String) throws {
        let error = try Self.error([0x80, 2, 0x4E, 0x4E, instruction])
        #expect(error.code == .unsupported)
        #expect(error.message.contains("at byte 4 has the instruction"))
        #expect(error.message.contains("(\(name))"))
    }

    /// Instructions after the protocol number, and what is wrong with them.
    private static let broken: [(bytes: [UInt8], words: String)] = [
        ([], "is cut off"),
        ([0x2E], "ends with 0 values"),
        ([0x4E, 0x4E, 0x2E], "ends with 2 values"),
        ([0x28, 0x4E, 0x2E], "ends with 1 values"),
        ([0x4E, 0x2E, 0x00], "1 bytes left over"),
        ([0x4E, 0x2E], "the pickle is None, expected a dictionary"),
        ([0x7D, 0x4B, 1, 0x4E, 0x73, 0x2E], "has the number 1 as a name"),
        ([0x7D, 0x8C, 1, 0xFF, 0x4E, 0x73, 0x2E], "expected valid UTF-8"),
        ([0x7D, 0x8C, 1, 0x78, 0x4E, 0x73, 0x2E], "'x' is None, expected a tensor"),
        ([0x30], "empty stack"), ([0x32], "empty stack"), ([0x71, 0], "empty stack"),
        ([0x94], "empty stack"), ([0x52], "empty stack"), ([0x62], "empty stack"), ([0x51], "empty stack"),
        ([0x85], "empty stack"), ([0x4E, 0x28, 0x85], "empty stack"), ([0x4E, 0x28, 0x30], "empty stack"),
        ([0x31], "a mark that is not there"), ([0x74], "a mark that is not there"),
        ([0x75], "a mark that is not there"), ([0x65], "a mark that is not there"),
        ([0x68, 0], "recalls value 0 of 0"), ([0x6A, 0xFF, 0xFF, 0xFF, 0xFF], "recalls value 4294967295"),
        ([0x4E, 0x72, 0xFF, 0xFF, 0xFF, 0xFF], "remembers a value as number 4294967295"),
        ([0x4E, 0x71, 1], "remembers a value as number 1 after 0"),
        ([0x58, 0xFF, 0xFF, 0xFF, 0xFF], "needs 4294967295 bytes"),
        ([0x8D] + [UInt8](repeating: 0xFF, count: 8), "needs 18446744073709551615 bytes"),
        ([0x8A, 9] + [UInt8](repeating: 0, count: 9), "a number of 9 bytes"),
        ([0x4E, 0x4E, 0x61], "appends to None"), ([0x4E, 0x4E, 0x4E, 0x73], "sets items of None"),
        ([0x7D, 0x28, 0x4E, 0x75], "a key without a value"),
        ([0x4E, 0x29, 0x52], "calls None"), ([0x7D, 0x29, 0x52], "calls a dictionary"),
        ([0x4E, 0x4E, 0x52], "the arguments of a call, expected a tuple"),
        ([0x4E, 0x7D, 0x62], "sets attributes of None"), ([0x7D, 0x29, 0x62], "sets attributes of a dict"),
        ([0x4E, 0x51], "a persistent id, expected a tuple"), ([0x29, 0x51], "that is no storage"),
        ([0x4B, 1, 0x93], "the number 1, expected a string"), ([0x63, 0x61, 0x62], "cut off in a name"),
        ([0x80, 6], "has protocol 6"), ([0x80, 0], "has protocol 0"),
    ]

    @Test(arguments: broken.indices)
    func `instructions that make no sense are refused`(index: Int) throws {
        let error = try Self.error([0x80, 2] + Self.broken[index].bytes)
        #expect(error.message.contains(Self.broken[index].words), "\(error)")
        #expect(!error.message.contains("\n"))
    }

    @Test
    func `calls with other arguments than torch's are refused`() throws {
        let calls: [(module: String, name: String, arguments: [UInt8])] = [
            ("collections", "OrderedDict", [0x4E, 0x85]), ("torch", "Size", [0x29]),
            ("torch", "Size", [0x4E, 0x85]), ("torch._utils", "_rebuild_parameter", [0x29]),
            ("torch._utils", "_rebuild_tensor_v2", [0x29]),
            ("torch._utils", "_rebuild_tensor_v2", [0x28, 0x4E, 0x4E, 0x4E, 0x4E, 0x4E, 0x4E, 0x74]),
            ("torch._utils", "_rebuild_tensor_v3", [0x29]),
        ]
        for (module, name, arguments) in calls {
            let error = try Self.error(
                Self.program {
                    $0.global(module, name)
                    $0.put(arguments + [0x52])
                })
            #expect(error.code == .malformed, "\(name): \(error)")
        }
        // A type is a value, not a function.
        let called = Self.program {
            $0.global("torch", "float32")
            $0.put([0x29, 0x52])
        }
        #expect(try Self.error(called).message.contains("calls the type F32; refuses to execute it"))
    }

    @Test
    func `pickles that would fill the memory are refused`() throws {
        let million = 1 << 20
        let programs: [[UInt8]] = [
            // values, marks, tuples in tuples, remembered values, a list of itself
            [UInt8](repeating: 0x4E, count: million), [UInt8](repeating: 0x28, count: million),
            [0x29] + [UInt8](repeating: 0x85, count: million),
            [0x4E] + [UInt8](repeating: 0x94, count: million),
            [0x5D, 0x94] + (0..<million / 3).flatMap { _ in [0x68, 0, 0x61] as [UInt8] },
        ]
        for program in programs {
            let error = try Self.error([0x80, 2] + program)
            #expect(error.code == .malformed || error.code == .truncated, "\(error)")
        }
    }

    @Test
    func `dictionaries that contain themselves are refused`() throws {
        let pickle: [UInt8] =
            [0x80, 2, 0x7D, 0x94, 0x8C, 10] + Array("state_dict".utf8) + [0x68, 0, 0x73, 0x2E]
        #expect(try Self.error(pickle).message.contains("expected a dictionary of tensors"))
    }
}
