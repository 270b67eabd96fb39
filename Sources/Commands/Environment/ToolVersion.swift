/// What this program calls itself.
package enum ToolVersion {
    /// The version of lmdeploy-swift.
    package static let current = "0.1.0"

    /// The compiler this program was built with.
    static var compiler: String {
        #if compiler(>=6.4)
            "6.4 or newer"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
