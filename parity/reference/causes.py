"""Usual mistakes in a layer: for each, what the layer would give with it. The harness looks which one ours equals."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from functions import Leg, arranged, flat, is_numeric, to_numpy

EPSILONS = (0.0, 1e-12, 1e-8, 1e-7, 1e-6, 1e-5, 1e-3)
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu (erf)": functional.gelu,
    "gelu (tanh)": lambda x: functional.gelu(x, approximate="tanh"),
    "quick gelu": lambda x: x * torch.sigmoid(1.702 * x),
    "relu": functional.relu,
    "silu": functional.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "no activation": lambda x: x,
}
ACTIVATION_MODULES = (nn.GELU, nn.ReLU, nn.SiLU, nn.Tanh, nn.Sigmoid)

Variant = tuple[str, Tensor]


def variants(meta: dict[str, Any], tensors: dict[str, np.ndarray]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The results of a layer with each mistake, in the order of `causes`."""
    spec = meta["reference"]
    leg = Leg(meta, meta["cases"][0], tensors, torch.float32, None, [])
    module = leg.module(spec, [], {})
    layer = module.get_submodule(owner(module, meta["layer"]))
    seen: dict[str, Any] = {}

    def record(_: nn.Module, args: tuple[Any, ...], result: Any) -> None:
        if "args" not in seen:
            seen["args"] = args
            seen["output"] = next((x for _, x in flat(result, "") if is_numeric(x)), None)

    layer.register_forward_hook(record)
    with torch.no_grad():
        args, kwargs = arranged(spec, leg.inputs)
        module(*args, **kwargs)
        masks = [x for x in leg.leaves.values() if not x.is_floating_point()]
        found = list(mistakes(layer, seen["args"], seen["output"], masks))
    return {"causes": [cause for cause, _ in found]}, {str(i): to_numpy(x) for i, (_, x) in enumerate(found)}


def owner(module: nn.Module, result: str) -> str:
    """The layer of a result: one of several results has its number behind the name of the layer."""
    names = {name for name, _ in module.named_modules()}
    while result not in names:
        result = result.rpartition(".")[0]
    return result


def mistakes(layer: nn.Module, args: tuple[Any, ...], output: Any, masks: list[Tensor]) -> Iterator[Variant]:
    if not args or not isinstance(args[0], Tensor):
        return
    x = args[0]
    if isinstance(layer, nn.Linear):
        yield from linear(layer, x)
    if isinstance(layer, nn.LayerNorm):
        yield from layer_norm(layer, x)
    if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
        yield "batch statistics instead of the running ones", copy.deepcopy(layer).train()(x)
    if isinstance(layer, nn.Embedding) and x.dtype in (torch.int32, torch.int64):
        yield from embedding(layer, x)
    if isinstance(layer, ACTIVATION_MODULES):
        for name, activation in ACTIVATIONS.items():
            yield f"another activation: {name}", activation(x)
    if isinstance(layer, nn.Softmax | nn.LogSoftmax):
        for dim in range(x.dim()):
            yield f"softmax over axis {dim} instead of {layer.dim}", type(layer)(dim)(x)
    if isinstance(output, Tensor):
        yield from around(x, output, masks)


def linear(layer: nn.Linear, x: Tensor) -> Iterator[Variant]:
    if layer.in_features == layer.out_features:
        yield "the weight is transposed", functional.linear(x, layer.weight.T, layer.bias)
    if layer.bias is not None:
        yield "the bias is missing", functional.linear(x, layer.weight)


def layer_norm(layer: nn.LayerNorm, x: Tensor) -> Iterator[Variant]:
    shape, weight, bias = layer.normalized_shape, layer.weight, layer.bias
    for epsilon in EPSILONS:
        if epsilon != layer.eps:
            yield f"epsilon {epsilon:g} instead of {layer.eps:g}", functional.layer_norm(x, shape, weight, bias, epsilon)
    centered = x - x.mean(-1, keepdim=True)
    scale, shift = (1 if weight is None else weight), (0 if bias is None else bias)
    unbiased = centered / torch.sqrt(x.var(-1, keepdim=True, unbiased=True) + layer.eps)
    yield "the variance is divided by n - 1 instead of n", unbiased * scale + shift
    yield "epsilon is added to the standard deviation", centered / (x.std(-1, keepdim=True, unbiased=False) + layer.eps) * scale + shift
    yield "RMS normalization: the mean is not subtracted", x / torch.sqrt(x.square().mean(-1, keepdim=True) + layer.eps) * scale + shift
    yield "the weight is missing", functional.layer_norm(x, shape, None, bias, layer.eps)
    yield "the bias is missing", functional.layer_norm(x, shape, weight, None, layer.eps)


def embedding(layer: nn.Embedding, ids: Tensor) -> Iterator[Variant]:
    last = layer.num_embeddings - 1
    yield "token ids are too large by one: a tokenizer with another first id", layer((ids + 1).clamp(0, last))
    yield "token ids are too small by one: a tokenizer with another first id", layer((ids - 1).clamp(0, last))
    yield "token ids are shifted by one place: a special token or a prompt is missing or too much", layer(ids.roll(1, -1))
    yield "token ids are shifted by one place: a special token or a prompt is missing or too much", layer(ids.roll(-1, -1))


def around(x: Tensor, output: Tensor, masks: list[Tensor]) -> Iterator[Variant]:
    """Mistakes that concern no layer in particular."""
    if x.shape == output.shape:
        yield "the layer is left out", x
    if output.dim() >= 2:
        yield "L2 normalization too much", functional.normalize(output, dim=-1)
    # A pooling takes token embeddings [batch, tokens, dimensions] to [batch, dimensions].
    if x.dim() == 3 and output.shape == (x.shape[0], x.shape[2]):
        yield "pooling: the mean over all tokens, padding included", x.mean(1)
        yield "pooling: the first token", x[:, 0]
        yield "pooling: the last token", x[:, -1]
        yield "pooling: the maximum over all tokens", x.amax(1)
        for mask in masks:
            if mask.shape == x.shape[:2]:
                weight = mask.to(x.dtype)[..., None]
                yield "pooling: the mean over the tokens of the mask", (x * weight).sum(1) / weight.sum(1).clamp(min=1e-9)
                yield "pooling: the sum over the tokens of the mask", (x * weight).sum(1)
