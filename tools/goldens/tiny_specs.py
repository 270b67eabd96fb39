"""The tiny models: their published-style config.json and the tensors that fill them."""

import math
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tensor:
    """A tensor whose element i is `offset + scale * uniform(name, i)`; scale is a power of two."""

    name: str
    shape: tuple[int, ...]
    scale: float
    offset: float = 0.0


@dataclass(frozen=True)
class Spec:
    name: str
    description: str
    config: dict
    # What transformers 5 writes instead of rope_theta and rope_scaling.
    rope_parameters: dict
    # Storage types besides F32 that get runs of their own.
    storages: tuple[str, ...] = field(default=())

    @property
    def tensors(self) -> list[Tensor]:
        return tensors(self.config)

    @property
    def current_config(self) -> dict:
        """The same model in the style of transformers 5: `rope_parameters` and `dtype`."""
        config = {key: value for key, value in self.config.items() if key not in CLASSIC_KEYS}
        config["dtype"] = self.config["torch_dtype"]
        config["rope_parameters"] = self.rope_parameters
        config["transformers_version"] = "5.23.0"
        return dict(sorted(config.items()))


CLASSIC_KEYS = {"rope_theta", "rope_scaling", "torch_dtype", "transformers_version"}


def power_of_two_scale(fan_in: int, gain: float) -> float:
    """The power of two nearest to gain / sqrt(fan_in): scaling by it is exact in every float type."""
    return 2.0 ** round(math.log2(gain / math.sqrt(fan_in)))


