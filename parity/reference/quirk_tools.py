"""The building blocks of the checks in quirks.py."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

# Whether the reference still behaves as parity/quirks.ts says, and a description of what it did.
Seen = tuple[bool, str]


class Model(nn.Module):
    """A model whose features are already embeddings. It counts its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.forwards = 0
        self.similarity_fn_name: str | None = None

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        self.forwards += 1
        return features


class Constant:
    """A base loss with named components. Under each name it returns the sum of all embeddings times a factor."""

    def __init__(self, **factors: float) -> None:
        self.factors = factors

    def compute_loss_from_embeddings(self, embeddings: list[Tensor], labels: Tensor | None = None) -> dict[str, Tensor]:
        total = torch.cat(embeddings).sum()
        return {name: total * factor for name, factor in self.factors.items()}


def rows(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    """Returns numbers from 0 to 1 that are the same in every process."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(*shape, generator=generator, dtype=dtype).requires_grad_()


def features(*columns: Tensor) -> list[dict[str, Any]]:
    return [{"sentence_embedding": column} for column in columns]


def autoencoder_output() -> dict[str, Any]:
    """The features of one column that a model with a sparse auto-encoder adds, without dead latents."""
    return {
        "sentence_embedding": rows(2, 3, seed=1),
        "sentence_embedding_backbone": rows(2, 3, seed=2),
        "decoded_embedding_k": rows(2, 3, seed=3),
        "decoded_embedding_4k": rows(2, 3, seed=4),
        "decoded_embedding_aux": None,
        "decoded_embedding_k_pre_bias": rows(2, 3, seed=5),
    }


def error_of(run: Callable[[], Any]) -> str:
    """`ClassName: message` of the error that a call raises, or an empty text."""
    try:
        run()
    except Exception as error:  # any class, because the class itself is checked
        return f"{type(error).__name__}: {error}".replace("\n", " ")[:160]
    return ""


def with_warnings(run: Callable[[], Any]) -> tuple[Any, list[str]]:
    """The result of a call, and the texts of its Python warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = run()
    return result, [str(warning.message).replace("\n", " ")[:80] for warning in caught]


def is_nan(value: Tensor) -> bool:
    return bool(torch.isnan(value).all())
