/// Turns the tree of a pattern into its program.
struct PatternCompiler {
    typealias Instruction = PatternProgram.Instruction

    private static let largestProgram = 8192
    private static let mostPoints = 1024
    private static let mostSets = 256

    private let field: String
    private var program = PatternProgram()
    private var sets: [ScalarSet] = []

    private init(field: String) {
        self.field = field
    }

    static func compile(_ node: PatternNode, field: String) throws(TokenizerError) -> PatternProgram {
        var compiler = PatternCompiler(field: field)
        try compiler.emit(node)
        try compiler.add(.accept)
        compiler.program.startBytes = compiler.firstBytes(of: node)
        compiler.program.sets = compiler.sets.map { ScalarBitmap($0) }
        return compiler.program
    }

    // MARK: - Nodes

    private mutating func emit(_ node: PatternNode) throws(TokenizerError) {
        switch node {
        case .empty:
            break
        case .set(let set):
            try emit(set)
        case .sequence(let parts):
            try emitSequence(parts)
        case .alternatives(let branches):
            try emitAlternatives(branches)
        case .repeated(let body, let minimum, let maximum, let greed):
            try emitRepetition(body, minimum, maximum, greed)
        case .atomic(let body):
            try emitAtomic(body)
        case .lookahead(let body, let isNegative):
            try emitLook(isNegative: isNegative) { (compiler) throws(TokenizerError) in
                try compiler.emit(body)
            }
        case .lookbehind(let body, let isNegative):
            try emitLook(isNegative: isNegative) { (compiler) throws(TokenizerError) in
                try compiler.emitBackwards(body)
            }
        case .anchor(let anchor):
            if anchor == .wordBoundary || anchor == .noWordBoundary {
                program.wordSet = Int(try index(of: UnicodeProperty.onigurumaWord))
            }
            try add(.anchor(anchor))
        }
    }

    private mutating func emit(_ set: ScalarSet) throws(TokenizerError) {
        guard !set.isEmpty else { return try add(.fail) }
        guard let scalar = set.single else { return try add(.set(try index(of: set))) }
        let start = Int32(program.literals.count)
        program.literals.append(scalar: scalar)
        try add(.literal(start..<Int32(program.literals.count)))
    }

    /// Neighbouring scalars are compared at once.
    private mutating func emitSequence(_ parts: [PatternNode]) throws(TokenizerError) {
        var literalStart: Int?
        for part in parts {
            if case .set(let set) = part, let scalar = set.single {
                if literalStart == nil { literalStart = program.literals.count }
                program.literals.append(scalar: scalar)
                continue
            }
            try endLiteral(&literalStart)
            try emit(part)
        }
        try endLiteral(&literalStart)
    }

    private mutating func endLiteral(_ start: inout Int?) throws(TokenizerError) {
        guard let first = start else { return }
        try add(.literal(Int32(first)..<Int32(program.literals.count)))
        start = nil
    }

    private mutating func emitAlternatives(_ branches: [PatternNode]) throws(TokenizerError) {
        var exits: [Int] = []
        let tails = firstBytesOfTails(branches)
        for (index, branch) in branches.enumerated() {
            guard index < branches.count - 1 else {
                try emit(branch)
                break
            }
            let split = try reserve()
            let start = Int32(program.instructions.count)
            try emit(branch)
            exits.append(try reserve())
            program.instructions[split] = .split(
                first: start, second: Int32(program.instructions.count), firstBytes: firstBytes(of: branch),
                secondBytes: tails[index + 1], point: try point())
        }
        for exit in exits { program.instructions[exit] = .jump(Int32(program.instructions.count)) }
    }

    /// Element `i` is what the branches from `i` on can begin with.
    private mutating func firstBytesOfTails(_ branches: [PatternNode]) -> [Int32] {
        var tails = [Int32](repeating: -1, count: branches.count)
        var bytes = FirstByteSet()
        for index in branches.indices.reversed() {
            // A branch that can match nothing lets every byte follow, here and for all before it.
            if bytes.addFirst(of: branches[index]) { break }
            tails[index] = store(bytes)
        }
        return tails
    }

    private mutating func emitRepetition(
        _ body: PatternNode, _ minimum: Int, _ maximum: Int?, _ greed: PatternNode.Greed
    ) throws(TokenizerError) {
        if case .set(let set) = body, !set.isEmpty {
            program.runs.append(
                PatternProgram.Run(
                    set: Int(try index(of: set)), minimum: minimum, maximum: maximum ?? .max, greed: greed,
                    point: Int(try point())))
            return try add(.run(Int32(program.runs.count - 1)))
        }
        if greed == .possessive {
            return try emitAtomic(
                .repeated(body, minimum: minimum, maximum: maximum, greed: .greedy))
        }
        for _ in 0..<minimum { try emit(body) }
        guard let maximum else { return try emitLoop(body, greed) }
        var splits: [Int] = []
        for _ in minimum..<maximum {
            splits.append(try reserve())
            try emit(body)
        }
        for split in splits { try close(split, body, greed) }
    }

