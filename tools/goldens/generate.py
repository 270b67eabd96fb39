#!/usr/bin/env python3
"""Regenerate or check the golden files in Tests/Goldens.

    generate.py check                        compare every file with the manifest (no packages needed)
    generate.py manifest                     write the manifest anew
    generate.py models                       tiny models: logits and greedy continuations
    generate.py checkpoints                  files of PyTorch and safetensors, and the values in them
    generate.py quantized                    tiny models whose linear layers are quantised
    generate.py default-model --model FILE   default model: replies, perplexity, top logits
    generate.py evaluation                   tiny models: perplexity, KL divergence, multiple choice
    generate.py gguf                         values of the block types of GGUF files
    generate.py all --model FILE             every generator, then the manifest
"""

import argparse
import subprocess
import sys
from pathlib import Path

import manifest

TOOLS = Path(__file__).resolve().parents[1]
# Run with -m from the parent folder: a file named like an installed package, as tokenizers.py is,
# would otherwise hide that package from the imports of every generator.
GENERATORS = {
    "models": "goldens.models",
    "default-model": "goldens.default_model",
    "tokenizers": "goldens.tokenizers",
    "tokenizer-pipelines": "goldens.tokenizer_pipelines",
    "vocabularies": "goldens.vocabularies",
    "chat-templates": "goldens.chat_templates",
    "evaluation": "goldens.evaluation",
    "gguf": "goldens.gguf_blocks",
    "checkpoints": "goldens.checkpoints",
    "quantized": "goldens.quantized",
}

USES_MODEL = {"default-model", "tokenizers"}


def run(name: str, arguments: list[str]) -> None:
    subprocess.run([sys.executable, "-m", GENERATORS[name], *arguments], cwd=TOOLS, check=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["check", "manifest", "all", *GENERATORS])
    parser.add_argument(
        "--model", type=Path, help="SmolLM2-135M-Instruct.Q4_1.gguf, for default-model and all"
    )
    arguments = parser.parse_args()
    if arguments.what == "check":
        lines = manifest.differences()
        print("\n".join(lines) or "all golden files match the manifest")
        return 1 if lines else 0
    if arguments.what in ("default-model", "all") and arguments.model is None:
        parser.error(f"{arguments.what} needs --model")
    for name in GENERATORS:
        if arguments.what in (name, "all"):
            with_model = name in USES_MODEL and arguments.model is not None
            run(name, ["--model", str(arguments.model.resolve())] if with_model else [])
    manifest.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
