#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// How long a server asks to wait.
package enum RetryDelay {
    /// Seconds, from `Retry-After` (a number or a date), or from the `t` of Hugging Face's `RateLimit`.
    package static func seconds(
        retryAfter: String?, rateLimit: String?, now: Double = Date().timeIntervalSince1970
    ) -> Double? {
        if let text = retryAfter {
            if let seconds = Double(text), seconds.isFinite, seconds >= 0 { return seconds }
            if let date = unixTime(text) { return max(0, date - now) }
        }
        guard let limit = rateLimit else { return nil }
        let fields = limit.split { $0 == ";" || $0 == "," }.map { $0.filter { $0 != " " } }
        let field = fields.first { $0.hasPrefix("t=") }
        return field.flatMap { Double($0.dropFirst(2)) }.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    }

    /// The time of "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7).
    static func unixTime(_ text: String) -> Double? {
        let parts = text.split { $0 == " " || $0 == ":" }.map(String.init)
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        guard parts.count == 8, parts[7] == "GMT", let month = months.firstIndex(of: parts[2]),
            let day = Int(parts[1]), let year = Int(parts[3]), let hour = Int(parts[4]),
            let minute = Int(parts[5]), let second = Int(parts[6]),
            (1...31).contains(day), (1970...9999).contains(year), (0..<24).contains(hour),
            (0..<60).contains(minute), (0...60).contains(second)
        else { return nil }
        // Years begin in March here, so that the leap day is a year's last.
        let shifted = month < 2 ? year - 1 : year
        let dayOfYear = (153 * ((month + 10) % 12) + 2) / 5 + day - 1
        let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
        return Double(days * 86400 + hour * 3600 + minute * 60 + second)
    }
}
