"""Columns and labels that the reference accepts although it should not, or rejects in an unclear way."""

from __future__ import annotations

import torch
from sentence_transformers import util
from sentence_transformers.sparse_encoder import losses

from quirk_tools import Model, Seen, autoencoder_output, error_of, features, is_nan, rows, with_warnings


def _splade(base: object) -> losses.SpladeLoss:
    return losses.SpladeLoss(Model(), loss=base, document_regularizer_weight=0.0, query_regularizer_weight=0.0)


def mse_label_rows_as_columns() -> Seen:
    base = losses.SparseMSELoss(Model())
    seen = []
    still = True
    for shape in ((2, 3), (2, 2, 3)):
        columns = [rows(2, 3, seed=1), rows(2, 3, seed=2)]
        labels = rows(*shape, seed=3).detach()
        wrapped, _ = with_warnings(lambda: _splade(base)(features(*columns), labels)["base_loss"].item())
        alone = base(features(*columns), labels).item()
        by_row, _ = with_warnings(
            lambda: torch.stack([((c - labels[i]) ** 2).mean() for i, c in enumerate(columns)]).mean().item()
        )
        still = still and abs(wrapped - by_row) < 1e-6 and abs(wrapped - alone) > 1e-3
        seen.append(f"labels {list(shape)}: {wrapped:.4f} wrapped, {alone:.4f} alone")
    return still, "; ".join(seen)


def mse_columns_dropped() -> Seen:
    columns = [rows(1, 3, seed=1), rows(1, 3, seed=2)]
    wrapped = _splade(losses.SparseMSELoss(Model()))
    value, _ = with_warnings(lambda: wrapped(features(*columns), rows(1, 3, seed=3).detach())["base_loss"])
    value.backward()
    unused = columns[1].grad is None
    return unused, f"batch 1, two columns: loss {value.item():.4f}, second column {'unused' if unused else 'used'}"


def target_broadcast() -> Seen:
    column = {**autoencoder_output(), "decoded_embedding_k": rows(2, 1)}
    values = [
        with_warnings(run)
        for run in (
            lambda: losses.SparseMSELoss(Model())(features(rows(2, 3)), rows(2, 1, seed=1).detach()),
            lambda: losses.CSRReconstructionLoss(Model()).compute_loss_from_embeddings([column])[
                "reconstruction_loss_k"
            ],
        )
    ]
    still = all(bool(value.isfinite()) and len(warned) == 1 for value, warned in values)
    (mse, warned), (k, _) = values
    return (
        still,
        f"[2, 1] against [2, 3]: MSE {mse.item():.4f}, reconstruction {k.item():.4f}, warned: {warned[0][:50]}",
    )


def extra_column_ignored() -> Seen:
    labels = torch.tensor([0.0, 0.5, 1.0])
    seen = []
    for make in (losses.SparseCoSENTLoss, losses.SparseAnglELoss, losses.SparseCosineSimilarityLoss):
        columns = [rows(3, 4, seed=seed) for seed in range(3)]
        value = make(Model()).compute_loss_from_embeddings(columns, labels)
        value.backward()
        seen.append(columns[2].grad is None)
    return all(seen), f"third column without gradient: {seen}"


def ranking_extra_positives() -> Seen:
    loss = losses.SparseMultipleNegativesRankingLoss(Model())
    anchors, positives, negatives = rows(2, 4, seed=1), rows(4, 4, seed=2), rows(5, 4, seed=3)
    value = loss.compute_loss_from_embeddings([anchors, positives, negatives], None)
    scores = anchors @ torch.cat([positives, negatives]).T
    expected = (scores.logsumexp(1) - scores.diagonal()).mean()
    return torch.allclose(
        value, expected
    ), f"2 anchors, 4 positives, 5 negatives: loss {value.item():.4f} over 9 candidates"


def ranking_fewer_positives() -> Seen:
    loss = losses.SparseMultipleNegativesRankingLoss(Model())
    error = error_of(lambda: loss.compute_loss_from_embeddings([rows(3, 4), rows(2, 4)], None))
    return error.startswith("IndexError"), error


def single_row_broadcast() -> Seen:
    triplet = losses.SparseTripletLoss(Model()).compute_loss_from_embeddings([rows(3, 4), rows(1, 4), rows(3, 4)], None)
    cosent = losses.SparseCoSENTLoss(Model()).compute_loss_from_embeddings([rows(3, 4), rows(1, 4)], torch.arange(3.0))
    finite = bool(triplet.isfinite() and cosent.isfinite())
    return finite, f"3 rows against 1: triplet {triplet.item():.4f}, CoSENT {cosent.item():.4f}"


def too_few_columns() -> Seen:
    labels = torch.arange(2.0)
    errors = [
        error_of(lambda: losses.SparseCoSENTLoss(Model()).compute_loss_from_embeddings([rows(2, 3)], labels)),
        error_of(
            lambda: losses.SparseMarginMSELoss(Model()).compute_loss_from_embeddings([rows(2, 3)] * 2, labels[:, None])
        ),
        error_of(lambda: losses.SparseTripletLoss(Model()).compute_loss_from_embeddings([rows(2, 3)] * 2, None)),
    ]
    expected = ("IndexError", "RuntimeError: stack", "ValueError: not enough values to unpack")
    return all(e.startswith(x) for e, x in zip(errors, expected)), " | ".join(errors)


