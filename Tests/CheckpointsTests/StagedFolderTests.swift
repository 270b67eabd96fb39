import Checkpoints
import TestSupport
import Testing

/// Folders that appear when they are complete.
struct StagedFolderTests {
    private static func stage(_ path: String, replaces: Bool = false) throws -> StagedFolder {
        try StagedFolder(path, mayReplace: { _ in replaces })
    }

    private static func write(_ text: String, _ staged: StagedFolder) throws {
        let stream = try OutputStream(staged.path + "/a/b/file")
        try stream.write(Array(text.utf8))
        try stream.finish()
    }

    @Test
    func `what is committed is there, and nothing else`() throws {
        let folder = try TemporaryFolder()
        let staged = try Self.stage(folder.path("new/deep/x") + "/")
        try staged.makeFolder("a/b")
        try Self.write("text", staged)
        #expect(!folder.exists("new/deep/x"))
        try staged.commit()
        #expect(try folder.readText("new/deep/x/a/b/file") == "text")
        #expect(folder.entries("new/deep") == ["x"])
    }

    @Test
    func `what is dropped leaves nothing behind`() throws {
        let folder = try TemporaryFolder()
        do {
            let staged = try Self.stage(folder.path("new/deep/x"))
            try staged.makeFolder("a/b")
            try Self.write("text", staged)
        }
        #expect(folder.entries().isEmpty)
    }

    @Test
    func `an existing folder is replaced when it may be, and kept until then`() throws {
        let folder = try TemporaryFolder()
        try folder.write("old", to: "x/old")
        do {
            let staged = try Self.stage(folder.path("x"), replaces: true)
            try staged.makeFolder("a/b")
            #expect(folder.entries("x") == ["old"])
        }
        #expect(folder.entries() == ["x"] && folder.entries("x") == ["old"])
        let staged = try Self.stage(folder.path("x"), replaces: true)
        try staged.makeFolder("a/b")
        try Self.write("new", staged)
        try staged.commit()
        #expect(folder.entries() == ["x"] && folder.entries("x") == ["a"])
    }

    @Test
    func `other folders and files are not touched`() throws {
        let folder = try TemporaryFolder()
        try folder.write("mine", to: "x/precious")
        for path in ["x", "x/precious", "x/precious/y"] {
            let error = #expect(throws: CheckpointError.self) { try Self.stage(folder.path(path)) }
            #expect(error?.code == .unwritable)
        }
        #expect(folder.entries() == ["x"] && folder.entries("x") == ["precious"])
        #expect(try folder.readText("x/precious") == "mine")
    }

    @Test
    func `an empty folder is filled`() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "x/y")
        try folder.remove("x/y")
        let staged = try Self.stage(folder.path("x"))
        try staged.makeFolder("a")
        try staged.commit()
        #expect(folder.entries("x") == ["a"])
    }
}
