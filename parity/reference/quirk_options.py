"""Options that the reference accepts although they cannot work, or that have an unexpected effect."""

from __future__ import annotations

import logging
import math

import torch
from sentence_transformers.sentence_transformer.losses import TripletDistanceMetric
from sentence_transformers.sparse_encoder import losses

from quirk_tools import Model, Seen, autoencoder_output, error_of, features, rows

NAN = float("nan")


def _splade(**options: object) -> losses.SpladeLoss:
    base = losses.SparseMultipleNegativesRankingLoss(Model())
    return losses.SpladeLoss(Model(), **{"loss": base, "document_regularizer_weight": 0.1, **options})


def hardness_strength_nan() -> Seen:
    columns = [rows(2, 3, seed=seed) for seed in range(3)]
    values = [
        losses.SparseMultipleNegativesRankingLoss(Model(), hardness_mode="all_negatives", hardness_strength=strength)
        .compute_loss_from_embeddings(columns, None)
        .item()
        for strength in (NAN, 0.0)
    ]
    return values[0] == values[1], f"strength NaN: loss {values[0]:.4f}, strength 0: {values[1]:.4f}"


def scale_infinite() -> Seen:
    value = losses.SparseMultipleNegativesRankingLoss(Model(), scale=math.inf).compute_loss_from_embeddings(
        [rows(2, 3), rows(2, 3)], None
    )
    return torch.isnan(value).item(), f"scale inf is accepted: loss {value.item()}"


def number_options_unchecked() -> Seen:
    columns = [rows(3, 4, seed=seed) for seed in range(3)]
    labels = torch.arange(3.0)
    cosent = {
        scale: losses.SparseCoSENTLoss(Model(), scale=scale).compute_loss_from_embeddings(columns[:2], labels).item()
        for scale in (0.0, -20.0, NAN)
    }
    triplet = losses.SparseTripletLoss(Model(), triplet_margin=NAN).compute_loss_from_embeddings(columns, None).item()
    weight = _splade(document_regularizer_weight=NAN)(features(*columns))["document_regularizer_loss"].item()
    still = abs(cosent[0.0] - math.log(4)) < 1e-5 and all(math.isnan(v) for v in (cosent[NAN], triplet, weight))
    return still, f"CoSENT by scale {cosent}, triplet margin NaN: {triplet}, weight NaN: {weight}"


def threshold_unchecked() -> Seen:
    embeddings = rows(2, 3)
    values = [
        losses.FlopsLoss(Model(), threshold=threshold).compute_loss_from_embeddings(embeddings).item()
        for threshold in (-5, None, NAN)
    ]
    return values[0] == values[1] > values[
        2
    ] == 0, f"threshold -5: {values[0]:.4f}, None: {values[1]:.4f}, NaN: {values[2]}"


def threshold_ignored_with_regularizer() -> Seen:
    loss = _splade(document_regularizer=losses.FlopsLoss(Model()), document_regularizer_threshold=100)
    value = loss(features(rows(2, 3), rows(2, 3)))["document_regularizer_loss"].item()
    kept = "document_regularizer_threshold" in loss.get_config_dict()
    return value > 0 and not kept, f"threshold 100 beside an own FlopsLoss, 3 dimensions: loss {value:.4f}"


def mini_batch_size_unchecked() -> Seen:
    base = losses.SparseMultipleNegativesRankingLoss(Model())
    errors = []
    for size in (0, -1):
        loss = losses.CachedSpladeLoss(Model(), loss=base, document_regularizer_weight=0.1, mini_batch_size=size)
        errors.append(error_of(lambda: loss(features(rows(2, 3), rows(2, 3)))))
    return "range() arg 3" in errors[0] and "torch.cat" in errors[1], f"0: {errors[0]}; -1: {errors[1]}"


