/// Rewrites command lines of all of LMDeploy's eras into the one spelling that the commands declare.
package enum ArgumentNormalization {
    /// Options whose value is taken as it stands, even when it looks like an option.
    static let verbatimValueOptions: Set<String> = ["--prompt", "--meta-instruction"]

    /// Backends that early versions named as a command of their own: `lmdeploy chat turbomind MODEL`.
    private static let backendCommands = ["turbomind": "turbomind", "torch": "pytorch", "pytorch": "pytorch"]

    /// Flags that early versions took with a value: `--kv_sym False`.
    private static let spelledFlags: Set<String> = [
        "--kv-sym", "--w-sym", "--search-scale", "--trust-remote-code",
    ]

    /// - Parameter arguments: the command line without the program's name.
    package static func normalize(_ arguments: [String]) -> [String] {
        resolveSpelledFlags(hyphenateOptionNames(replaceBackendCommand(arguments)))
    }

    /// `--kv-sym True` is `--kv-sym`, and `--kv-sym False` is nothing.
    private static func resolveSpelledFlags(_ arguments: [String]) -> [String] {
        var result: [String] = []
        var index = 0
        while index < arguments.count {
            let parts = arguments[index].split(separator: "=", maxSplits: 1)
            guard let name = parts.first.map(String.init), spelledFlags.contains(name) else {
                result.append(arguments[index])
                index += 1
                continue
            }
            let following = index + 1 < arguments.count ? arguments[index + 1] : ""
            switch parts.count == 2 ? String(parts[1]) : following {
            case "True", "true": result.append(name)
            case "False", "false": break
            default:
                result.append(arguments[index])
                index += 1
                continue
            }
            index += parts.count == 2 ? 1 : 2
        }
        return result
    }

    private static func replaceBackendCommand(_ arguments: [String]) -> [String] {
        guard arguments.count >= 2, arguments[0] == "chat", let backend = backendCommands[arguments[1]] else {
            return arguments
        }
        return ["chat", "--backend", backend] + arguments[2...]
    }

    /// `--session_len` means `--session-len`; values and everything after `--` stay as they are.
    private static func hyphenateOptionNames(_ arguments: [String]) -> [String] {
        var result: [String] = []
        var isVerbatim = false
        for (index, argument) in arguments.enumerated() {
            if isVerbatim {
                result.append(argument)
                isVerbatim = false
                continue
            }
            if argument == "--" { return result + arguments[index...] }
            let normalized = hyphenateName(of: argument)
            isVerbatim = verbatimValueOptions.contains(normalized)
            result.append(normalized)
        }
        return result
    }

    private static func hyphenateName(of argument: String) -> String {
        guard argument.hasPrefix("--") else { return argument }
        let name = argument.prefix { $0 != "=" }
        return String(name.map { $0 == "_" ? "-" : $0 }) + argument.dropFirst(name.count)
    }
}
