"""Holds one model in another engine's Python and measures what it is asked to; peers.py runs it.

    PYTHON peer_worker.py openvino|vllm|transformers MODEL THREADS DTYPE

Says {"ready": VERSION} when the model is loaded, then answers each line {"batch", "prompt", "completion",
"repeats"} with the seconds until `completion` tokens of every reply, once per repeat. Waits idle in between.
"""

import json
import os
import random
import sys
import time

# Scripts beside this one have names of packages.
sys.path.pop(0)

# The first ids of a vocabulary are often special ones.
TOKEN_IDS = range(300, 1000)
LONGEST = 1024
MOST_REPLIES = 32


class OpenVINO:
    def __init__(self, model: str, threads: int, dtype: str):
        import openvino_genai

        self.library = openvino_genai
        self.version = openvino_genai.__version__
        self.pipeline = openvino_genai.LLMPipeline(model, "CPU", INFERENCE_NUM_THREADS=threads)

    def generate(self, prompts: list[list[int]], completion: int) -> int:
        import numpy
        import openvino

        config = self.library.GenerationConfig(max_new_tokens=completion, ignore_eos=True, do_sample=False)
        ids = numpy.array(prompts, numpy.int64)
        inputs = self.library.TokenizedInputs(openvino.Tensor(ids), openvino.Tensor(numpy.ones_like(ids)))
        result = self.pipeline.generate(inputs, config)
        return sum(len(tokens) for tokens in result.tokens)


class VLLM:
    def __init__(self, model: str, threads: int, dtype: str):
        import vllm

        self.library = vllm
        self.version = vllm.__version__
        self.engine = vllm.LLM(
            model=model, dtype=dtype, max_model_len=LONGEST, max_num_seqs=MOST_REPLIES,
            # All prompts of a sample in one step: 32 of 128 tokens.
            max_num_batched_tokens=4096, enable_prefix_caching=False,
        )  # fmt: skip

    def generate(self, prompts: list[list[int]], completion: int) -> int:
        sampling = self.library.SamplingParams(max_tokens=completion, ignore_eos=True, temperature=0)
        results = self.engine.generate(
            [{"prompt_token_ids": prompt} for prompt in prompts], sampling, use_tqdm=False
        )
        return sum(len(result.outputs[0].token_ids) for result in results)


class Transformers:
    def __init__(self, model: str, threads: int, dtype: str):
        import torch
        import transformers

        torch.set_num_threads(threads)
        self.torch = torch
        self.version = f"{transformers.__version__}, torch {torch.__version__}"
        kind = getattr(torch, dtype)
        self.model = transformers.AutoModelForCausalLM.from_pretrained(model, dtype=kind).eval()

    def generate(self, prompts: list[list[int]], completion: int) -> int:
        ids = self.torch.tensor(prompts)
        with self.torch.inference_mode():
            result = self.model.generate(
                ids, attention_mask=self.torch.ones_like(ids), do_sample=False, pad_token_id=0,
                min_new_tokens=completion, max_new_tokens=completion,
            )  # fmt: skip
        return result.shape[0] * (result.shape[1] - ids.shape[1])


ENGINES = {"openvino": OpenVINO, "vllm": VLLM, "transformers": Transformers}


def seconds(engine, batch: int, prompt: int, completion: int) -> float:
    # New prompts every time: some engines keep what they computed of the last ones.
    prompts = [random.choices(TOKEN_IDS, k=prompt) for _ in range(batch)]
    start = time.perf_counter()
    tokens = engine.generate(prompts, completion)
    elapsed = time.perf_counter() - start
    if tokens != batch * completion:
        raise RuntimeError(f"{tokens} tokens for {batch} replies, expected {completion} each")
    return elapsed


def main() -> None:
    kind, model, threads, dtype = sys.argv[1:]
    # Libraries print to standard output as they like: it becomes standard error, and we keep the real one.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    engine = ENGINES[kind](model, int(threads), dtype)
    seconds(engine, 1, 16, 2)
    print(json.dumps({"ready": engine.version}), file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        repeats = request.pop("repeats")
        times = [seconds(engine, **request) for _ in range(repeats)]
        print(json.dumps({"seconds": times}), file=answers, flush=True)


if __name__ == "__main__":
    main()
