"""Goldens of `lmdeploy eval`: strided perplexity, KL divergence and multiple choice on tiny models.

Perplexity is computed by the loop that Hugging Face documents ("Perplexity of fixed-length models"), with the
loss that the model itself returns. The others take the models' logits and go on in float64.
"""

import numpy
import torch

from . import common
from .models import load, logits
from .tiny_specs import SPECS

FOLDER = common.GOLDENS / "evaluation"
# (model, tokens of the text, window, stride): overlapping windows, windows side by side, a text shorter than a
# window, a last window that adds a single token, and a length and stride that have nothing in common.
PERPLEXITY_CASES = (
    ("llama-mha", 300, 64, 32),
    ("llama-mha", 300, 100, 100),
    ("llama-mha", 90, 128, 64),
    ("llama3-scaled-tied", 161, 96, 32),
    ("llama3-scaled-tied", 130, 65, 1),
    ("qwen2-untied", 300, 96, 37),
    ("mistral-window", 300, 128, 50),
    ("smollm-like", 2, 64, 64),
)
# (reference, candidate) as (model, storage): the same weights rounded, and two different models of one vocabulary.
DIVERGENCE_CASES = (
    (("llama-mha", "F32"), ("llama-mha", "BF16")),
    (("llama-mha", "F32"), ("mistral-window", "F32")),
    (("qwen2-window", "F32"), ("mistral-window", "F32")),
)
DIVERGENCE_TEXT = (230, 80, 50)
CHOICE_MODEL = "llama3-scaled-tied"
QUESTIONS = (
    ("Rain falls from", ["the clouds", "a spoon", "Tuesday", "the left"], 0),
    ("Two and two make", ["five", "four"], 1),
    ("Water freezes at zero degrees, and it boils at ", ["a hundred", "ten", "-40"], 0),
    ("Ein Gruß:", ["Grüß Gott", "no", "maybe so, but rather not"], 0),
    ("A very short one?", ["y", "n"], 1),
    ("The answer is\n", ["long: " + "very " * 30 + "long", "short"], 1),
    ("A story that goes on. " * 12 + "The end of it is", ["good", "open", "near"], 2),
)
CHOICE_MAX_LENGTH = 200
SPECS_BY_NAME = {spec.name: spec for spec in SPECS}
MODELS = {}


def model(name: str, storage: str = "F32"):
    if (name, storage) not in MODELS:
        MODELS[name, storage] = load(SPECS_BY_NAME[name], SPECS_BY_NAME[name].config, storage)
    return MODELS[name, storage]


def strided_perplexity(model, input_ids: torch.Tensor, max_length: int, stride: int) -> dict:
    """The documented loop, in float32 as it stands there."""
    nll_sum, n_tokens, prev_end_loc = 0.0, 0, 0
    seq_len = input_ids.size(1)
    for begin_loc in range(0, seq_len, stride):
        end_loc = min(begin_loc + max_length, seq_len)
        trg_len = end_loc - prev_end_loc
        window = input_ids[:, begin_loc:end_loc]
        target_ids = window.clone()
        target_ids[:, :-trg_len] = -100
        with torch.no_grad():
            neg_log_likelihood = model(window, labels=target_ids).loss
        num_valid_tokens = (target_ids != -100).sum().item()
        num_loss_tokens = num_valid_tokens - target_ids.size(0)
        nll_sum += neg_log_likelihood * num_loss_tokens
        n_tokens += num_loss_tokens
        prev_end_loc = end_loc
        if end_loc == seq_len:
            break
    mean = nll_sum / n_tokens
    return {"mean": float(mean), "perplexity": float(torch.exp(mean)), "n_tokens": n_tokens}


def foreseen(count: int, max_length: int, stride: int):
    """(begin, end, first foreseen token) of each window."""
    end = 0
    for begin in range(0, count, stride):
        previous, end = end, min(begin + max_length, count)
        yield begin, end, max(previous, begin + 1)
        if end == count:
            return


def log_softmax(rows: torch.Tensor) -> numpy.ndarray:
    rows = rows.numpy().astype(numpy.float64)
    shifted = rows - rows.max(axis=1, keepdims=True)
    return shifted - numpy.log(numpy.exp(shifted).sum(axis=1, keepdims=True))


def token_likelihoods(model, ids: list[int], max_length: int, stride: int) -> numpy.ndarray:
    """Negative log-likelihoods of all tokens that are foreseen."""
    parts = []
    for begin, end, first in foreseen(len(ids), max_length, stride):
        rows = log_softmax(logits(model, ids[begin:end]))
        parts += [-rows[token - begin - 1, ids[token]] for token in range(first, end)]
    return numpy.array(parts)


