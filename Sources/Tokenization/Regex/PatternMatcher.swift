/// Finds the matches of one pattern in one text, from front to back.
///
/// Leftmost match, and of those the one that trying the alternatives in order finds first. A matcher that
/// has worked much more than the text is long begins to remember which states have failed (and, in
/// lookarounds, succeeded): from then on no state is tried twice, so that no expression is exponential.
struct PatternMatcher {
    struct Frame {
        enum Kind {
            /// Go on at `pc` and `position`.
            case branch
            /// A greedy run: give back one scalar, down to `low`.
            case run
            /// A lazy run: take one more scalar; `high` were taken so far.
            case lazyRun
            /// Both ways of a choice, or all from `low` to `position` of a run, have failed.
            case failure
        }

        let kind: Kind
        let pc: Int32
        var position: Int
        var low: Int
        var high: Int
    }

    /// Steps for each byte of text before the memory is worth its cost; splitting takes about five.
    private static let stepsPerByte = 24
    private static let freeSteps = 4096

    let program: PatternProgram
    let bytes: [UInt8]
    let range: Range<Int>
    private var frames: [Frame] = []
    private var steps = 0
    private let stepLimit: Int
    private var memory: PatternMemory?
    private var searchStart: Int
    private var lastMatchEnd: Int?

    /// `range` of `bytes` must be whole scalars of UTF-8.
    ///
    /// Nothing outside of it is looked at.
    init(_ program: PatternProgram, _ bytes: [UInt8], _ range: Range<Int>) {
        self.program = program
        self.bytes = bytes
        self.range = range
        searchStart = range.lowerBound
        stepLimit = Self.freeSteps + range.count * Self.stepsPerByte
    }

    /// The next match; an empty one not where the last match ended.
    mutating func next() -> Range<Int>? {
        while searchStart <= range.upperBound {
            guard let match = search() else {
                searchStart = range.upperBound + 1
                return nil
            }
            if match.isEmpty, match.upperBound == lastMatchEnd {
                searchStart =
                    match.upperBound < range.upperBound ? after(match.upperBound) : range.upperBound + 1
                continue
            }
            searchStart = match.upperBound
            lastMatchEnd = match.upperBound
            return match
        }
        return nil
    }

    private mutating func search() -> Range<Int>? {
        var start = searchStart
        while true {
            if program.startBytes >= 0 {
                let first = program.firstBytes[Int(program.startBytes)]
                while start < range.upperBound, !first.contains(bytes[start]) { start = after(start) }
                guard start < range.upperBound else { return nil }
            }
            let end = run(from: 0, at: start)
            if end >= 0 { return start..<end }
            guard start < range.upperBound else { return nil }
            start = after(start)
        }
    }

    @inline(__always)
    private func after(_ position: Int) -> Int {
        position + bytes.scalar(at: position).width
    }
}

// MARK: - The machine

extension PatternMatcher {
    /// Where the match from `entry` ends, -1 for none.
    private mutating func run(from entry: Int, at start: Int) -> Int {
        let base = frames.count
        var pc = entry
        var position = start
        while true {
            steps += 1
            var isAlive = true
            switch program.instructions[pc] {
            case .accept:
                frames.removeLast(frames.count - base)
                return position
            case .acceptLook:
                succeed(above: base)
                return position
            case .literal(let text):
                isAlive = matches(text, &position)
                pc += 1
            case .set(let set):
                isAlive = take(Int(set), &position)
                pc += 1
            case .jump(let target):
                pc = Int(target)
            case .split(let first, let second, let firstBytes, let secondBytes, let point):
                switch choose(
                    Int(point), position, allows(firstBytes, position), allows(secondBytes, position),
                    second)
                {
                case .first: pc = Int(first)
                case .second: pc = Int(second)
                case .neither: isAlive = false
                case .succeeded:
                    succeed(above: base)
                    return position
                }
            case .run(let index):
                switch take(program.runs[Int(index)], Int32(pc), &position) {
                case .matched: pc += 1
                case .failed: isAlive = false
                case .succeeded:
                    succeed(above: base)
                    return position
                }
            case .atomic(let body, let point):
                isAlive = takeAtomic(Int(body), Int(point), &position)
                pc += 1
            case .look(let body, let isNegative):
                isAlive = (run(from: Int(body), at: position) >= 0) != isNegative
                pc += 1
            case .back(let count):
                isAlive = goBack(Int(count), &position)
                pc += 1
            case .anchor(let anchor):
                isAlive = holds(anchor, position)
                pc += 1
            case .fail:
                isAlive = false
            }
            if !isAlive, !backtrack(above: base, &pc, &position) { return -1 }
        }
    }

