internal import Checkpoints

/// Which hub is asked, as whom, where its files are kept, and how patiently.
package struct HubSettings: Sendable {
    package enum Service: String, Sendable {
        case huggingFace
        case modelScope
    }

    package var service: Service
    /// Without a slash at the end.
    package var endpoint: String
    /// Never sent to another host than the endpoint's.
    package var token: String?
    /// Whether the network must not be used.
    package var isOffline: Bool
    /// The folder with one folder for each model.
    package var cacheFolder: String
    package var limits = HubLimits()
    package let proxies: ProxySettings
    /// A PEM file with the authorities to trust instead of the system's.
    let certificateFile: String?

    /// - Parameters:
    ///   - environment: `HF_*`, `MODELSCOPE_*`, `LMDEPLOY_USE_MODELSCOPE`, proxies and `HOME`.
    ///   - downloadFolder: takes the place of the cache folder.
    package init(environment: [String: String], downloadFolder: String? = nil) throws(HubError) {
        let variables = EnvironmentVariables(environment)
        service = variables.isTrue("LMDEPLOY_USE_MODELSCOPE") ? .modelScope : .huggingFace
        switch service {
        case .huggingFace:
            endpoint = variables.text("HF_ENDPOINT") ?? "https://huggingface.co"
            isOffline = variables.isTrue("HF_HUB_OFFLINE") || variables.isTrue("TRANSFORMERS_OFFLINE")
            cacheFolder = Self.huggingFaceCache(variables)
            token = Self.huggingFaceToken(variables)
        case .modelScope:
            let domain = variables.text("MODELSCOPE_DOMAIN") ?? "www.modelscope.cn"
            endpoint = domain.contains("://") ? domain : "https://" + domain
            isOffline = variables.isTrue("HF_HUB_OFFLINE")
            cacheFolder =
                (variables.path("MODELSCOPE_CACHE") ?? variables.home + "/.cache/modelscope") + "/models"
            token = Self.cleanToken(variables.text("MODELSCOPE_API_TOKEN"))
        }
        while endpoint.hasSuffix("/") { endpoint.removeLast() }
        if let downloadFolder {
            let suffix = service == .modelScope ? "/models" : ""
            cacheFolder = variables.expanded(downloadFolder) + suffix
        }
        proxies = try ProxySettings(variables)
        certificateFile =
            ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"].lazy.compactMap(variables.path).first
        try checkEndpoint()
    }

    /// Where a person reads about a model.
    func page(of identifier: String) -> String {
        endpoint + (service == .modelScope ? "/models/" : "/") + identifier
    }

    // MARK: - Internals

    private func checkEndpoint() throws(HubError) {
        guard let address = WebAddress(endpoint), address.query == nil else {
            let name = service == .huggingFace ? "HF_ENDPOINT" : "MODELSCOPE_DOMAIN"
            throw HubError(
                .invalidSetting,
                "\(name) is \(endpoint.quotedForMessage), expected an address such as https://huggingface.co")
        }
        if let token, !token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            throw HubError(
                .invalidSetting, "the hub's token has characters that no token has: check HF_TOKEN")
        }
    }

    private static func huggingFaceHome(_ variables: EnvironmentVariables) -> String {
        if let home = variables.path("HF_HOME") { return home }
        return (variables.path("XDG_CACHE_HOME") ?? variables.home + "/.cache") + "/huggingface"
    }

    private static func huggingFaceCache(_ variables: EnvironmentVariables) -> String {
        variables.path("HF_HUB_CACHE") ?? variables.path("HUGGINGFACE_HUB_CACHE")
            ?? huggingFaceHome(variables) + "/hub"
    }

    private static func huggingFaceToken(_ variables: EnvironmentVariables) -> String? {
        if variables.isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN") { return nil }
        if let token = variables.text("HF_TOKEN") ?? variables.text("HUGGING_FACE_HUB_TOKEN") {
            return cleanToken(token)
        }
        let path = variables.path("HF_TOKEN_PATH") ?? huggingFaceHome(variables) + "/token"
        return cleanToken(FileSystem.smallText(path))
    }

    private static func cleanToken(_ text: String?) -> String? {
        guard let text else { return nil }
        let token = text.filter { !$0.isWhitespace }
        return token.isEmpty ? nil : token
    }
}
