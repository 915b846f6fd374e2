"""The reference's side of the losses benchmark: one request per line on stdin, one answer per line on stdout."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import sentence_transformers
import torch
from sentence_transformers.sparse_encoder import losses

sys.path.insert(0, str(Path(__file__).parents[1]))
from protocol import peak_mib, serve  # noqa: E402

LABEL_STREAM = 15


def uniforms(seed: int, counters: np.ndarray) -> np.ndarray:
    """The stream of `uniform` in data.ts, vectorised."""
    mix = np.uint32((seed * 0x85EBCA6B) & 0xFFFFFFFF)
    bits = (counters.astype(np.uint32) + np.uint32(1)) * np.uint32(0x9E3779B9) + mix
    bits = (bits ^ (bits >> np.uint32(16))) * np.uint32(0x7FEB352D)
    bits = (bits ^ (bits >> np.uint32(15))) * np.uint32(0x846CA68B)
    return (bits ^ (bits >> np.uint32(16))) / 2.0**32


def splade_like_column(active: int, column: int, row: dict[str, Any]) -> torch.Tensor:
    batch, dimensions = row["batch"], row["dimensions"]
    seed = row["seed"] * 16 + column
    draws = np.arange(batch * active)
    positions = uniforms(seed, 2 * draws)
    terms = np.floor(dimensions * positions * positions).astype(np.int64)
    values = np.zeros((batch, dimensions), dtype=np.float32)
    # On both sides, a term that is drawn twice keeps its last weight.
    for draw, term, weight in zip(draws, terms, np.log1p(3 * uniforms(seed, 2 * draws + 1))):
        values[draw // active, term] = weight
    return torch.from_numpy(values)


def teacher_labels(row: dict[str, Any]) -> torch.Tensor | None:
    kind, batch, documents = row["labels"], row["batch"], len(row["columns"]) - 1
    if kind == "none":
        return None
    shape = (batch, documents) if kind == "scores" else (batch,)
    scale = 1 if kind == "similarity" else 20
    draws = uniforms(row["seed"] * 16 + LABEL_STREAM, np.arange(int(np.prod(shape))))
    return torch.from_numpy((scale * draws).astype(np.float32).reshape(shape))


class Embedded(torch.nn.Module):
    """A model whose features are already embeddings, so that SpladeLoss can be given embeddings."""

    def forward(self, features: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return features


class Case:
    """One loss on one batch. A round computes its value and the gradients with respect to all embeddings."""

    def __init__(self, row: dict[str, Any]) -> None:
        model = Embedded()
        loss = getattr(losses, row["loss"])(model)
        self.splade = losses.SpladeLoss(model, loss, 3e-5, 5e-5) if row["splade"] else None
        self.loss = loss
        columns = [splade_like_column(active, column, row) for column, active in enumerate(row["columns"])]
        self.embeddings = [column.requires_grad_() for column in columns]
        self.labels = teacher_labels(row)

    def value(self) -> torch.Tensor:
        if self.splade is not None:
            features = [{"sentence_embedding": column} for column in self.embeddings]
            components = self.splade(features, self.labels)
            return torch.stack(list(components.values())).sum()
        if isinstance(self.loss, losses.FlopsLoss):
            return self.loss.compute_loss_from_embeddings(self.embeddings[0])
        return self.loss.compute_loss_from_embeddings(self.embeddings, self.labels)

    def round(self) -> dict[str, float]:
        for column in self.embeddings:
            column.grad = None
        start = time.perf_counter()
        value = self.value()
        value.backward()
        elapsed = time.perf_counter() - start
        return {"ms": elapsed * 1000, "value": value.item()}


def prepare(row: dict[str, Any], threads: int) -> tuple[Case, dict[str, Any]]:
    torch.set_num_threads(threads)
    start = peak_mib()
    engine = f"sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}"
    return Case(row), {"engine": engine, "threads": torch.get_num_threads(), "startMiB": start}


if __name__ == "__main__":
    serve(prepare)
