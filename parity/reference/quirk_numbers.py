"""Values and gradients that depend on how they are computed, or that differ from the paper."""

from __future__ import annotations

import torch
from sentence_transformers import util
from sentence_transformers.sparse_encoder import losses

from quirk_tools import Model, Seen, error_of, features, is_nan, rows


def euclidean_matrix_equal_rows() -> Seen:
    seen = []
    for count in (25, 26):
        x = (rows(count, 64, seed=1).detach() * 10).requires_grad_()
        equal = -util.euclidean_sim(x, x.detach()).diagonal()
        near = -util.euclidean_sim(x, x.detach() + 1e-4).diagonal()
        near.sum().backward()
        seen.append((equal.max().item(), near.mean().item(), x.grad.norm(dim=1).mean().item()))
    (equal, near, slope), (rough_equal, rough_near, rough_slope) = seen
    still = equal == 0 < rough_equal and abs(slope - 1) < 0.05 < abs(rough_slope - 1)
    return still, (
        f"25 and 26 rows: equal rows at {equal} and up to {rough_equal:.4f}; rows 0.0008 apart at {near:.4f} and "
        f"{rough_near:.4f} on average, gradient norm {slope:.3f} and {rough_slope:.3f}"
    )


def zero_row_cosine() -> Seen:
    zero, other = torch.zeros(1, 3, requires_grad=True), torch.tensor([[0.0, 3.0, 4.0]])
    util.pairwise_cos_sim(zero, other).sum().backward()
    normalized = zero.grad.norm().item()
    zero.grad = None
    torch.cosine_similarity(zero, other).sum().backward()
    clamped = zero.grad.norm().item()
    return abs(normalized / 1e12 - 1) < 1e-5 and abs(
        clamped / 1e8 - 1
    ) < 1e-5, f"util: {normalized:.3g}, torch: {clamped:.3g}"


def tiny_row_cosine() -> Seen:
    tiny, other = torch.full((1, 3), 1e-10, requires_grad=True), rows(1, 3).detach()
    by_util = util.pairwise_cos_sim(tiny, other).item()
    by_torch = torch.cosine_similarity(tiny, other).item()
    return (
        by_util > 0.5 and by_torch < 0.05,
        f"the row of 1e-10: cosine {by_util:.4f} by util, {by_torch:.4f} in SparseCosineSimilarityLoss",
    )


def cosine_labels_float32() -> Seen:
    columns = [rows(1, 3, seed=seed, dtype=torch.float64) for seed in range(2)]
    cosine = torch.cosine_similarity(*columns)
    label = torch.tensor([0.2], dtype=torch.float64)
    value = losses.SparseCosineSimilarityLoss(Model()).compute_loss_from_embeddings(columns, label)
    exact, rounded = ((cosine - label) ** 2).item(), ((cosine - label.float()) ** 2).item()
    return value.item() == rounded != exact, f"label 0.2 in float64: off by {abs(value.item() - exact):.1e}"


def opposite_rows_have_angle_similarity_one() -> Seen:
    x = torch.tensor([[1.0, 2.0, 3.0, 4.0]])
    e0, e1 = torch.eye(2)[:1], torch.eye(2)[1:]
    values = [util.pairwise_angle_sim(a, b).item() for a, b in ((x, -x), (e0, e1), (x, x))]
    return all(abs(value - 1) < 1e-6 for value in values), "opposite {:.4f}, orthogonal {:.4f}, equal {:.4f}".format(
        *values
    )


def angle_not_symmetric() -> Seen:
    a, b = rows(1, 4, seed=1), rows(1, 4, seed=2)
    values = util.pairwise_angle_sim(a, b).item(), util.pairwise_angle_sim(b, a).item()
    return abs(values[0] - values[1]) > 1e-3, f"{values[0]:.4f} and, swapped, {values[1]:.4f}"


def flops_signs_cancel() -> Seen:
    value = losses.FlopsLoss(Model()).compute_loss_from_embeddings(torch.tensor([[3.0, 1.0], [-3.0, -1.0]])).item()
    return value == 0, f"rows x and -x: loss {value}"


def flops_dropped_row_poisons() -> Seen:
    embeddings = torch.tensor([[float("inf"), 0.0], [1.0, 1.0]])
    value = losses.FlopsLoss(Model(), threshold=1).compute_loss_from_embeddings(embeddings)
    return is_nan(value), f"dropped row with inf: loss {value.item()}"


def flops_dropped_rows_count() -> Seen:
    embeddings = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    value = losses.FlopsLoss(Model(), threshold=1).compute_loss_from_embeddings(embeddings).item()
    return value == 0.5, f"one of two rows kept: loss {value}, 2.0 without the other row"


def hardness_uses_raw_similarity() -> Seen:
    x = torch.tensor([[3.0, 0.0], [3.0, 1.0]])
    loss = losses.SparseMultipleNegativesRankingLoss(Model(), hardness_mode="in_batch_negatives", hardness_strength=1.0)
    value = loss.compute_loss_from_embeddings([x, x], None).item()
    scores = x @ x.T
    other = 1 - torch.eye(2)
    raw = ((scores + other * scores).logsumexp(1) - scores.diagonal()).mean().item()
    cosine = ((scores + other * util.cos_sim(x, x)).logsumexp(1) - scores.diagonal()).mean().item()
    return abs(value - raw) < 1e-5 < abs(value - cosine), f"loss {value:.4f}; with cosine hardness it were {cosine:.4f}"


def ranking_overflow() -> Seen:
    x = torch.full((2, 2), 1e20)
    value = losses.SparseMultipleNegativesRankingLoss(Model()).compute_loss_from_embeddings([x, x], None)
    return is_nan(value), f"dot products beyond float32: loss {value.item()}"