def perplexity(name: str, count: int, max_length: int, stride: int) -> dict:
    spec = SPECS_BY_NAME[name]
    ids = common.prompt_ids(f"evaluation/{name}/{count}", count, spec.config["vocab_size"])
    result = strided_perplexity(model(name), torch.tensor([ids]), max_length, stride)
    likelihoods = token_likelihoods(model(name), ids, max_length, stride)
    return {
        "model": name, "ids": ids, "max_length": max_length, "stride": stride, **result,
        "tokens": len(likelihoods), "sum": float(likelihoods.sum()),
        "standard_error_of_mean":
            float(likelihoods.std(ddof=1) / len(likelihoods) ** 0.5) if len(likelihoods) > 1 else None,
    }


def divergence(reference: tuple[str, str], candidate: tuple[str, str]) -> dict:
    count, max_length, stride = DIVERGENCE_TEXT
    vocabulary = SPECS_BY_NAME[reference[0]].config["vocab_size"]
    ids = common.prompt_ids(f"evaluation/{reference[0]}/{count}", count, vocabulary)
    values, agreements = [], 0
    for begin, end, first in foreseen(count, max_length, stride):
        p, q = (
            log_softmax(logits(model(*side), ids[begin:end]))[first - begin - 1:end - begin - 1]
            for side in (reference, candidate)
        )
        values += list((numpy.exp(p) * (p - q)).sum(axis=1))
        agreements += int((p.argmax(axis=1) == q.argmax(axis=1)).sum())
    values = numpy.array(values)
    return {
        "reference": list(reference), "candidate": list(candidate), "ids": ids,
        "max_length": max_length, "stride": stride, "mean": float(values.mean()),
        "median": float(numpy.median(values)), "percentile_99": float(numpy.percentile(values, 99)),
        "maximum": float(values.max()), "positions": len(values), "agreements": agreements,
        "standard_error_of_mean": float(values.std(ddof=1) / len(values) ** 0.5),
        "reference_mean_nll":
            strided_perplexity(model(*reference), torch.tensor([ids]), max_length, stride)["mean"],
        "candidate_mean_nll":
            strided_perplexity(model(*candidate), torch.tensor([ids]), max_length, stride)["mean"],
    }


def encode(text: str, unit: int, vocabulary: int) -> list[int]:
    """A begin token, then one token for every `unit` bytes: with 2, contexts and choices may share a token."""
    data = text.encode()
    groups = (data[start:start + unit] for start in range(0, len(data), unit))
    return [1] + [sum(byte * 31 ** place for place, byte in enumerate(group)) % vocabulary for group in groups]


def choice_likelihoods(context: str, choices: list[str], delimiter: str, unit: int) -> dict:
    """As evaluation harnesses do it: trailing white space goes to the choice, and tokens beyond the context's."""
    vocabulary = SPECS_BY_NAME[CHOICE_MODEL].config["vocab_size"]
    kept = encode(context.rstrip(), unit, vocabulary)
    likelihoods, truncated = [], False
    for choice in choices:
        continuation = encode(context + delimiter + choice, unit, vocabulary)[len(kept):]
        whole = (kept + continuation)[-(CHOICE_MAX_LENGTH + 1):]
        truncated = truncated or len(whole) < len(kept) + len(continuation)
        rows = log_softmax(logits(model(CHOICE_MODEL), whole[:-1]))[-len(continuation):]
        likelihoods.append(float(sum(row[token] for row, token in zip(rows, continuation))))
    return {"log_likelihoods": likelihoods, "truncated": truncated}


def choices() -> list[dict]:
    cases = []
    for unit, delimiter in ((1, " "), (2, " "), (1, "")):
        items = []
        for context, texts, answer in QUESTIONS:
            found = choice_likelihoods(context, texts, delimiter, unit)
            by_bytes = [
                value / len(text.encode()) for value, text in zip(found["log_likelihoods"], texts)
            ]
            items.append({
                **found, "chosen": int(numpy.argmax(found["log_likelihoods"])),
                "chosen_by_bytes": int(numpy.argmax(by_bytes)),
            })
        cases.append({"unit": unit, "delimiter": delimiter, "items": items})
    return cases


def main() -> None:
    common.check_versions("torch", "transformers", "numpy", "safetensors")
    torch.set_num_threads(1)
    versions = common.versions("torch", "transformers", "numpy")
    common.write_json(FOLDER / "perplexity.json", {
        "versions": versions, "cases": [perplexity(*case) for case in PERPLEXITY_CASES]})
    common.write_json(FOLDER / "divergence.json", {
        "versions": versions, "cases": [divergence(*case) for case in DIVERGENCE_CASES]})
    common.write_json(FOLDER / "choice.json", {
        "versions": versions, "model": CHOICE_MODEL, "max_length": CHOICE_MAX_LENGTH,
        "questions": [
            {"prompt": context, "choices": texts, "answer": answer} for context, texts, answer in QUESTIONS
        ],
        "cases": choices()})


if __name__ == "__main__":
    main()