def missing_labels() -> Seen:
    columns = [rows(2, 3)] * 3
    makes = (
        losses.SparseCoSENTLoss,
        losses.SparseCosineSimilarityLoss,
        losses.SparseMarginMSELoss,
        losses.SparseDistillKLDivLoss,
    )
    errors = [error_of(lambda: make(Model()).compute_loss_from_embeddings(columns, None)) for make in makes]
    mse = error_of(lambda: losses.SparseMSELoss(Model()).compute_loss_from_embeddings(columns, None))
    return all(e.startswith("AttributeError") for e in errors) and mse.startswith("TypeError"), f"{errors[0]} | {mse}"


def nan_label_cosent() -> Seen:
    nan = float("nan")
    seen = []
    for labels in ([0.5, nan], [0.0, 1.0, 2.0, nan]):
        columns = [rows(len(labels), 3, seed=seed) for seed in (1, 2)]
        value = losses.SparseCoSENTLoss(Model()).compute_loss_from_embeddings(columns, torch.tensor(labels))
        value.backward()
        seen.append((value.item(), columns[0].grad[-1].norm().item()))
    (two, slope_of_two), (four, slope_of_four) = seen
    still = two == slope_of_two == 0 and four > 0 and slope_of_four > 0
    return still, (
        f"labels 0.5, NaN: loss {two}, gradient of the NaN row {slope_of_two}; "
        f"0, 1, 2, NaN: {four:.4f} and {slope_of_four:.4f}"
    )


def nan_label_regression() -> Seen:
    columns = [rows(2, 3, seed=seed) for seed in range(3)]
    margin = losses.SparseMarginMSELoss(Model()).compute_loss_from_embeddings(
        columns, torch.tensor([0.5, float("nan")])
    )
    margin.backward()
    cosine = losses.SparseCosineSimilarityLoss(Model()).compute_loss_from_embeddings(
        columns[:2], torch.tensor([0.5, float("nan")])
    )
    mse = losses.SparseMSELoss(Model())(features(columns[0]), torch.full((2, 3), float("nan")))
    clean = bool(columns[0].grad[0].isfinite().all()) and is_nan(columns[0].grad[1])
    nan = all(is_nan(value) for value in (margin, cosine, mse))
    return nan and clean, f"losses NaN: {nan}; margin gradient NaN in the row of the label only: {clean}"


def kl_first_batch_only() -> Seen:
    columns = [rows(1, 3, seed=seed) for seed in range(3)]
    bad = torch.tensor([[1.0, float("nan")]])
    loss = losses.SparseDistillKLDivLoss(Model())
    first = error_of(lambda: loss.compute_loss_from_embeddings(columns, bad))
    second = loss.compute_loss_from_embeddings(columns, bad)
    return first.startswith("ValueError") and is_nan(
        second
    ), f"first call {first[:60]}; second call: loss {second.item()}"


def kl_plus_infinity() -> Seen:
    columns = [rows(1, 3, seed=seed) for seed in range(3)]
    loss = losses.SparseDistillKLDivLoss(Model())
    values = [
        loss.compute_loss_from_embeddings(columns, torch.tensor([[1.0, float(score)]])) for score in ("inf", "-inf")
    ]
    still = is_nan(values[0]) and bool(values[1].isfinite())
    return still, f"+inf: loss {values[0].item()}; -inf: loss {values[1].item():.4f}"


def margin_labels_small_integers() -> Seen:
    columns = [rows(1, 3, seed=seed) for seed in range(3)]
    loss = losses.SparseMarginMSELoss(Model())
    value = loss.compute_loss_from_embeddings(columns, torch.tensor([[1, 2]], dtype=torch.uint8))
    error = error_of(lambda: loss.compute_loss_from_embeddings(columns, torch.tensor([[True, False]])))
    return value.item() > 250**2 and error.startswith(
        "RuntimeError"
    ), f"uint8 scores 1, 2: loss {value.item():.0f}; bool: {error[:70]}"


def matrix_similarity_as_pairwise() -> Seen:
    columns = [rows(3, 4, seed=seed) for seed in range(3)]
    margin, warned = with_warnings(
        lambda: losses.SparseMarginMSELoss(Model(), similarity_fct=util.dot_score).compute_loss_from_embeddings(
            columns, torch.arange(3.0)
        )
    )
    triplet = losses.SparseTripletLoss(
        Model(), distance_metric=lambda x, y: -util.euclidean_sim(x, y)
    ).compute_loss_from_embeddings(columns, None)
    finite = bool(margin.isfinite() and triplet.isfinite())
    return finite, f"MarginMSE {margin.item():.4f} ({len(warned)} warning), triplet {triplet.item():.4f}"


def empty_batch() -> Seen:
    none = torch.empty(0, 3)
    values = {
        "Flops": losses.FlopsLoss(Model()).compute_loss_from_embeddings(none),
        "ranking": losses.SparseMultipleNegativesRankingLoss(Model()).compute_loss_from_embeddings([none, none], None),
        "triplet": losses.SparseTripletLoss(Model()).compute_loss_from_embeddings([none] * 3, None),
        "cosine": losses.SparseCosineSimilarityLoss(Model()).compute_loss_from_embeddings([none] * 2, torch.empty(0)),
        "MSE": losses.SparseMSELoss(Model())(features(none), none),
        "margin": losses.SparseMarginMSELoss(Model()).compute_loss_from_embeddings([none] * 3, torch.empty(0)),
    }
    cosent = losses.SparseCoSENTLoss(Model()).compute_loss_from_embeddings([none] * 2, torch.empty(0))
    text = ", ".join(f"{name} {value.item()}" for name, value in values.items())
    return all(is_nan(value) for value in values.values()) and cosent.item() == 0, f"{text}, CoSENT {cosent.item()}"
