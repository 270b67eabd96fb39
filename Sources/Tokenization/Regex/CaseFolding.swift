/// Which scalars are one when case is ignored.
///
/// Only single scalars: "ß" does not equal "ss".
enum CaseFolding {
    /// The members of `set` and all that equals one of them.
    static func closure(of set: ScalarSet) -> ScalarSet {
        var added: [UInt32] = []
        for index in stride(from: 0, to: CaseData.pairs.count, by: 2)
        where set.contains(CaseData.pairs[index]) {
            added.append(CaseData.pairs[index + 1])
        }
        return added.isEmpty ? set : set.union(ScalarSet(scalars: added))
    }
}
