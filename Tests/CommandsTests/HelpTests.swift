import ArgumentParser
import Commands
import Testing

/// The help as it is printed in 80 columns: a change shows here, so that somebody reads it.
@Suite struct HelpTests {
    @Test func theProgramsHelp() {
        #expect(
            LMDeployTool.helpMessage(columns: 80) == """
                OVERVIEW: Deploy large language models on CPUs, with LMDeploy's commands.

                Examples:
                  lmdeploy chat                              chat with the default model
                  lmdeploy chat MODEL                        GGUF file, folder or ORG/NAME
                  lmdeploy chat --prompt "Hello!" --stats    one reply, and its speed
                  echo "Hello!" | lmdeploy chat              messages from a pipe
                  lmdeploy serve api_server MODEL            OpenAI's interface on port 23333
                  lmdeploy benchmark machine                 the limits of this machine

                Options may be spelt with hyphens or underscores: --session-len, --session_len.

                USAGE: lmdeploy [--version] <subcommand>

                OPTIONS:
                  -v, --version           Show the version.
                  -h, --help              Show help information.

                MODEL SUBCOMMANDS:
                  chat                    Chat with a model.
                  convert                 Write a model as a workspace, from which it starts at
                                          once.
                  pull                    Fetch a model into the cache and print its path.
                  list                    List the built-in chat templates and the cached
                                          models.
                  lite                    Make a model smaller: 4-bit and 8-bit weights.

                SERVING SUBCOMMANDS:
                  serve                   Serve a model over HTTP, or talk to a server.

                INSPECTION SUBCOMMANDS:
                  inspect                 Show a model's metadata, tensors, formats and memory
                                          plan.
                  tokenize                Show the tokens of a text.
                  detokenize              Print the text of token ids.
                  template                Print the prompt that a model's chat template makes
                                          of messages.

                QUALITY SUBCOMMANDS:
                  eval                    Measure how well a model predicts.

                MACHINE SUBCOMMANDS:
                  check_env, check-env    Show the machine, the kernels it can run, and the
                                          cache.
                  benchmark               Measure this machine and the engine on it.

                  See 'lmdeploy help <subcommand>' for detailed help.
                """)
    }
}
