"""A user's own losses, written as for sentence-transformers: the twins of parity/custom-losses.ts."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class LogisticMarginLoss(nn.Module):
    """Has two named terms: the softplus of the negative's lead, and the mean square of the positive's score."""

    def __init__(self, model: Any, scale: float = 1.0) -> None:
        super().__init__()
        self.model = model
        self.scale = scale

    def compute_loss_from_embeddings(self, embeddings: list[Tensor], labels: Tensor | None = None) -> dict[str, Tensor]:
        anchor, positive, negative = embeddings
        to_positive = (anchor * positive).sum(dim=1) * self.scale
        to_negative = (anchor * negative).sum(dim=1) * self.scale
        return {
            "ranking_loss": torch.logaddexp(to_negative - to_positive, torch.zeros_like(to_positive)).mean(),
            "score_size_loss": 1e-3 * to_positive.square().mean(),
        }


class L1Regularizer(nn.Module):
    """Mean over the rows of the sum of absolute values."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def compute_loss_from_embeddings(self, embeddings: Tensor) -> Tensor:
        return embeddings.abs().sum(dim=1).mean()


def half_dot(a: Tensor, b: Tensor) -> Tensor:
    return 0.5 * (a @ b.T)


def pairwise_half_dot(a: Tensor, b: Tensor) -> Tensor:
    return 0.5 * (a * b).sum(dim=1)


LOSSES = {"LogisticMarginLoss": LogisticMarginLoss, "L1Regularizer": L1Regularizer}
FUNCTIONS = {"halfDot": half_dot, "pairwiseHalfDot": pairwise_half_dot}