    /// Takes the latest choice back; false when there is none above `base`.
    private mutating func backtrack(above base: Int, _ pc: inout Int, _ position: inout Int) -> Bool {
        if memory == nil, steps > stepLimit { memory = PatternMemory(program.pointCount, range) }
        while frames.count > base {
            let last = frames.count - 1
            let frame = frames[last]
            switch frame.kind {
            case .branch:
                frames.removeLast()
                (pc, position) = (Int(frame.pc), frame.position)
                return true
            case .run:
                guard frame.position > frame.low else {
                    frames.removeLast()
                    forget(frame)
                    continue
                }
                frames[last].position = bytes.scalarStart(before: frame.position)
                (pc, position) = (Int(frame.pc) + 1, frames[last].position)
                return true
            case .lazyRun:
                guard extend(last) else {
                    frames.removeLast()
                    forget(frame)
                    continue
                }
                (pc, position) = (Int(frame.pc) + 1, frames[last].position)
                return true
            case .failure:
                frames.removeLast()
                memory?.fail(Int(frame.pc), frame.low...frame.high)
            }
            steps += 1
        }
        return false
    }

    /// What a run that was taken back entirely says about its positions.
    private mutating func forget(_ frame: Frame) {
        guard memory != nil, case .run(let index) = program.instructions[Int(frame.pc)] else { return }
        let run = program.runs[Int(index)]
        guard run.maximum == .max else {
            memory?.fail(run.point, frame.low...frame.low)
            return
        }
        memory?.fail(run.point, frame.low...(run.greed == .lazy ? frame.position : frame.high))
    }

    /// A lookaround's body matched: all choices on the way to it would do so again.
    private mutating func succeed(above base: Int) {
        if memory != nil {
            for frame in frames[base...] {
                switch frame.kind {
                case .failure:
                    memory?.succeed(Int(frame.pc), frame.low...frame.high)
                case .run, .lazyRun:
                    guard case .run(let index) = program.instructions[Int(frame.pc)] else { continue }
                    let run = program.runs[Int(index)]
                    let high = run.maximum == .max ? frame.position : frame.low
                    memory?.succeed(run.point, frame.low...high)
                case .branch: continue
                }
            }
        }
        frames.removeLast(frames.count - base)
    }
}

// MARK: - Choices

extension PatternMatcher {
    private enum Way {
        case first, second, neither, succeeded
    }

    private enum RunResult {
        case matched, failed, succeeded
    }

    private mutating func choose(
        _ point: Int, _ position: Int, _ allowsFirst: Bool, _ allowsSecond: Bool, _ second: Int32
    ) -> Way {
        if memory != nil {
            if memory?.hasFailed(point, position) == true { return .neither }
            if memory?.hasSucceeded(point, position) == true { return .succeeded }
            if allowsFirst || allowsSecond { pushFailure(point, position...position) }
        }
        guard allowsFirst else { return allowsSecond ? .second : .neither }
        if allowsSecond {
            frames.append(Frame(kind: .branch, pc: second, position: position, low: 0, high: 0))
        }
        return .first
    }

    private mutating func pushFailure(_ point: Int, _ positions: ClosedRange<Int>) {
        frames.append(
            Frame(
                kind: .failure, pc: Int32(point), position: 0, low: positions.lowerBound,
                high: positions.upperBound))
    }

    /// Takes the run's first length: the longest, or the shortest for a lazy one.
    private mutating func take(
        _ run: PatternProgram.Run, _ pc: Int32, _ position: inout Int
    ) -> RunResult {
        var count = 0
        while count < run.minimum {
            guard take(run.set, &position) else { return .failed }
            count += 1
        }
        let low = position
        if memory != nil {
            if memory?.hasFailed(run.point, low) == true { return .failed }
            if memory?.hasSucceeded(run.point, low) == true { return .succeeded }
        }
        if run.greed == .lazy {
            guard run.maximum > count else { return .matched }
            frames.append(Frame(kind: .lazyRun, pc: pc, position: low, low: low, high: count))
            return .matched
        }
        if memory != nil, run.maximum == .max {
            let result = extendRemembering(run, from: low, &position)
            if result != .matched { return result }
        } else {
            while count < run.maximum, take(run.set, &position) { count += 1 }
            steps += (position - low) / 4
        }
        if run.greed == .greedy {
            if position > low || memory != nil {
                frames.append(Frame(kind: .run, pc: pc, position: position, low: low, high: position))
            }
        } else if memory != nil {
            pushFailure(run.point, low...(run.maximum == .max ? position : low))
        }
        return .matched
    }