def tensors(config: dict) -> list[Tensor]:
    """Every tensor of a Llama or Qwen2 checkpoint, in the order of the layers."""
    hidden = config["hidden_size"]
    heads = config["num_attention_heads"]
    kv_heads = config.get("num_key_value_heads", heads)
    head_dim = config.get("head_dim", hidden // heads)
    ffn = config["intermediate_size"]
    vocabulary = config["vocab_size"]
    qwen2 = config["model_type"] == "qwen2"
    biased = {"q_proj", "k_proj", "v_proj"} if qwen2 else set()
    if config.get("attention_bias"):
        biased |= {"q_proj", "k_proj", "v_proj", "o_proj"}

    result = [Tensor("model.embed_tokens.weight", (vocabulary, hidden), 0.5)]

    def norm(name: str) -> None:
        result.append(Tensor(name, (hidden,), 0.125, 1.0))

    def linear(prefix: str, name: str, rows: int, columns: int) -> None:
        result.append(Tensor(f"{prefix}.{name}.weight", (rows, columns), power_of_two_scale(columns, 2)))
        if name in biased:
            result.append(Tensor(f"{prefix}.{name}.bias", (rows,), 0.25))

    for layer in range(config["num_hidden_layers"]):
        prefix = f"model.layers.{layer}"
        norm(f"{prefix}.input_layernorm.weight")
        linear(f"{prefix}.self_attn", "q_proj", heads * head_dim, hidden)
        linear(f"{prefix}.self_attn", "k_proj", kv_heads * head_dim, hidden)
        linear(f"{prefix}.self_attn", "v_proj", kv_heads * head_dim, hidden)
        linear(f"{prefix}.self_attn", "o_proj", hidden, heads * head_dim)
        norm(f"{prefix}.post_attention_layernorm.weight")
        linear(f"{prefix}.mlp", "gate_proj", ffn, hidden)
        linear(f"{prefix}.mlp", "up_proj", ffn, hidden)
        linear(f"{prefix}.mlp", "down_proj", hidden, ffn)
    norm("model.norm.weight")
    if not config.get("tie_word_embeddings", False):
        result.append(Tensor("lm_head.weight", (vocabulary, hidden), power_of_two_scale(hidden, 4)))
    return result


def llama(**changes) -> dict:
    config = {
        "architectures": ["LlamaForCausalLM"],
        "bos_token_id": 1,
        "eos_token_id": 2,
        "hidden_act": "silu",
        "initializer_range": 0.02,
        "max_position_embeddings": 512,
        "model_type": "llama",
        "pretraining_tp": 1,
        "rms_norm_eps": 1e-05,
        "rope_scaling": None,
        "tie_word_embeddings": False,
        "torch_dtype": "float32",
        "transformers_version": "4.40.0",
        "use_cache": True,
    }
    config.update(changes)
    return dict(sorted(config.items()))


def qwen2(**changes) -> dict:
    config = {
        "architectures": ["Qwen2ForCausalLM"],
        "attention_dropout": 0.0,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "hidden_act": "silu",
        "initializer_range": 0.02,
        "max_position_embeddings": 512,
        "max_window_layers": 1,
        "model_type": "qwen2",
        "rms_norm_eps": 1e-06,
        "sliding_window": 128,
        "tie_word_embeddings": False,
        "torch_dtype": "float32",
        "transformers_version": "4.43.1",
        "use_cache": True,
        "use_sliding_window": False,
    }
    config.update(changes)
    return dict(sorted(config.items()))


def mistral(**changes) -> dict:
    config = {
        "architectures": ["MistralForCausalLM"],
        "attention_dropout": 0.0,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "hidden_act": "silu",
        "initializer_range": 0.02,
        "max_position_embeddings": 512,
        "model_type": "mistral",
        "rms_norm_eps": 1e-05,
        "tie_word_embeddings": False,
        "torch_dtype": "float32",
        "transformers_version": "4.36.0",
        "use_cache": True,
    }
    config.update(changes)
    return dict(sorted(config.items()))


def without(config: dict, *keys: str) -> dict:
    return {key: value for key, value in config.items() if key not in keys}


SPECS = [
    Spec(
        name="llama-mha",
        description="Llama 1 and 2: as many key heads as query heads, untied head; the config leaves "
        "rope_theta, num_key_value_heads and head_dim to their defaults.",
        config=without(
            llama(
                hidden_size=64, intermediate_size=88, num_hidden_layers=2, num_attention_heads=4,
                vocab_size=128, rms_norm_eps=1e-06,
            ),
            "rope_scaling",
        ),
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        storages=("F16", "BF16"),
    ),
    Spec(
        name="llama3-scaled-tied",
        description="Llama 3.2: llama3 rope scaling, grouped queries, tied head.",
        config=llama(
            hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, head_dim=16, vocab_size=160, tie_word_embeddings=True,
            attention_bias=False, attention_dropout=0.0, mlp_bias=False, rope_theta=500000.0,
            eos_token_id=[2, 5],
            rope_scaling={
                "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                "original_max_position_embeddings": 64, "rope_type": "llama3",
            },
        ),
        rope_parameters={
            "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 64, "rope_type": "llama3", "rope_theta": 500000.0,
        },
        storages=("BF16",),
    ),
    Spec(
        name="llama-linear-rope",
        description="Linear rope scaling, written with the older key `type`; three layers.",
        config=llama(
            hidden_size=32, intermediate_size=56, num_hidden_layers=3, num_attention_heads=4,
            num_key_value_heads=2, vocab_size=96, rope_theta=10000.0,
            rope_scaling={"type": "linear", "factor": 4.0},
        ),
        rope_parameters={"factor": 4.0, "rope_type": "linear", "rope_theta": 10000.0},
    ),
    Spec(
        name="llama-head-dim-bias",
        description="head_dim larger than hidden_size / heads, and biases on q, k, v and o.",
        config=llama(
            hidden_size=48, intermediate_size=88, num_hidden_layers=2, num_attention_heads=6,
            num_key_value_heads=2, head_dim=16, vocab_size=127, attention_bias=True, mlp_bias=False,
            rope_theta=10000.0,
        ),
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
    ),
    Spec(
        name="yi-like",
        description="Yi and long-context Vicuna: rope_theta 5e6, one key head, head size 32, odd vocabulary.",
        config=llama(
            hidden_size=64, intermediate_size=100, num_hidden_layers=2, num_attention_heads=2,
            num_key_value_heads=1, vocab_size=103, rope_theta=5000000.0,
        ),
        rope_parameters={"rope_type": "default", "rope_theta": 5000000.0},
    ),
    Spec(
        name="smollm-like",
        description="SmolLM: nine query heads over three key heads, tied head, rope_theta 1e5.",
        config=llama(
            hidden_size=72, intermediate_size=104, num_hidden_layers=3, num_attention_heads=9,
            num_key_value_heads=3, vocab_size=131, tie_word_embeddings=True, rope_theta=100000.0,
            rope_interleaved=False, is_llama_config=True,
        ),
        rope_parameters={"rope_type": "default", "rope_theta": 100000.0},
    ),
    Spec(
        name="qwen2-untied",
        description="Qwen2: biases on q, k and v, seven query heads over one key head, untied head.",
        config=qwen2(
            hidden_size=56, intermediate_size=152, num_hidden_layers=2, num_attention_heads=7,
            num_key_value_heads=1, vocab_size=144, rope_theta=10000.0,
        ),
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        storages=("BF16",),
    ),
    Spec(
        name="qwen2-tied",
        description="Qwen2.5 small: tied head, rope_theta 1e6, three layers.",
        config=qwen2(
            hidden_size=64, intermediate_size=88, num_hidden_layers=3, num_attention_heads=4,
            num_key_value_heads=2, vocab_size=151, tie_word_embeddings=True, rope_theta=1000000.0,
        ),
        rope_parameters={"rope_type": "default", "rope_theta": 1000000.0},
    ),
    Spec(
        name="mistral-window",
        description="Mistral 7B v0.1: every layer sees the last positions only, here 40 of them.",
        config=mistral(
            hidden_size=64, intermediate_size=88, num_hidden_layers=3, num_attention_heads=4,
            num_key_value_heads=2, vocab_size=128, sliding_window=40, rope_theta=10000.0,
        ),
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
    ),
    Spec(
        name="qwen2-window",
        description="Qwen2 with use_sliding_window: layers from max_window_layers on see the last 70 positions.",
        config=qwen2(
            hidden_size=64, intermediate_size=88, num_hidden_layers=3, num_attention_heads=4,
            num_key_value_heads=2, vocab_size=128, max_window_layers=1, sliding_window=70,
            use_sliding_window=True, rope_theta=10000.0,
        ),
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
    ),
]