    /// `split: body, end; body; jump split; end:`.
    private mutating func emitLoop(
        _ body: PatternNode, _ greed: PatternNode.Greed
    ) throws(TokenizerError) {
        let split = try reserve()
        try emit(body)
        try add(.jump(Int32(split)))
        try close(split, body, greed)
    }

    /// Makes the reserved instruction the choice between what follows it and the end of the program so far.
    private mutating func close(
        _ split: Int, _ body: PatternNode, _ greed: PatternNode.Greed
    ) throws(TokenizerError) {
        let (inside, end) = (Int32(split + 1), Int32(program.instructions.count))
        let bytes = firstBytes(of: body)
        program.instructions[split] =
            greed == .lazy
            ? .split(first: end, second: inside, firstBytes: -1, secondBytes: bytes, point: try point())
            : .split(first: inside, second: end, firstBytes: bytes, secondBytes: -1, point: try point())
    }

    private mutating func emitAtomic(_ body: PatternNode) throws(TokenizerError) {
        // A possessive run needs no machine of its own.
        if case .repeated(.set(let set), let minimum, let maximum, .greedy) = body, !set.isEmpty {
            return try emitRepetition(.set(set), minimum, maximum, .possessive)
        }
        let skip = try reserve()
        let start = Int32(program.instructions.count)
        try emit(body)
        try add(.accept)
        program.instructions[skip] = .jump(Int32(program.instructions.count))
        try add(.atomic(body: start, point: try point()))
    }

    private mutating func emitLook(
        isNegative: Bool, _ emitBody: (inout PatternCompiler) throws(TokenizerError) -> Void
    ) throws(TokenizerError) {
        let skip = try reserve()
        let start = Int32(program.instructions.count)
        try emitBody(&self)
        try add(.acceptLook)
        program.instructions[skip] = .jump(Int32(program.instructions.count))
        try add(.look(body: start, isNegative: isNegative))
    }

    /// Each alternative from as far back as it is long.
    private mutating func emitBackwards(_ body: PatternNode) throws(TokenizerError) {
        let branches: [PatternNode] =
            if case .alternatives(let branches) = body { branches } else { [body] }
        var exits: [Int] = []
        for (index, branch) in branches.enumerated() {
            let split = index < branches.count - 1 ? try reserve() : nil
            let start = Int32(program.instructions.count)
            guard let length = branch.fixedLength.flatMap({ Int32(exactly: $0) }) else {
                throw error("a lookbehind of no fixed length", expected: "alternatives of fixed lengths")
            }
            try add(.back(length))
            try emit(branch)
            guard let split else { break }
            exits.append(try reserve())
            program.instructions[split] = .split(
                first: start, second: Int32(program.instructions.count), firstBytes: -1, secondBytes: -1,
                point: try point())
        }
        for exit in exits { program.instructions[exit] = .jump(Int32(program.instructions.count)) }
    }

    // MARK: - Parts of the program

    private mutating func add(_ instruction: Instruction) throws(TokenizerError) {
        guard program.instructions.count < Self.largestProgram else {
            throw error("more than \(Self.largestProgram) steps", expected: "smaller counts")
        }
        program.instructions.append(instruction)
    }

    /// A place for an instruction that is not known yet.
    private mutating func reserve() throws(TokenizerError) -> Int {
        try add(.fail)
        return program.instructions.count - 1
    }

    private mutating func point() throws(TokenizerError) -> Int32 {
        guard program.pointCount < Self.mostPoints else {
            throw error("more than \(Self.mostPoints) choices", expected: "fewer alternatives and counts")
        }
        program.pointCount += 1
        return Int32(program.pointCount - 1)
    }

    private mutating func index(of set: ScalarSet) throws(TokenizerError) -> Int32 {
        if let known = sets.firstIndex(of: set) { return Int32(known) }
        guard sets.count < Self.mostSets else {
            throw error("more than \(Self.mostSets) different sets", expected: "fewer")
        }
        sets.append(set)
        return Int32(sets.count - 1)
    }

    private func error(_ found: String, expected: String) -> TokenizerError {
        TokenizerError(
            .unsupported, field: field, found: "a regular expression with \(found)", expected: expected,
            advice: "use a tokenizer with a smaller expression")
    }

    private mutating func firstBytes(of node: PatternNode) -> Int32 {
        var bytes = FirstByteSet()
        return bytes.addFirst(of: node) ? -1 : store(bytes)
    }

    private mutating func store(_ bytes: FirstByteSet) -> Int32 {
        program.firstBytes.append(bytes.packed)
        return Int32(program.firstBytes.count - 1)
    }
}
