import KernelLab
import Tensors
import Testing

@Suite struct CellTests {
    @Test(arguments: [("576x1536", 576, 1536), ("1X2", 1, 2), ("1048576x32", 1_048_576, 32)])
    func shapesAreRead(text: String, outputs: Int, inputs: Int) throws {
        let shape = try MatrixShape(parsing: text)
        #expect(shape == MatrixShape(outputs: outputs, inputs: inputs))
        #expect(try MatrixShape(parsing: shape.description) == shape)
    }

    @Test(arguments: ["", "576", "576x", "x576", "0x5", "-1x5", "5x5x5", "1048577x1", "axb", "5 x 5"])
    func badShapesAreRefused(text: String) {
        #expect(
            throws: LabError.value(
                field: "--shape", found: "'\(text)'",
                expected: "outputs x inputs, each 1...1048576, such as 2048x8192")
        ) { try MatrixShape(parsing: text) }
    }

    @Test(arguments: [("9:3:64", 9, 3, 64), ("32:32:128", 32, 32, 128)])
    func headsAreRead(text: String, queries: Int, keys: Int, dimension: Int) throws {
        let heads = try HeadShape(parsing: text)
        #expect(heads == HeadShape(queryHeads: queries, keyValueHeads: keys, dimension: dimension))
        #expect(heads.description == text)
    }

    @Test(arguments: [
        "", "9:3", "9:4:64", "9:0:64", "9:3:63", "9:3:0", "9:3:1024", "512:1:64", "9:3:64:1", "a:b:c",
    ])
    func badHeadsAreRefused(text: String) {
        #expect { try HeadShape(parsing: text) } throws: {
            "\($0)".hasPrefix("--heads is '\(text)', expected query heads:KV heads:dimension")
        }
    }

    @Test func everyFormatIsReadByItsName() throws {
        for format in WeightFormat.table {
            #expect(try WeightFormat(parsing: format.optionName) == format)
            #expect(try WeightFormat(parsing: format.description) == format)
        }
        for element in KVCacheShape.Element.allCases {
            #expect(try KVCacheShape.Element(parsing: element.rawValue) == element)
        }
    }

    @Test func unknownNamesAreRefused() {
        #expect { try WeightFormat(parsing: "w4") } throws: {
            "\($0)".hasPrefix("--format is 'w4', expected one of fp32, fp16, bf16, w8, w8g32")
        }
        #expect { try KVCacheShape.Element(parsing: "int2") } throws: {
            "\($0)" == "--kv-format is 'int2', expected one of fp32, fp16, bf16, int8, int4"
        }
        #expect { try InstructionSet.parsing("sse") } throws: {
            "\($0)" == "--isa is 'sse', expected one of generic, avx2, avxvnni, avx512bw, avx512, neon or all"
        }
    }

    @Test func instructionSetsOfThisCPUAreTaken() throws {
        #expect(try InstructionSet.parsing("generic") == [.generic])
        #expect(try InstructionSet.parsing("all") == InstructionSet.allCases.filter(\.isSupported))
        for set in InstructionSet.allCases where !set.isSupported {
            #expect(
                throws: LabError.unsupported(
                    instructionSet: set.rawValue, best: InstructionSet.best.rawValue)
            ) { try InstructionSet.parsing(set.rawValue) }
        }
    }

    @Test func aSelectionIsAllCombinations() throws {
        var selection = CellSelection.quick
        selection.formats = [.bf16, .w4(group: 32)]
        selection.shapes = [MatrixShape(outputs: 64, inputs: 64)]
        selection.rows = [1, 2, 3]
        selection.contexts = [16]
        let cells = try selection.cells(instructionSets: [.generic], threads: [1, 2])
        // 6 linear cells, 4 formats x 2 heads of decoding and of prompts, each with two numbers of threads.
        #expect(cells.count == (6 + 8 + 8) * 2)
        #expect(Set(cells).count == cells.count)
        selection.operations = [.decode]
        #expect(try selection.cells(instructionSets: [.generic, .avx2], threads: [1]).count == 16)
    }

    @Test func theDefaultListsCanBeHeld() throws {
        #expect(try CellSelection.quick.cells(instructionSets: [.generic], threads: [1]).count == 100)
        #expect(try CellSelection.full.cells(instructionSets: [.generic], threads: [1]).count == 984)
    }

    @Test func listsOutOfRangeAreRefused() {
        func expect(_ message: String, _ change: (inout CellSelection) -> Void) {
            var selection = CellSelection.quick
            change(&selection)
            #expect { try selection.cells(instructionSets: [.generic], threads: [1]) } throws: {
                "\($0)".hasPrefix(message)
            }
        }
        expect("--rows is 0, expected 1...4096") { $0.rows = [1, 0] }
        expect("--rows is 4097, expected 1...4096") { $0.rows = [4097] }
        expect("--context is 0, expected 1...1048576") { $0.contexts = [0] }
        expect("w4g32 cannot hold 64x33: leave") { $0.shapes = [MatrixShape(outputs: 64, inputs: 33)] }
        expect("int8 cannot hold 1:1:512: leave") {
            $0.heads = [HeadShape(queryHeads: 1, keyValueHeads: 1, dimension: 512)]
        }
    }

    @Test func workIsCountedInTheCeilingsUnits() throws {
        let generic = try #require(Kernels(.generic))
        let shape = MatrixShape(outputs: 64, inputs: 128)
        let heads = HeadShape(queryHeads: 4, keyValueHeads: 2, dimension: 8)
        let cases: [(KernelWork, Ceiling, Double)] = [
            (.linear(.fp32, shape, rows: 1), .memoryRead, 64 * 128 * 4),
            (.linear(.w4(group: 32), shape, rows: 1), .memoryRead, 64 * 64 + 64 * 4 * 4),
            (.linear(.w4(group: 32), shape, rows: 3), .int8Dot, 2 * 3 * 64 * 128),
            (.linear(.w8(group: 0), shape, rows: 3), .int8SignedDot, 2 * 3 * 64 * 128),
            (.linear(.bf16, shape, rows: 3), .float32, 2 * 3 * 64 * 128),
            // Values are padded to 16 dimensions.
            (.decode(.fp32, heads, context: 10), .memoryRead, 10 * 2 * (8 + 16) * 4),
            (.prefill(.fp16, heads, context: 3), .float32, 4 * (1 + 2 + 3) * 8 * 4),
            (.prefill(.int8, heads, context: 514), .int16Dot, 4 * (514 * 515 / 2 - 3) * 8 * 4),
        ]
        for (work, ceiling, units) in cases {
            #expect(work.ceiling(on: generic) == ceiling, "\(work)")
            #expect(work.unitsOfWork == units, "\(work)")
        }
    }

    @Test func linearLayersAndEachShapeOfHeadsAreWaves() {
        let one = HeadShape(queryHeads: 1, keyValueHeads: 1, dimension: 8)
        let two = HeadShape(queryHeads: 2, keyValueHeads: 1, dimension: 8)
        let shape = MatrixShape(outputs: 8, inputs: 8)
        let works: [KernelWork] = [
            .decode(.int8, one, context: 1), .linear(.fp32, shape, rows: 1), .prefill(.int4, one, context: 1),
            .decode(.int8, two, context: 1), .linear(.bf16, shape, rows: 2),
        ]
        let cells = works.map { KernelCell($0, .generic, threads: 1) }
        let waves = CellWave.waves(of: cells, coldBytes: 7)
        #expect(waves.map(\.cells) == [[cells[0], cells[2]], [cells[1], cells[4]], [cells[3]]])
        #expect(waves.allSatisfy { $0.coldBytes == 7 })
    }

    @Test(
        arguments: [
            (nil, 64 << 30, 128 << 20), (32 << 20, 64 << 30, 128 << 20), (96 << 20, 64 << 30, 384 << 20),
            (1 << 30, 16 << 30, 2 << 30), (1 << 30, 256 << 20, 128 << 20),
        ] as [(Int?, Int, Int)])
    func coldMemoryIsFourTimesTheCacheWithinReason(cache: Int?, available: Int, expected: Int) {
        #expect(ColdMemory.bytes(lastLevelCache: cache, available: available) == expected)
    }
}
