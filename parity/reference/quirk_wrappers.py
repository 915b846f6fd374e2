"""How the reference's wrappers treat the losses inside them."""

from __future__ import annotations

import torch
from sentence_transformers.sparse_encoder import losses

from quirk_tools import Constant, Model, Seen, autoencoder_output, error_of, features, rows


def regularizer_key_overwrites() -> Seen:
    base = Constant(document_regularizer_loss=1.0)
    columns = [rows(2, 3, seed=1), rows(2, 3, seed=2)]
    plain, cached = (
        make(Model(), loss=base, document_regularizer_weight=0.5)(features(*columns))
        for make in (losses.SpladeLoss, losses.CachedSpladeLoss)
    )
    sizes = {"plain": sum(plain.values()).item(), "cached": sum(cached.values()).item()}
    term = torch.cat(columns).sum().item()
    still = len(plain) == 1 and abs(sizes["cached"] - sizes["plain"] - term) < 1e-4
    return still, f"base term {term:.4f}; total {sizes['plain']:.4f} plain, {sizes['cached']:.4f} cached"


def reconstruction_key_overwrites() -> Seen:
    values = losses.CSRLoss(Model(), loss=Constant(reconstruction_loss_k=2.0))(
        [autoencoder_output(), autoencoder_output()]
    )
    base = 2 * autoencoder_output()["sentence_embedding"].sum().item() * 2
    value = values["reconstruction_loss_k"].item()
    return len(values) == 3 and abs(value - base) < 1e-4, f"reconstruction_loss_k is {value:.4f}, the base loss alone"


def cached_components_constant() -> Seen:
    columns = [rows(2, 3, seed=seed, dtype=torch.float64) for seed in range(2)]
    base = losses.SparseMultipleNegativesRankingLoss(Model())
    values = losses.CachedSpladeLoss(Model(), loss=base, document_regularizer_weight=0.1, query_regularizer_weight=0.1)(
        features(*columns)
    )
    kinds = {name: (str(value.dtype), value.requires_grad) for name, value in values.items()}
    first, *others = kinds.values()
    still = first == ("torch.float64", True) and all(other == ("torch.float32", False) for other in others)
    return still, ", ".join(f"{name}: {dtype[6:]}, gradient {grad}" for name, (dtype, grad) in kinds.items())


def cached_first_component_has_all_gradients() -> Seen:
    norms = []
    for make in (losses.SpladeLoss, losses.CachedSpladeLoss):
        columns = [rows(2, 3, seed=seed) for seed in range(2)]
        base = Constant(base_loss=0.0)
        make(Model(), loss=base, document_regularizer_weight=1.0)(features(*columns))["base_loss"].backward()
        norms.append(columns[1].grad.norm().item())
    still = norms[0] == 0 and norms[1] > 0.1
    return (
        still,
        f"gradient of base_loss, which is 0 x sum: {norms[0]} plain, {norms[1]:.4f} cached (the regularizer's)",
    )


def cached_component_after_overflow() -> Seen:
    columns = [torch.ones(2, 2), torch.full((2, 2), 1e30)]
    cached, plain = (
        make(Model(), loss=losses.SparseTripletLoss(Model()), document_regularizer_weight=1.0, **options)(
            features(columns[0], columns[0], columns[1])
        )
        for make, options in ((losses.CachedSpladeLoss, {}), (losses.SpladeLoss, {}))
    )
    seen = [values["base_loss"].item() for values in (cached, plain)]
    still = seen[0] != seen[0] and seen[1] == seen[1]
    return (
        still,
        f"regularizer {plain['document_regularizer_loss'].item()}: base_loss {seen[0]} cached, {seen[1]} plain",
    )


def component_not_scalar() -> Seen:
    class Vector:
        def compute_loss_from_embeddings(self, embeddings: list[torch.Tensor], labels: object) -> torch.Tensor:
            return embeddings[0].sum(dim=1)

    columns = features(rows(2, 3), rows(2, 3))
    plain = losses.SpladeLoss(Model(), loss=Vector(), document_regularizer_weight=0.1)(columns)["base_loss"]
    cached = losses.CachedSpladeLoss(Model(), loss=Vector(), document_regularizer_weight=0.1)
    error = error_of(lambda: cached(columns))
    return plain.shape == (2,) and error.startswith(
        "RuntimeError"
    ), f"base_loss of shape {list(plain.shape)} plain; cached: {error[:90]}"


def splade_single_column() -> Seen:
    base = losses.SparseMSELoss(Model())
    loss = losses.SpladeLoss(Model(), loss=base, document_regularizer_weight=0.1)
    error = error_of(lambda: loss(features(rows(1, 3)), rows(1, 1, 3)))
    return "torch.cat" in error, error


def reconstruction_without_columns() -> Seen:
    values = losses.CSRReconstructionLoss(Model()).compute_loss_from_embeddings([])
    kinds = {type(value).__name__ for value in values.values()}
    return kinds == {"float"}, f"{values}"


def columns_merged() -> Seen:
    model = Model()
    loss = losses.SpladeLoss(
        model, loss=losses.SparseMultipleNegativesRankingLoss(model), document_regularizer_weight=0.1
    )
    counts = []
    for width in (3, 4):
        model.forwards = 0
        columns = [rows(2, 3, seed=seed) for seed in range(3)]
        masks = [torch.ones(2, 3), torch.ones(2, 3), torch.ones(2, width)]
        batch = [{"sentence_embedding": c, "attention_mask": mask} for c, mask in zip(columns, masks)]
        loss(batch)
        counts.append(model.forwards)
    return counts == [
        2,
        3,
    ], f"forwards of three columns: {counts[0]} alike, {counts[1]} with float features of two lengths"
