import Hub
import TestSupport
import Testing

struct ModelCacheTests {
    @Test(arguments: [
        (["LMDEPLOY_CACHE": "/c", "HOME": "/h"], "/c"),
        (["LMDEPLOY_CACHE": "", "HOME": "/h"], "/h/.cache/lmdeploy"),
        (["HOME": "/h"], "/h/.cache/lmdeploy"),
        ([:], ".lmdeploy-cache"),
    ])
    func `the environment decides where the cache is`(environment: [String: String], root: String) {
        #expect(ModelCache(environment: environment).root == root)
    }

    @Test
    func `cached models are listed with their sizes`() throws {
        let folder = try TemporaryFolder()
        let cache = ModelCache(root: folder.path)
        #expect(cache.listCachedModels().isEmpty)
        try folder.write("12345", to: "models/" + DefaultModel.fileName)
        try folder.write("123", to: "models/other.Q8_0.gguf")
        try folder.write("{}", to: "models/folder/config.json")
        try folder.write("1234", to: "models/folder/sub/x")
        try folder.write("x", to: "models/no-model/x")
        try folder.write("x", to: "models/" + DefaultModel.fileName + ".verified")
        try folder.write("x", to: "models/.fetch.lock")
        let models = cache.listCachedModels()
        #expect(models.map(\.name) == [DefaultModel.name, "folder", "other.Q8_0"])
        #expect(models.map(\.byteCount) == [5, 6, 3])
        #expect(models.first?.path == cache.path(of: DefaultModel.package))
    }
}
