/// The `Link` header of paged answers (RFC 8288).
enum LinkHeader {
    /// The target of `<…>; rel="next"`.
    static func next(_ values: [String], from address: WebAddress) -> WebAddress? {
        for value in values {
            for link in value.split(separator: ",") {
                guard let open = link.firstIndex(of: "<"), let close = link.firstIndex(of: ">"), open < close
                else { continue }
                let parameters = link[close...].lowercased().filter { $0 != " " && $0 != "\"" }
                guard parameters.split(separator: ";").contains("rel=next") else { continue }
                return address.resolving(String(link[link.index(after: open)..<close]))
            }
        }
        return nil
    }
}
