package import ArgumentParser
internal import Hub

/// Which state of a model on a hub, and where its files go.
package struct HubOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Branch, tag or commit of a model that is named as ORG/NAME. (default: the hub's main branch)",
            valueName: "revision"))
    package var revision: String?

    @Option(
        help: ArgumentHelp(
            "Folder for downloaded models instead of the hub's cache, in the same layout.",
            valueName: "folder"))
    package var downloadDir: String?

    package init() {}

    package func validate() throws {
        if let revision { try ModelReference.checkRevision(revision) }
        if downloadDir?.isEmpty == true {
            throw ToolError.option(name: "--download-dir", found: "empty", expected: "a folder")
        }
    }

    /// The model with the revision that was asked for.
    func reference(_ model: String) throws -> ModelReference {
        var reference = try ModelReference(parsing: model)
        if let revision {
            if let other = reference.revision, other != revision {
                throw ToolError.conflict(
                    "the revision is given twice, as '\(other)' in the model and as --revision '\(revision)': keep one"
                )
            }
            reference.revision = revision
        }
        return reference
    }
}
