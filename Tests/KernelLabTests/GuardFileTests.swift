import KernelLab
import Tensors
import Testing

@Suite struct GuardFileTests {
    private static let linear = KernelWork.linear(
        .w4(group: 32), MatrixShape(outputs: 64, inputs: 128), rows: 2)
    private static let decode = KernelWork.decode(
        .int8, HeadShape(queryHeads: 9, keyValueHeads: 3, dimension: 64), context: 512)
    private static let file = GuardFile(entries: [
        GuardFile.Entry(linear, leastRatios: [.avx2: 0.5, .generic: 0.25]),
        GuardFile.Entry(decode, leastRatios: [.avx2: 0.75]),
    ])

    @Test func whatIsWrittenIsRead() throws {
        let linear = #"{"operation": "linear", "format": "w4 g32", "shape": "64x128", "rows": 2, "#
        let decode = #"{"operation": "decode", "format": "int8", "shape": "9:3:64", "context": 512, "#
        #expect(
            Self.file.text == """
                {
                  "cells": [
                    \(linear)"least_ratio": {"avx2": 0.5, "generic": 0.25}},
                    \(decode)"least_ratio": {"avx2": 0.75}}
                  ]
                }

                """)
        #expect(try GuardFile(parsing: Array(Self.file.text.utf8)) == Self.file)
    }

    @Test func cellsAreThoseOfTheInstructionSet() {
        #expect(Self.file.cells(.generic, threads: 2) == [KernelCell(Self.linear, .generic, threads: 2)])
        #expect(Self.file.cells(.avx2, threads: 1).count == 2)
        #expect(Self.file.cells(.avx512, threads: 1) == [])
        #expect(Self.file.cells(.avx512, threads: 1, includesNew: true).count == 2)
    }

    @Test func updatingTakesThreeQuartersOfWhatWasMeasured() {
        let results = [GuardVerdictTests.result(Self.linear, 0.777, .avx512), Self.dropped]
        let updated = Self.file.updated(with: results)
        #expect(updated.entries[0].leastRatios == [.avx2: 0.5, .generic: 0.25, .avx512: 0.58])
        #expect(updated.entries[1].leastRatios == [.avx2: 0.75])
    }

    private static var dropped: CellResult {
        CellResult(
            cell: KernelCell(decode, .avx2, threads: 1), ceilingName: .memoryRead,
            samples: CellSamples(SamplePolicy(samples: 1)))
    }

    private static func cell(_ changes: [String: String?] = [:]) -> String {
        var members = [
            "operation": "\"linear\"", "format": "\"w8\"", "shape": "\"64x64\"", "rows": "1",
            "least_ratio": "{\"avx2\": 0.5}",
        ]
        for (name, value) in changes { members[name] = value }
        return "{" + members.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
    }

    @Test(arguments: [
        ("{", "the guard file has the end at byte 1, expected"),
        ("[]", "the guard file is an array, expected an object"),
        ("{}", "the guard file.cells is missing, expected a value"),
        ("{\"cells\": {}}", "cells is an object, expected an array of cells"),
        ("{\"cells\": []}", "cells is an empty array, expected at least one cell"),
        (
            "{\"cells\": [], \"more\": 1}",
            "the guard file is an object with 'more', expected only cells, each once"
        ),
        ("{\"cells\": [3]}", "cells[0] is a number, expected an object"),
        ("{\"cells\": [{}]}", "cells[0].operation is missing, expected a value"),
        (
            "{\"cells\": [\(cell()), \(cell())]}",
            "cells[1] is a cell that was there before, expected each cell once"
        ),
        (
            wrong("operation", "\"add\""),
            "cells[0].operation is 'add', expected one of linear, decode, prefill"
        ),
        (wrong("operation", "1"), "cells[0].operation is a number, expected a string"),
        (
            wrong("operation", "\"decode\""),
            "cells[0] is an object with 'rows', expected only operation, format"
        ),
        (wrong("format", "\"w9\""), "cells[0].format is 'w9', expected one of fp32"),
        (wrong("shape", "\"64\""), "cells[0].shape is '64', expected outputs x inputs"),
        (wrong("format", "\"w4 g64\"", "shape", "\"64x33\""), "w4g64 cannot hold 64x33"),
        (wrong("rows", "0"), "cells[0].rows is 0.0, expected 1...4096"),
        (wrong("rows", "\"1\""), "cells[0].rows is a string, expected 1...4096"),
        (wrong("rows", "1.5"), "cells[0].rows is 1.5, expected 1...4096"),
        (wrong("rows", nil), "cells[0].rows is missing, expected a value"),
        (wrong("least_ratio", "0.5"), "cells[0].least_ratio is a number, expected an object"),
        (
            wrong("least_ratio", "{\"sse\": 1}"),
            "cells[0].least_ratio is an object with 'sse', expected only generic"
        ),
        (wrong("least_ratio", "{\"avx2\": 0}"), "cells[0].least_ratio.avx2 is 0.0, expected a ratio above 0"),
        (
            wrong("least_ratio", "{\"avx2\": 11}"),
            "cells[0].least_ratio.avx2 is 11.0, expected a ratio above 0"
        ),
        (
            wrong("least_ratio", "{\"avx2\": true}"),
            "cells[0].least_ratio.avx2 is a boolean, expected a ratio"
        ),
        (
            "{\"cells\": [{\"operation\": \"linear\", \"operation\": \"linear\"}]}",
            "cells[0] is an object with 'operation' twice"
        ),
    ])
    func badFilesAreRefusedByField(text: String, message: String) {
        #expect { try GuardFile(parsing: Array(text.utf8)) } throws: { "\($0)".hasPrefix(message) }
    }

    private static func wrong(
        _ name: String, _ value: String?, _ other: String? = nil, _ otherValue: String? = nil
    ) -> String {
        var changes: [String: String?] = [name: value]
        if let other { changes[other] = otherValue }
        return "{\"cells\": [\(cell(changes))]}"
    }
}
