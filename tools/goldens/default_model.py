"""Goldens of the default model: greedy replies, perplexity and top logits in float32.

The GGUF file is dequantised into a transformers model, so that the reference and the engine start from
exactly the same weights and differ in arithmetic alone.
"""

import argparse
import math
import time
from pathlib import Path

import gguf
import jinja2.sandbox
import numpy
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM

from . import common
from .default_prompts import CONVERSATIONS

FOLDER = common.GOLDENS / "default-model"
MODEL_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
REPLY_TOKENS = 64
WINDOW_TOKENS = 1024
TOP_COUNT = 20
TOP_PROMPTS = ("greeting", "python", "summary")
# A lead smaller than this could be lost to the order of float32 additions.
SMALLEST_MARGIN = 5e-3
# GGUF token types that the tokenizer must match as a whole: control and user-defined.
WHOLE_TOKEN_TYPES = (3, 4)


class DefaultModel:
    """The model, its tokenizer and its chat template, all read from one GGUF file."""

    def __init__(self, path: Path):
        reader = gguf.GGUFReader(path)
        self.fields = {name: field.contents() for name, field in reader.fields.items()}
        self.tokenizer = self._tokenizer()
        self.eos = self.fields["tokenizer.ggml.eos_token_id"]
        self.template = jinja2.sandbox.ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True
        ).from_string(self.fields["tokenizer.chat_template"])
        self.model = self._model(reader)

    def _config(self) -> LlamaConfig:
        value = lambda key: self.fields[f"llama.{key}"]
        return LlamaConfig(
            vocab_size=value("vocab_size"),
            hidden_size=value("embedding_length"),
            intermediate_size=value("feed_forward_length"),
            num_hidden_layers=value("block_count"),
            num_attention_heads=value("attention.head_count"),
            num_key_value_heads=value("attention.head_count_kv"),
            max_position_embeddings=value("context_length"),
            rms_norm_eps=value("attention.layer_norm_rms_epsilon"),
            rope_parameters={"rope_type": "default", "rope_theta": value("rope.freq_base")},
            tie_word_embeddings=True,
            attn_implementation="eager",
        )

    def _model(self, reader: gguf.GGUFReader) -> LlamaForCausalLM:
        config = self._config()
        state = {}
        for tensor in reader.tensors:
            array = gguf.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32)
            name = hugging_face_name(tensor.name)
            if name.endswith("q_proj.weight"):
                array = unpermuted(array, config.num_attention_heads)
            elif name.endswith("k_proj.weight"):
                array = unpermuted(array, config.num_key_value_heads)
            state[name] = torch.from_numpy(numpy.ascontiguousarray(array))
        model = LlamaForCausalLM(config).float()
        missing, unexpected = model.load_state_dict(state, strict=False)
        if unexpected or set(missing) != {"lm_head.weight"}:
            raise SystemExit(f"the GGUF tensors do not match: missing {missing}, unexpected {unexpected}")
        model.tie_weights()
        if model.lm_head.weight.data_ptr() != model.model.embed_tokens.weight.data_ptr():
            raise SystemExit("the output head is not tied to the embedding")
        return model.eval()

    def _tokenizer(self) -> Tokenizer:
        tokens = self.fields["tokenizer.ggml.tokens"]
        merges = [tuple(merge.split(" ")) for merge in self.fields["tokenizer.ggml.merges"]]
        tokenizer = Tokenizer(models.BPE({token: index for index, token in enumerate(tokens)}, merges))
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ])
        tokenizer.decoder = decoders.ByteLevel()
        types = self.fields["tokenizer.ggml.token_type"]
        tokenizer.add_special_tokens([
            AddedToken(token, special=True, normalized=False)
            for token, type in zip(tokens, types)
            if type in WHOLE_TOKEN_TYPES
        ])
        return tokenizer

    def encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def decode(self, ids: list[int]) -> str:
        return self.tokenizer.decode(ids, skip_special_tokens=True)

    def render(self, messages: list[dict]) -> str:
        return self.template.render(messages=messages, add_generation_prompt=True)

    def greedy(self, prompt: list[int], limit: int) -> tuple[list[int], list[float]]:
        """The greedy reply up to and including the end token, and each step's lead over the runner-up."""
        reply, margins, cache, step = [], [], None, prompt
        with torch.inference_mode():
            while len(reply) < limit and self.eos not in reply:
                output = self.model(torch.tensor([step]), past_key_values=cache, use_cache=True)
                cache = output.past_key_values
                best = torch.topk(output.logits[0, -1], 2)
                step = [int(best.indices[0])]
                reply += step
                margins.append(float(best.values[0] - best.values[1]))
        return reply, margins

    def negative_log_likelihood(self, ids: list[int]) -> tuple[float, int]:
        """Sum over all windows, and the number of scored tokens; a window's first token is not scored."""
        total, scored = 0.0, 0
        for start in range(0, len(ids), WINDOW_TOKENS):
            window = torch.tensor(ids[start:start + WINDOW_TOKENS])
            if len(window) < 2:
                continue
            with torch.inference_mode():
                logits = self.model(window[None], use_cache=False).logits[0, :-1].double()
            total += float(torch.nn.functional.cross_entropy(logits, window[1:], reduction="sum"))
            scored += len(window) - 1
        return total, scored


