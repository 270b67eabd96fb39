/// Python's `dict`: insertion order, any hashable key.
struct Mapping {
    private(set) var entries: [(key: Value, value: Value)] = []
    private var places: [MappingKey: Int] = [:]
    private(set) var depth = 1

    var count: Int { entries.count }

    /// Replaces the value of an equal key, which keeps its place and its first spelling.
    mutating func set(_ key: MappingKey, _ keyValue: Value, to value: Value) {
        depth = max(depth, 1 + value.depth, 1 + keyValue.depth)
        if let place = places[key] {
            entries[place].value = value
        } else {
            places[key] = entries.count
            entries.append((keyValue, value))
        }
    }

    mutating func set(_ key: Text, to value: Value) {
        set(.string(key), .string(key), to: value)
    }

    subscript(key: MappingKey) -> Value? {
        places[key].map { entries[$0].value }
    }

    subscript(key: Text) -> Value? { self[.string(key)] }
}

/// A hashable Python value; numbers that are equal are the same key.
enum MappingKey: Hashable {
    case none
    case undefined
    case int(Int)
    case double(Double)
    case string(Text)
    case tuple([MappingKey])
    case range(count: Int, start: Int?, step: Int?)
    case object(ObjectIdentifier)
    case function(String)
    /// Something that equals nothing else; the number is its own.
    case unique(Int)
}
