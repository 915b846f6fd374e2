"""Runs parity cases on the real sentence-transformers: `run` is called through src/python/bridge.ts.

A case names a loss, a wrapper and their options as parity/case.ts lists them, with the tensors of each column. Each
case runs on several legs. Three show how well PyTorch does in single precision: `float32`, `float32-reversed` (the
same batch with rows and dimensions in reverse, which changes only the order of summation), and `float32-nudged`
(every input number is moved to a neighbouring float). `float64` is the truth.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sentence_transformers import util
from sentence_transformers.sparse_encoder import losses
from sentence_transformers.sentence_transformer.losses import TripletDistanceMetric

import custom
from memory import raise_if_out_of_memory

LABELS = "labels"

# Changes the input of a leg, or changes a gradient back to the order of the case.
Change = Callable[[str, np.ndarray], np.ndarray]


class Columns(nn.Module):
    """The model of a case. Its features are already embeddings."""

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        return features


def exact_euclidean_sim(a: Tensor, b: Tensor) -> Tensor:
    """Computes without the matrix-product shortcut, which is inexact for nearly equal rows."""
    return -torch.cdist(a, b, p=2.0, compute_mode="donot_use_mm_for_euclid_dist")


FUNCTIONS: dict[str, Any] = {
    "dotScore": util.dot_score,
    "cosSim": util.cos_sim,
    "euclideanSim": util.euclidean_sim,
    "manhattanSim": util.manhattan_sim,
    "pairwiseDotScore": util.pairwise_dot_score,
    "pairwiseCosSim": util.pairwise_cos_sim,
    "pairwiseEuclideanSim": util.pairwise_euclidean_sim,
    "pairwiseManhattanSim": util.pairwise_manhattan_sim,
    "pairwiseAngleSim": util.pairwise_angle_sim,
    "TripletDistanceMetric.COSINE": TripletDistanceMetric.COSINE,
    "TripletDistanceMetric.EUCLIDEAN": TripletDistanceMetric.EUCLIDEAN,
    "TripletDistanceMetric.MANHATTAN": TripletDistanceMetric.MANHATTAN,
    "meanSquaredError": nn.MSELoss(),
    "meanAbsoluteError": nn.L1Loss(),
    "smoothL1": nn.SmoothL1Loss(),
    "identity": nn.Identity(),
    "sigmoid": nn.Sigmoid(),
    **custom.FUNCTIONS,
}

LOSSES: dict[str, Any] = {name: getattr(losses, name) for name in losses.__all__} | custom.LOSSES

def run(meta: dict[str, Any], tensors: dict[str, np.ndarray]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Runs every case on every leg, with the number of threads that the worker was started with."""
    results: list[dict[str, Any]] = []
    out: dict[str, np.ndarray] = {}
    for index, case in enumerate(meta["cases"]):
        legs: dict[str, Any] = {}
        for leg, (dtype, order) in LEGS.items():
            legs[leg] = run_leg(case, tensors, dtype, order(case), f"{index}/{leg}", out)
        results.append(legs)
    return {"results": results}, out


def run_leg(
    case: dict[str, Any],
    tensors: dict[str, np.ndarray],
    dtype: torch.dtype,
    order: tuple[Change, Change],
    prefix: str,
    out: dict[str, np.ndarray],
) -> dict[str, Any]:
    """Runs one case in one precision. An exception of the reference is also a result."""
    change, restore = order
    columns = [
        {key: None if name is None else leaf(change(key, tensors[name]), dtype) for key, name in column.items()}
        for column in case["columns"]
    ]
    labels = None if case["labels"] is None else leaf(change(LABELS, tensors[case["labels"]]), dtype)
    try:
        components = compute(case, columns, labels, dtype)
        value = sum(components.values())
        value.backward()
    except Exception as error:  # the class and text of any error are compared with ours
        raise_if_out_of_memory(error)
        return {"error": {"type": type(error).__name__, "message": str(error)[:500]}}
    out[f"{prefix}/value"] = to_numpy(value)
    out[f"{prefix}/components"] = to_numpy(torch.stack([part.to(value.dtype) for part in components.values()]))
    inputs = [(f"{number}.{key}", key, x) for number, column in enumerate(columns) for key, x in column.items()]
    for name, key, tensor in [*inputs, (LABELS, LABELS, labels)]:
        # A missing gradient is left out: ours must be exactly 0 there.
        if tensor is not None and tensor.grad is not None:
            out[f"{prefix}/gradient/{name}"] = np.ascontiguousarray(restore(key, to_numpy(tensor.grad)))
    return {"components": list(components)}


def compute(
    case: dict[str, Any], columns: list[dict[str, Any]], labels: Any, dtype: torch.dtype
) -> dict[str, Tensor]:
    """Computes the loss of a case as named components."""
    features = [{snake(key): tensor for key, tensor in column.items()} for column in columns]
    base, wrapper = build(case, dtype)
    if case["loss"] == "CSRReconstructionLoss":
        return base.compute_loss_from_embeddings(features)
    if case["loss"] == "FlopsLoss":
        return {"base_loss": base.compute_loss_from_embeddings(columns[0]["sentenceEmbedding"])}
    if wrapper is None and isinstance(base, losses.SparseMSELoss) and labels is not None:
        return {"base_loss": base(features, labels)}
    if wrapper is None:
        return named(base.compute_loss_from_embeddings([column["sentenceEmbedding"] for column in columns], labels))
    return wrapper(features, column_labels(base, labels, len(columns)))


