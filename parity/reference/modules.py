"""Runs modules of sentence-transformers on given numbers: their outputs, gradients, counters, configs and files.

Stdin has an exchange message with cases, and stdout gets one with results. Every case runs in float32 and in float64.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from exchange import decode, encode
from safetensors import safe_open
from sentence_transformers.base.modules import Dense, Normalize, Router
from sentence_transformers.sentence_transformer.modules import Pooling
from sentence_transformers.sparse_encoder.modules import SparseAutoEncoder, SparseStaticEmbedding
from sentence_transformers.util import import_from_string

CLASSES = {each.__name__: each for each in [Dense, Normalize, Pooling, SparseAutoEncoder, SparseStaticEmbedding]}
DTYPES = {"float32": torch.float32, "float64": torch.float64}


class Vocabulary:
    """The parts of a tokenizer that the constructor of SparseStaticEmbedding needs."""

    model_max_length = 512

    def __init__(self, size: int) -> None:
        self.size = size

    def get_vocab(self) -> dict[str, int]:
        return {str(token): token for token in range(self.size)}


def make(case: dict[str, Any]) -> torch.nn.Module:
    options = dict(case["options"])
    if "activation_function" in options:
        options["activation_function"] = import_from_string(options["activation_function"])()
    if case["module"] == "SparseStaticEmbedding":
        options["tokenizer"] = Vocabulary(case["vocabulary"])
    return CLASSES[case["module"]](**options)


def under(tensors: dict[str, np.ndarray], prefix: str) -> dict[str, torch.Tensor]:
    return {name[len(prefix) :]: torch.from_numpy(x.copy()) for name, x in tensors.items() if name.startswith(prefix)}


def run(case: dict[str, Any], given: dict[str, np.ndarray], dtype: torch.dtype) -> dict[str, torch.Tensor]:
    module = make(case).to(dtype).train(case["mode"] == "train")
    state = module.state_dict()
    for name, value in under(given, "parameter/").items():
        state[name].copy_(value)
    for step in range(case["steps"]):
        features = under(given, f"step{step}/")
        inputs = {name: x.to(dtype).requires_grad_() for name, x in features.items() if x.is_floating_point()}
        ids = {name: x.long() for name, x in features.items() if not x.is_floating_point()}
        with torch.inference_mode(case["mode"] == "inference"):
            made = module({**ids, **inputs, **case["features"]}, **case["forward"])
    outputs = {
        name: x
        for name, x in made.items()
        if isinstance(x, torch.Tensor) and x.is_floating_point() and x is not inputs.get(name)
    }
    results = {f"output/{name}": x.detach() for name, x in outputs.items()}
    results |= {f"state/{name}": x for name, x in module.state_dict().items() if not x.is_floating_point()}
    if case["mode"] != "inference":
        weights = [((torch.arange(x.numel()) % 7 - 3) / 4).to(dtype).reshape(x.shape) for x in outputs.values()]
        torch.autograd.backward(list(outputs.values()), weights)
        leaves = {**inputs, **dict(module.named_parameters())}
        results |= {f"gradient/{name}": x.grad for name, x in leaves.items() if x.grad is not None}
    return results


def saved(module: torch.nn.Module) -> list[list[Any]]:
    """The name, shape and type of each tensor in the weights file."""
    if not module.state_dict():
        return []
    with tempfile.TemporaryDirectory() as folder:
        module.save_torch_weights(folder)
        with safe_open(str(Path(folder) / "model.safetensors"), "pt") as weights:
            tensors = {name: weights.get_tensor(name) for name in sorted(weights.keys())}
    return [[name, list(x.shape), str(x.dtype).removeprefix("torch.")] for name, x in tensors.items()]


def route(options: dict[str, Any], task: str | None, modality: str | list[str] | None) -> str | None:
    mappings = {
        (each["task"], tuple(each["modality"]) if isinstance(each["modality"], list) else each["modality"]): each["route"]
        for each in options["mappings"]
    }
    router = Router(
        {name: [torch.nn.Identity()] for name in options["routes"]},
        default_route=options["default"],
        allow_empty_key=options["allowEmptyKey"],
        route_mappings=mappings,
    ).eval()
    try:
        return router._resolve_route(task, tuple(modality) if isinstance(modality, list) else modality)
    except ValueError:
        return None


def class_of(dotted: str) -> str | None:
    try:
        return import_from_string(dotted).__name__
    except (ImportError, AttributeError):
        return None


def main() -> None:
    meta, tensors = decode(sys.stdin.buffer.read())
    results: dict[str, np.ndarray] = {}
    made = []
    for index, case in enumerate(meta["cases"]):
        given = {name.split("/", 1)[1]: x for name, x in tensors.items() if name.startswith(f"{index}/")}
        for name, dtype in DTYPES.items():
            for key, x in run(case, given, dtype).items():
                results[f"{index}/{name}/{key}"] = x.numpy()
        module = make(case)
        made.append({"config": module.get_config_dict(), "saved": saved(module)})
    answer = {
        "made": made,
        "routes": [route(*each) for each in meta["routes"]],
        "types": [class_of(each) for each in meta["types"]],
    }
    sys.stdout.buffer.write(encode(answer, results))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