def cosent_nan_score_equal_labels() -> Seen:
    x = torch.full((2, 2), float("nan"))
    value = losses.SparseCoSENTLoss(Model()).compute_loss_from_embeddings([x, x], torch.ones(2))
    return is_nan(value), f"NaN embeddings with equal labels: loss {value.item()}"


def mean_square_overflow() -> Seen:
    x = torch.full((1, 8), 1e19, requires_grad=True)
    value = losses.SparseMSELoss(Model())(features(x), torch.zeros(1, 8))
    return bool(value.isinf()), f"mean of eight squares of 1e38: {value.item()}"


def log_sum_exp_huge_ties() -> Seen:
    scores = torch.full((1, 2), 1e30, dtype=torch.float64, requires_grad=True)
    torch.logsumexp(scores, dim=1).sum().backward()
    anchor = torch.tensor([[1e15]], requires_grad=True)
    document = torch.tensor([[1e15]])
    losses.SparseMultipleNegativesRankingLoss(Model()).compute_loss_from_embeddings([anchor, document, document], None).backward()
    slope = anchor.grad.item()
    return scores.grad.sum().item() == 2 and slope > 9e14, (
        f"weights of two tied scores of 1e30: {scores.grad.tolist()[0]}; gradient where nothing can be gained: {slope:.1e}"
    )


def in_place_diagonal() -> Seen:
    def squashed(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(a @ b.T)

    loss = losses.SparseMultipleNegativesRankingLoss(
        Model(), similarity_fct=squashed, directions=("query_to_doc", "query_to_query")
    )
    value = loss.compute_loss_from_embeddings([rows(2, 3, seed=1), rows(2, 3, seed=2)], None)
    error = error_of(value.backward)
    return error.startswith("RuntimeError") and "inplace" in error, f"loss {value.item():.4f}, backward: {error[:110]}"


def aux_jumps_at_constant_batch() -> Seen:
    loss = losses.CSRReconstructionLoss(Model())
    seen = []
    for step in (0.0, 1e-6):
        x = torch.tensor([[1.0, 1.0], [1.0 + step, 1.0]])
        column = {
            "sentence_embedding_backbone": x,
            "decoded_embedding_k": x,
            "decoded_embedding_4k": x,
            "decoded_embedding_aux": torch.zeros(2, 2),
            "decoded_embedding_k_pre_bias": torch.zeros(2, 2),
        }
        seen.append(loss.compute_loss_from_embeddings([column])["reconstruction_loss_aux"].item())
    return seen[0] == 1 and seen[1] > 1e12, f"equal rows: {seen[0]}, rows 1e-6 apart: {seen[1]:.2e}"


def tie_subgradients() -> Seen:
    same = rows(1, 3)
    other = same.detach().clone().requires_grad_()
    (util.pairwise_euclidean_sim(same, other) + util.pairwise_manhattan_sim(same, other)).sum().backward()
    distance = same.grad.norm().item()
    anchor, margin = rows(1, 3, seed=1), losses.SparseTripletLoss(Model(), triplet_margin=0)
    value = margin.compute_loss_from_embeddings([anchor, other, other], None)
    value.backward()
    hinge = anchor.grad.norm().item()
    return distance == 0 and hinge == 0, f"gradient at equal rows {distance}, at a hinge of exactly 0: {hinge}"


def square_underflow() -> Seen:
    a, b = torch.zeros(1, 2, requires_grad=True), torch.full((1, 2), 1e-30)
    value = util.pairwise_euclidean_sim(a, b)
    value.sum().backward()
    size = a.grad.norm().item()
    return value.item() == 0 and size == 0, f"rows 1.4e-30 apart: distance {abs(value.item())}, gradient {size}"


def cosine_is_mean_square() -> Seen:
    columns = [rows(3, 4, seed=seed) for seed in range(2)]
    labels = torch.tensor([0.0, 0.25, 0.5])
    value = losses.SparseCosineSimilarityLoss(Model()).compute_loss_from_embeddings(columns, labels).item()
    difference = torch.cosine_similarity(*columns) - labels
    square, norm = difference.square().mean().item(), difference.norm().item()
    return abs(value - square) < 1e-6 < abs(
        value - norm
    ), f"loss {value:.4f}; mean square {square:.4f}, norm {norm:.4f}"


def reconstruction_trains_backbone() -> Seen:
    backbone = rows(3, 4, seed=1, dtype=torch.float64)
    column = {
        "sentence_embedding_backbone": backbone,
        "decoded_embedding_k": rows(3, 4, seed=2, dtype=torch.float64),
        "decoded_embedding_4k": rows(3, 4, seed=3, dtype=torch.float64),
        "decoded_embedding_aux": rows(3, 4, seed=4, dtype=torch.float64),
        "decoded_embedding_k_pre_bias": rows(3, 4, seed=5, dtype=torch.float64),
    }
    values = losses.CSRReconstructionLoss(Model()).compute_loss_from_embeddings([column])
    from_k, from_aux = (
        torch.autograd.grad(values[name], backbone)[0] for name in ("reconstruction_loss_k", "reconstruction_loss_aux")
    )
    target = backbone - column["decoded_embedding_k_pre_bias"].detach()
    divisor = (target - target.mean(0)).square().mean().detach()
    fixed = ((column["decoded_embedding_aux"] - target).square().mean() / divisor).sum()
    share = (from_aux - torch.autograd.grad(fixed, backbone)[0]).norm().item()
    still = from_k.norm().item() > 0.01 and share > 0.01
    return (
        still,
        f"gradient into the dense embedding: {from_k.norm().item():.3f} from k, {share:.3f} through the divisor of aux",
    )