def hugging_face_name(name: str) -> str:
    """The transformers name of a GGUF tensor of the llama architecture."""
    top = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}
    if name in top:
        return top[name]
    _, layer, part, _ = name.split(".")
    parts = {
        "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
        "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
        "attn_output": "self_attn.o_proj",
        "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
    }
    return f"model.layers.{layer}.{parts[part]}.weight"


def unpermuted(array: numpy.ndarray, heads: int) -> numpy.ndarray:
    """GGUF interleaves the two rotary halves of q and k; transformers keeps one after the other."""
    rows, columns = array.shape
    return array.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def check_sanity(model: DefaultModel) -> None:
    """Print a sampled story for a person to judge, and require a loss far below chance."""
    prompt = model.encode(model.render([
        {"role": "user", "content": "Write a story of about 150 words about a fox who learns to swim."}
    ]))
    torch.manual_seed(7)
    start = time.monotonic()
    with torch.inference_mode():
        output = model.model.generate(
            torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            do_sample=True, temperature=0.7, top_p=0.9, top_k=40, repetition_penalty=1.1,
            max_new_tokens=220, eos_token_id=model.eos, pad_token_id=model.eos,
        )
    reply = output[0, len(prompt):].tolist()
    print(model.decode(reply))
    print(f"[{len(reply)} tokens, {len(reply) / (time.monotonic() - start):.1f} per second]", flush=True)
    text = "Once upon a time there was a little girl who lived with her mother in a house by the forest."
    total, scored = model.negative_log_likelihood(model.encode(text))
    if total / scored > 4:
        raise SystemExit(f"mean loss {total / scored:.2f} on a plain sentence: the weights were read wrongly")


def greedy_goldens(model: DefaultModel) -> list[dict]:
    goldens, near_ties = [], []
    for name, messages in CONVERSATIONS:
        rendered = model.render(messages)
        prompt = model.encode(rendered)
        reply, margins = model.greedy(prompt, REPLY_TOKENS)
        smallest = min(margins)
        print(f"{name}: {len(prompt)} + {len(reply)} tokens, smallest margin {smallest:.4f} "
              f"at {margins.index(smallest)}: {model.decode(reply)[:100]!r}", flush=True)
        if smallest < SMALLEST_MARGIN:
            near_ties.append(name)
        goldens.append({
            "name": name,
            "messages": messages,
            "rendered": rendered,
            "prompt": prompt,
            "reply": reply,
            "finished": reply[-1] == model.eos,
            "text": model.decode(reply),
            "margins": common.float32_list(round(margin, 4) for margin in margins),
        })
    if near_ties:
        raise SystemExit(f"two tokens are nearly equal in {', '.join(near_ties)}: change these prompts")
    return goldens


def perplexity(model: DefaultModel, name: str, data: bytes) -> tuple[dict, list[int]]:
    ids = model.encode(data.decode("utf-8"))
    total, scored = model.negative_log_likelihood(ids)
    mean = total / scored
    print(f"{name}: {len(ids)} tokens, mean loss {mean:.6f}, perplexity {math.exp(mean):.4f}", flush=True)
    return {
        "bytes": len(data),
        "sha256": common.sha256(data),
        "window": WINDOW_TOKENS,
        "scored_tokens": scored,
        "mean_negative_log_likelihood": round(mean, 9),
        "perplexity": round(math.exp(mean), 6),
    }, ids


def top_logits(model: DefaultModel, greedy: list[dict]) -> list[dict]:
    goldens = []
    for golden in greedy:
        if golden["name"] not in TOP_PROMPTS:
            continue
        with torch.inference_mode():
            logits = model.model(torch.tensor([golden["prompt"]]), use_cache=False).logits[0, -1]
        best = torch.topk(logits, TOP_COUNT)
        goldens.append({
            "name": golden["name"],
            "prompt": golden["prompt"],
            "ids": best.indices.tolist(),
            "logits": common.float32_list(best.values.tolist()),
        })
    return goldens


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="SmolLM2-135M-Instruct.Q4_1.gguf")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--also", type=Path, action="append", default=[], metavar="FILE",
        help="print the perplexity of the first 20,000 bytes of another text as well",
    )
    arguments = parser.parse_args()
    common.check_versions("torch", "transformers", "tokenizers", "gguf", "numpy", "jinja2")
    found = common.sha256(arguments.model.read_bytes())
    if found != MODEL_SHA256:
        raise SystemExit(f"{arguments.model}: SHA-256 {found}, expected {MODEL_SHA256}")
    torch.set_num_threads(arguments.threads)

    model = DefaultModel(arguments.model)
    check_sanity(model)
    origin = {
        "model_sha256": MODEL_SHA256,
        "versions": common.versions("torch", "transformers", "tokenizers", "gguf"),
    }
    greedy = greedy_goldens(model)
    common.write_json(FOLDER / "greedy.json", origin | {"conversations": greedy})
    common.write_json(FOLDER / "top-logits.json", origin | {"prompts": top_logits(model, greedy)})
    evaluation, ids = perplexity(
        model, "evaluation.txt", (common.GOLDENS / "evaluation.txt").read_bytes()
    )
    common.write_json(FOLDER / "perplexity.json", origin | {
        "file": "evaluation.txt", **evaluation, "ids": ids,
    })
    for path in arguments.also:
        result, _ = perplexity(model, path.name, path.read_bytes()[:20_000])
        print(result)


if __name__ == "__main__":
    main()
