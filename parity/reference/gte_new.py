"""Runs GTE's `new` with transformers' GTE, which can read its weights. Alibaba-NLP/new-impl is hub code, which is not run here.

Two things that transformers' GTE lacks are added: the frequencies of scaled rotary positions, from the formulas that new-impl
names (https://kexue.fm/archives/9706), and the activation of the layers in the head.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any

import torch
from transformers import GteConfig
from transformers.activations import ACT2FN
from transformers.models.gte import modeling_gte

RENAMED = {
    "new.": "gte.",
    "encoder.layer.": "layers.",
    "attention.": "self_attn.",
    "attn_ln": "post_attention_layernorm",
    "mlp_ln": "post_mlp_layernorm",
    "lm_head.norm": "lm_head.layer_norm",
}
# The order of the modules in a layer of `new`.
LAYER = ("attention.qkv_proj", "attention.o_proj", "mlp.up_gate_proj", "mlp.down_proj", "attn_ln", "mlp_ln")
PACKED = {"qkv_proj": ("q_proj", "k_proj", "v_proj"), "up_gate_proj": ("up_proj", "gate_proj")}


def config_of(config: dict[str, Any]) -> GteConfig:
    """Makes the GTE config for a config of `new`, with the defaults of NewConfig."""
    own = {"vocab_size": 30528, "max_position_embeddings": 2048, "pad_token_id": None, **config}
    theta = own.pop("rope_theta", 10_000.0)
    scaling = own.pop("rope_scaling", None)
    made = GteConfig(**own, rope_parameters={"rope_type": "default", "rope_theta": theta})
    made.rope_scaling_of_new = scaling
    return made


def parts_of(name: str) -> list[str]:
    """The parameters of transformers' GTE that a tensor of `new` holds, in order."""
    for old, new in RENAMED.items():
        name = name.replace(old, new)
    for packed, parts in PACKED.items():
        if packed in name:
            return [name.replace(packed, part) for part in parts]
    return [name]


def name_in_file(name: str) -> str:
    """The name of the tensor in a file that holds a parameter of transformers' GTE, whole or as a part."""
    for old, new in RENAMED.items():
        name = name if old == "new." else name.replace(new, old)
    for packed, parts in PACKED.items():
        for part in parts:
            name = name.replace(f".{part}.", f".{packed}.")
    return name


def packed(named: list[tuple[str, torch.Tensor]]) -> list[tuple[str, torch.Tensor]]:
    """Packs the values of the parameters of transformers' GTE into the tensors of a file."""
    values, order = dict(named), {}
    for name, _ in named:
        order.setdefault(name_in_file(name), []).append(name)
    return [(name, torch.cat([values[part] for part in in_order(parts)])) for name, parts in order.items()]


def in_order(parts: list[str]) -> list[str]:
    places = [part for parts in PACKED.values() for part in parts]
    return sorted(parts, key=lambda name: [part in name.split(".") for part in places], reverse=True)


def names_of(parameters: list[str], saved: list[str], config: dict[str, Any]) -> dict[str, list[str]]:
    """The names of the parameters, in the order of the modules of `new`, and the names of the tensors in a file."""

    def place(name: str) -> tuple[int, int]:
        layer = re.search(r"\blayer\.(\d+)\.", name)
        if layer is None:
            return (len(parameters) if name.startswith("lm_head") else -1, 0)
        return (int(layer[1]), next(at for at, part in enumerate(LAYER) if f".{part}." in name))

    def own(names: list[str]) -> list[str]:
        if config["model_type"] == "new":
            names = [re.sub("^gte", "new", name) for name in names]
        return names if config.get("pack_qkv", True) else [part for name in names for part in unpacked(name)]

    files = list(dict.fromkeys(name_in_file(name) for name in parameters))
    assert sorted(files) == saved
    return {"parameters": own(sorted(files, key=place)), "saved": sorted(own(saved))}


def unpacked(name: str) -> list[str]:
    """The weights and biases of the three separate layers in place of the packed layer's weight, and nothing in place of its bias."""
    if "qkv_proj" not in name:
        return [name]
    layer, _, kind = name.rpartition("qkv_proj.")
    return [] if kind == "bias" else [f"{layer}{part}.{each}" for part in PACKED["qkv_proj"] for each in ("weight", "bias")]


def frequencies(width: int, theta: float, factor: float, exponent: float | None) -> torch.Tensor:
    pairs = torch.arange(0, width, 2).float()
    if exponent is None:
        return 1.0 / ((theta * factor) ** (pairs / width)) / factor ** (2 / width)
    slope = torch.tensor(factor).log() / (width / 2) ** exponent
    return 1.0 / (theta ** (pairs / width)) / (slope * (pairs / 2 + 1) ** exponent).exp()


@contextlib.contextmanager
def as_new(model: torch.nn.Module):
    """Makes a model of `config_of` compute as `new` does."""
    config = model.config
    scaling = config.rope_scaling_of_new
    if scaling is not None:
        base = getattr(model, "gte", model)
        width = config.hidden_size // config.num_attention_heads
        theta = config.rope_parameters["rope_theta"]
        base.rotary_emb.inv_freq = frequencies(width, theta, scaling["factor"], scaling.get("mixed_b"))
    own = modeling_gte.gelu
    modeling_gte.gelu = ACT2FN[config.hidden_act]
    try:
        yield
    finally:
        modeling_gte.gelu = own