def column_labels(base: Any, labels: Any, columns: int) -> Any:
    """A wrapper passes labels on unchanged, but SparseMSELoss then expects one tensor per column."""
    if not isinstance(base, losses.SparseMSELoss) or labels is None:
        return labels
    return list(labels.unbind(1)) if labels.dim() == 3 else [labels for _ in range(columns)]


def build(case: dict[str, Any], dtype: torch.dtype, model: nn.Module | None = None) -> tuple[Any, Any]:
    """Makes the loss of a case, and its wrapper or None."""
    model = model or Columns()
    base = LOSSES[case["loss"]](model, **options(case["lossOptions"], dtype))
    name = case["wrapper"]
    if name == "none":
        return base, None
    wrapper_options = options(case["wrapperOptions"], dtype)
    if name == "CachedSpladeLoss" and dtype == torch.float64:
        # The cached loss keeps its components as float32, so the truth comes from the plain loss, which computes the same.
        name = "SpladeLoss"
        wrapper_options = {k: v for k, v in wrapper_options.items() if not k.startswith("mini_batch")}
    for side in ("document_regularizer", "query_regularizer"):
        if side in wrapper_options:
            wrapper_options[side] = LOSSES[wrapper_options[side]](model)
    return base, LOSSES[name](model, loss=base, **wrapper_options)


def describe(meta: dict[str, Any], _: dict[str, np.ndarray]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Returns the configuration and citation of each case's outermost loss, with modules as their class names."""
    described = []
    for case in meta["cases"]:
        base, wrapper = build(case, torch.float32)
        loss = base if wrapper is None else wrapper
        config = {k: type(v).__name__ if isinstance(v, nn.Module) else v for k, v in loss.get_config_dict().items()}
        described.append({"config": config, "citation": getattr(loss, "citation", None)})
    return {"described": described}, {}


def named(value: Tensor | dict[str, Tensor]) -> dict[str, Tensor]:
    return value if isinstance(value, dict) else {"base_loss": value}


def options(given: dict[str, Any], dtype: torch.dtype) -> dict[str, Any]:
    """Converts options to Python's spelling, and names of functions to functions."""
    return {snake(key): option_value(value, dtype) for key, value in given.items()}


def option_value(value: Any, dtype: torch.dtype) -> Any:
    if isinstance(value, dict):
        return float(value["number"])
    if value == "euclideanSim" and dtype == torch.float64:
        return exact_euclidean_sim
    if isinstance(value, str):
        return FUNCTIONS.get(value, value)
    return tuple(value) if isinstance(value, list) else value


@functools.cache
def snake(name: str) -> str:
    return re.sub(r"[A-Z]|(?<=[a-z])\d", lambda match: "_" + match.group(0).lower(), name)


def leaf(array: np.ndarray, dtype: torch.dtype) -> Tensor:
    tensor = torch.from_numpy(array.copy())
    return tensor.to(dtype).requires_grad_() if tensor.is_floating_point() else tensor


def to_numpy(tensor: Tensor) -> np.ndarray:
    return tensor.detach().numpy()


def unchanged(_key: str, array: np.ndarray) -> np.ndarray:
    return array


def plain(_: dict[str, Any]) -> tuple[Change, Change]:
    return unchanged, unchanged


def nudged(_: dict[str, Any]) -> tuple[Change, Change]:
    """Moves every float except 0 to one of its neighbours, or leaves it. Its bits decide, so equal numbers stay equal."""

    def nudge(_key: str, array: np.ndarray) -> np.ndarray:
        if array.dtype != np.float32:
            return array
        bits = np.ascontiguousarray(array).view(np.int32)
        step = (bits.astype(np.uint32) * np.uint32(2654435761) >> np.uint32(30)).astype(np.int32) % 3 - 1
        return (bits + np.where(array == 0, 0, step)).astype(np.int32).view(np.float32)

    return nudge, unchanged


def reordered(case: dict[str, Any], order: Callable[[int], np.ndarray]) -> tuple[Change, Change]:
    """Reorders rows, and also dimensions if that changes no value."""
    angle = case["loss"] == "SparseAnglELoss" or "pairwiseAngleSim" in case["lossOptions"].values()

    def dimensions(width: int) -> np.ndarray:
        if not angle:
            return order(width)
        # The halves are real and imaginary parts, and an odd width is padded, so each half is reordered separately.
        half = order(width // 2)
        return np.arange(width) if width % 2 else np.concatenate([half, half + width // 2])

    # One score per row may have any shape. [1, batch] has its rows in the second axis.
    scores = case["format"] == "scored-pair"

    def change(key: str, array: np.ndarray, invert: bool = False) -> np.ndarray:
        if key == LABELS and scores:
            rows = order(array.size)
            return array.reshape(-1)[np.argsort(rows) if invert else rows].reshape(array.shape)
        rows = order(array.shape[0])
        array = array[np.argsort(rows) if invert else rows]
        if array.dtype.kind != "f" or array.ndim < 2 or (key == LABELS and case["loss"] != "SparseMSELoss"):
            return array
        columns = dimensions(array.shape[-1])
        return array[..., np.argsort(columns) if invert else columns]

    return change, lambda key, array: change(key, array, invert=True)


def reversed_order(case: dict[str, Any]) -> tuple[Change, Change]:
    return reordered(case, lambda size: np.arange(size)[::-1])


# The legs of a comparison: the precision, and the change to the batch.
LEGS: dict[str, tuple[torch.dtype, Callable[[dict[str, Any]], tuple[Change, Change]]]] = {
    "float32": (torch.float32, plain),
    "float32-reversed": (torch.float32, reversed_order),
    "float32-nudged": (torch.float32, nudged),
    "float64": (torch.float64, plain),
}
