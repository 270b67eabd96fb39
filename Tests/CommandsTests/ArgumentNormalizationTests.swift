import Commands
import Testing

@Suite struct ArgumentNormalizationTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let given: String
        let expected: String
        var testDescription: String { given }

        init(_ given: String, _ expected: String) {
            self.given = given
            self.expected = expected
        }
    }

    @Test(arguments: [
        Example("chat --session_len 4096", "chat --session-len 4096"),
        Example("chat --session-len 4096", "chat --session-len 4096"),
        Example("chat --cache_max_entry_count=0.5", "chat --cache-max-entry-count=0.5"),
        Example("chat --model=my_model_dir", "chat --model=my_model_dir"),
        Example("chat my_model --dtype w4", "chat my_model --dtype w4"),
        Example("chat -- --my_model", "chat -- --my_model"),
        Example("chat --prompt --not_an_option --top_k 1", "chat --prompt --not_an_option --top-k 1"),
        Example("chat --meta_instruction --as_it_is", "chat --meta-instruction --as_it_is"),
        Example("chat --prompt=a_b --min_p 0", "chat --prompt=a_b --min-p 0"),
        Example("chat -v_x", "chat -v_x"),
        Example("check_env --dump_file a_b.json", "check_env --dump-file a_b.json"),
        Example("benchmark profile_generation --test_round 2", "benchmark profile_generation --test-round 2"),
        Example("chat turbomind MODEL", "chat --backend turbomind MODEL"),
        Example("chat turbomind MODEL --model_name a_b", "chat --backend turbomind MODEL --model-name a_b"),
        Example("chat turbomind", "chat --backend turbomind"),
        Example("chat torch MODEL", "chat --backend pytorch MODEL"),
        Example("chat MODEL turbomind", "chat MODEL turbomind"),
        Example("chat ./turbomind", "chat ./turbomind"),
        Example("list turbomind", "list turbomind"),
        Example("", ""),
    ])
    func bringsEverySpellingToOne(example: Example) {
        let arguments = example.given.split(separator: " ").map(String.init)
        #expect(ArgumentNormalization.normalize(arguments).joined(separator: " ") == example.expected)
    }
}