def base_loss_unusable() -> Seen:
    seen = []
    for base in (losses.FlopsLoss(Model()), losses.CSRReconstructionLoss(Model())):
        for wrapper in (_splade(loss=base), losses.CSRLoss(Model(), loss=base)):
            column = autoencoder_output()
            seen.append(error_of(lambda: wrapper([column, column])))
    return all(e.startswith("TypeError") for e in seen), " | ".join(sorted({e[:70] for e in seen}))


def base_loss_without_method() -> Seen:
    column = autoencoder_output()
    csr = losses.CSRLoss(Model(), loss=_splade())
    regularized = _splade(document_regularizer=torch.nn.Identity())
    errors = [error_of(lambda: csr([column, column])), error_of(lambda: regularized([column, column]))]
    return all(e.startswith("AttributeError") for e in errors), " | ".join(errors)


def functions_unchecked() -> Seen:
    columns = [rows(2, 3)] * 3
    errors = [
        error_of(lambda: loss.compute_loss_from_embeddings(columns, torch.arange(2.0)))
        for loss in (
            losses.SparseTripletLoss(Model(), distance_metric="euclidean"),
            losses.SparseMarginMSELoss(Model(), similarity_fct="dot"),
            losses.SparseCoSENTLoss(Model(), similarity_fct="cosine"),
        )
    ]
    return all(e == "TypeError: 'str' object is not callable" for e in errors), errors[0]


def triplet_metric_has_no_members() -> Seen:
    members = len(list(TripletDistanceMetric))
    plain = type(TripletDistanceMetric.COSINE).__name__
    return members == 0 and plain == "function", f"{members} members; COSINE is a {plain}"


def angle_cites_cosent() -> Seen:
    angle, cosent = losses.SparseAnglELoss(Model()), losses.SparseCoSENTLoss(Model())
    title = next(line.strip() for line in angle.citation.splitlines() if "title" in line)
    return angle.citation == cosent.citation, title


def angle_sets_cosine() -> Seen:
    model = Model()
    losses.SparseAnglELoss(model)
    return model.similarity_fn_name == "cosine", f"similarity_fn_name is {model.similarity_fn_name!r}"


def query_regularizer_unused() -> Seen:
    unused = _splade(query_regularizer_threshold=7)
    config = unused.get_config_dict().get("query_regularizer_threshold")
    missing = not hasattr(_splade(use_document_regularizer_only=True), "query_regularizer")
    names = list(unused(features(rows(2, 3), rows(2, 3))))
    still = config == 7 and missing and "query_regularizer_loss" not in names
    return still, f"config has query threshold {config}, components {names}; document-only: no attribute: {missing}"


def config_omits_document_only() -> Seen:
    config = _splade(use_document_regularizer_only=True).get_config_dict()
    kinds = type(config["loss"]).__name__, type(losses.CSRLoss(Model()).get_config_dict()["loss"]).__name__
    return "use_document_regularizer_only" not in config and kinds[
        1
    ] == "str", f"keys {list(config)}, loss is a {kinds[0]} and in CSRLoss a {kinds[1]}"


def warnings_on_root_logger() -> Seen:
    names: list[str] = []

    class Names(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            names.append(record.name)

    root = logging.getLogger()
    handler = Names()
    root.addHandler(handler)
    try:
        _splade()
    finally:
        root.removeHandler(handler)
    return names == ["root"], f"loggers: {names}"


def gather_alone() -> Seen:
    columns = [rows(2, 3, seed=seed) for seed in range(2)]
    values = [
        losses.SparseMultipleNegativesRankingLoss(Model(), gather_across_devices=gather)
        .compute_loss_from_embeddings(columns, None)
        .item()
        for gather in (True, False)
    ]
    return values[0] == values[1], f"gathering: {values[0]:.6f}, not: {values[1]:.6f}"


def alone_raises_attribute_error() -> Seen:
    column = features(rows(2, 3), rows(2, 3))
    errors = [
        error_of(lambda: loss(column, None))
        for loss in (losses.SparseMultipleNegativesRankingLoss(Model()), losses.FlopsLoss(Model()))
    ]
    return errors[0].startswith("AttributeError") and errors[1].startswith("NotImplementedError"), " | ".join(errors)