    /// The run's longest extent short of positions that are known to fail.
    private func extendRemembering(
        _ run: PatternProgram.Run, from low: Int, _ position: inout Int
    ) -> RunResult {
        while true {
            let previous = position
            guard take(run.set, &position) else { return .matched }
            if memory?.hasSucceeded(run.point, position) == true { return .succeeded }
            if memory?.hasFailed(run.point, position) == true {
                // A possessive run would end where that one did, and fail alike.
                guard run.greed == .greedy else { return .failed }
                position = previous
                return .matched
            }
        }
    }

    /// Takes one more scalar into the lazy run of the frame.
    private mutating func extend(_ frame: Int) -> Bool {
        guard case .run(let index) = program.instructions[Int(frames[frame].pc)] else { return false }
        let run = program.runs[Int(index)]
        var position = frames[frame].position
        guard frames[frame].high < run.maximum, take(run.set, &position) else { return false }
        if run.maximum == .max, memory?.hasFailed(run.point, position) == true { return false }
        frames[frame].position = position
        frames[frame].high += 1
        return true
    }

    private mutating func takeAtomic(_ body: Int, _ point: Int, _ position: inout Int) -> Bool {
        if memory?.hasFailed(point, position) == true { return false }
        if memory != nil { pushFailure(point, position...position) }
        let end = run(from: body, at: position)
        position = end
        return end >= 0
    }
}

// MARK: - Tests on the text

extension PatternMatcher {
    @inline(__always)
    private func allows(_ firstBytes: Int32, _ position: Int) -> Bool {
        guard firstBytes >= 0 else { return true }
        return position < range.upperBound && program.firstBytes[Int(firstBytes)].contains(bytes[position])
    }

    @inline(__always)
    private func take(_ set: Int, _ position: inout Int) -> Bool {
        guard position < range.upperBound else { return false }
        let byte = bytes[position]
        if byte < 0x80 {
            guard program.sets[set].containsASCII(byte) else { return false }
            position += 1
            return true
        }
        let (scalar, width) = bytes.scalar(at: position)
        guard program.sets[set].contains(scalar) else { return false }
        position += width
        return true
    }

    @inline(__always)
    private func matches(_ text: Range<Int32>, _ position: inout Int) -> Bool {
        guard range.upperBound - position >= text.count else { return false }
        for offset in 0..<text.count
        where bytes[position + offset] != program.literals[Int(text.lowerBound) + offset] {
            return false
        }
        position += text.count
        return true
    }

    private func goBack(_ count: Int, _ position: inout Int) -> Bool {
        for _ in 0..<count {
            guard position > range.lowerBound else { return false }
            position = bytes.scalarStart(before: position)
        }
        return true
    }

    private func holds(_ anchor: PatternNode.Anchor, _ position: Int) -> Bool {
        let isStart = position == range.lowerBound
        let isEnd = position == range.upperBound
        switch anchor {
        case .textStart: return isStart
        case .textEnd: return isEnd
        case .textEndOrLastLineBreak:
            return isEnd || (position == range.upperBound - 1 && bytes[position] == 0x0A)
        // Oniguruma sees no empty line after the last line break.
        case .lineStart: return isStart || (bytes[position - 1] == 0x0A && !isEnd)
        case .lineEnd: return isEnd || bytes[position] == 0x0A
        case .wordBoundary: return isWord(before: position) != isWord(at: position)
        case .noWordBoundary: return isWord(before: position) == isWord(at: position)
        }
    }

    private func isWord(at position: Int) -> Bool {
        position < range.upperBound
            && program.sets[program.wordSet].contains(bytes.scalar(at: position).value)
    }

    private func isWord(before position: Int) -> Bool {
        position > range.lowerBound && isWord(at: bytes.scalarStart(before: position))
    }
}
