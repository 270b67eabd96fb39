internal import NIOHTTP1

/// What a hub's answer other than success means.
struct StatusFailure {
    let settings: HubSettings
    let identifier: String
    let revision: String
    /// The file that was asked for, nil for a list.
    let file: String?

    func error(_ response: HTTPTransport.Response) -> HubError {
        let code = response.hubHeaders.first(name: "X-Error-Code") ?? ""
        switch response.status {
        case 429:
            return HubError(
                .rateLimited,
                "\(response.address.host) answers that there were too many requests; try later"
                    + (settings.token == nil ? ", or with a token (\(tokenVariable))" : ""))
        case 408, 500...599:
            return HubError(
                .serverFailed,
                "\(response.address.host) answered with status \(response.status) for \(what); try later")
        case 403 where response.isRedirected && code.isEmpty:
            return HubError(
                .serverFailed,
                "\(response.address.host) refused to hand out \(what) (status 403); try again")
        case 401, 403: return refusal(response.status, code)
        case 404, 410: return missing(code)
        default:
            return HubError(
                .unexpectedStatus,
                "\(response.address.publicText) answered with status \(response.status), which makes no sense "
                    + "here; check HF_ENDPOINT and the proxy")
        }
    }

    // MARK: - Internals

    private var tokenVariable: String {
        settings.service == .modelScope ? "MODELSCOPE_API_TOKEN" : "HF_TOKEN"
    }

    private var page: String { settings.page(of: identifier) }

    private var what: String {
        file.map { $0.quotedForMessage + " of " + identifier } ?? "the files of \(identifier)"
    }

    private func refusal(_ status: Int, _ code: String) -> HubError {
        if code == "GatedRepo" || (status == 403 && code.isEmpty) {
            return HubError(
                .gated,
                "\(identifier) is only for accounts with access: ask for it at \(page), then set "
                    + "\(tokenVariable) to a token of that account"
                    + (settings.token == nil ? "" : " (the present token has no access)"))
        }
        if code == "RepoNotFound" { return missing(code) }
        if settings.token == nil {
            return HubError(
                .unauthorized,
                "there is no model \(identifier) for everyone: check the name at \(page), and set "
                    + "\(tokenVariable) when it is a private one")
        }
        return HubError(
            .unauthorized,
            "the token is refused for \(identifier) (status \(status)): check \(tokenVariable), and its rights "
                + "at \(page)")
    }

    private func missing(_ code: String) -> HubError {
        if code == "RevisionNotFound" || (file == nil && code == "EntryNotFound") {
            return HubError(
                .revisionNotFound,
                "\(identifier) has no branch, tag or commit \(revision.quotedForMessage); see \(page)")
        }
        if let file, code != "RepoNotFound" {
            return HubError(
                .fileNotFound,
                "\(identifier) has no file \(file.quotedForMessage) at revision \(revision.quotedForMessage)")
        }
        return HubError(
            .modelNotFound,
            "there is no model \(identifier) at \(settings.endpoint), nor a file or folder of that name here: "
                + "check the spelling"
                + (settings.token == nil ? ", and set \(tokenVariable) when it is private" : ""))
    }
}
