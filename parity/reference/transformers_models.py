"""Runs models of transformers with given weights: hidden states or logits, and the gradients with respect to every parameter of their product with given numbers.

A request is one JSON line on stdin with `cases`, and then raw float32 for each case: the tensors in the order of `tensors`,
and the cotangent of the output. The answer is one JSON line on stdout, which lists for each case the names of the model's
parameters and of the tensors that it is saved as. Raw float64 follows for each case, in float32 and in float64: the output,
and the gradients in the order of `tensors`.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from transformers import AutoConfig, AutoModel, AutoModelForMaskedLM
from transformers.models.modernbert import modeling_modernbert

import gte_new

TASKS = {"feature-extraction": AutoModel, "fill-mask": AutoModelForMaskedLM}


def rotated(q: torch.Tensor, k: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, unsqueeze_dim: int = 1) -> tuple[torch.Tensor, ...]:
    """ModernBERT's rotation. In transformers it is always float32, whatever the type of the model."""
    cos, sin = cos.unsqueeze(unsqueeze_dim), sin.unsqueeze(unsqueeze_dim)
    half = modeling_modernbert.rotate_half
    return tuple(x * cos + half(x) * sin for x in (q, k))


def build(request: dict[str, Any], dtype: torch.dtype) -> torch.nn.Module:
    config = dict(request["config"])
    kind = config.pop("model_type")
    made = gte_new.config_of(config) if kind == "new" else AutoConfig.for_model(kind, **config)
    return TASKS[request["task"]].from_config(made).to(dtype).eval()


def parts_of(name: str, request: dict[str, Any]) -> list[str]:
    """The parameters that a tensor of a checkpoint holds, in order along its first axis."""
    return gte_new.parts_of(name) if request["config"]["model_type"] in ("new", "gte") else [name]


def as_it_is(model: torch.nn.Module) -> contextlib.AbstractContextManager[None]:
    return gte_new.as_new(model) if hasattr(model.config, "rope_scaling_of_new") else contextlib.nullcontext()


def run(request: dict[str, Any], numbers: np.ndarray, dtype: torch.dtype) -> list[np.ndarray]:
    model = build(request, dtype)
    parameters, at = dict(model.named_parameters(remove_duplicate=False)), 0
    for name, shape in request["tensors"]:
        size = int(np.prod(shape))
        given = torch.from_numpy(numbers[at : at + size].reshape(shape).copy())
        parts = parts_of(name, request)
        for part, values in zip(parts, given.chunk(len(parts))):
            with torch.no_grad():
                parameters[part].copy_(values)
        at += size
    inputs = {name: torch.tensor(ids) for name, ids in request["inputs"].items()}
    with as_it_is(model):
        output = model(**inputs)[0]
        cotangent = torch.from_numpy(numbers[at:].copy()).to(dtype).reshape(output.shape)
        (output * cotangent).sum().backward()
    gradients = [[parameters[part].grad for part in parts_of(name, request)] for name, _ in request["tensors"]]
    assert all(gradient is not None for parts in gradients for gradient in parts)
    return [value.detach().double().numpy() for value in (output, *(torch.cat(parts) for parts in gradients))]


def names_of(request: dict[str, Any]) -> dict[str, list[str]]:
    """The names of the parameters, and of the tensors in the file that `save_pretrained` writes. `parts_of` says what each tensor holds."""
    model = build(request, torch.float32)
    parameters = dict(model.named_parameters())
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        with safe_open(f"{folder}/model.safetensors", "pt") as file:
            saved = sorted(file.keys())
            for name in saved:
                parts = [parameters.get(part) for part in parts_of(name, request)]
                assert None in parts or torch.equal(file.get_tensor(name), torch.cat(parts)), name
    if request["config"]["model_type"] in ("new", "gte"):
        return gte_new.names_of(list(parameters), saved, request["config"])
    return {"parameters": list(parameters), "saved": saved}


def main() -> None:
    request = json.loads(sys.stdin.buffer.readline())
    names = [names_of(each) for each in request["cases"]]
    sys.stdout.buffer.write(json.dumps(names).encode() + b"\n")
    numbers = np.frombuffer(sys.stdin.buffer.read(), dtype=np.float32)
    for each in request["cases"]:
        own, numbers = numbers[: each["numbers"]], numbers[each["numbers"] :]
        for dtype in (torch.float32, torch.float64):
            own_rotation = modeling_modernbert.apply_rotary_pos_emb
            if dtype == torch.float64:
                modeling_modernbert.apply_rotary_pos_emb = rotated
            try:
                for value in run(each, own, dtype):
                    sys.stdout.buffer.write(value.tobytes())
            finally:
                modeling_modernbert.apply_rotary_pos_emb = own_rotation


if __name__ == "__main__":
    main()
