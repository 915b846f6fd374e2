"""How the reference builds each family from the weights of all-MiniLM-L6-v2, and how it is trained."""

import math
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import torch
from sentence_transformers import SparseEncoder
from sentence_transformers.base.modules import Router, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from sentence_transformers.sparse_encoder.losses import CSRLoss, SpladeLoss, SparseMultipleNegativesRankingLoss
from sentence_transformers.sparse_encoder.modules import SparseAutoEncoder, SparseStaticEmbedding
from training import Recipe, Stage
from word_loss import WordLoss

sys.path.insert(0, str(Path(__file__).parents[2] / "parity" / "reference"))
import texts as minilm  # noqa: E402

# Regularization grows quadratically over the first third of the training, as in the reference's own callback.
RAMP = 1 / 3
# The word loss only compares terms with each other. This bias leaves about 170 terms of a definition active after it.
DECODER_BIAS = -5.8


def splade(pairs: list[dict], trained: Path) -> Recipe:
    model = minilm.build_model()
    head = model[0].auto_model.cls.predictions
    torch.nn.init.constant_(head.bias, DECODER_BIAS)
    # The head starts from random weights. The decoder is tied to the word embeddings, which belong to the rest.
    words = Stage(
        WordLoss(model, inverse_document_frequencies(model.tokenizer, pairs)),
        rates(model, [*head.transform.parameters(), head.bias], first=1e-3, rest=1e-4),
        steps=200,
        batch=48,
    )
    loss = SpladeLoss(
        model,
        SparseMultipleNegativesRankingLoss(model),
        document_regularizer_weight=0.03,
        query_regularizer_weight=0.05,
    )
    ranking = Stage(loss, rate(model, 1e-4), steps=200, batch=24, before_step=ramp(loss))
    return Recipe(model, [words, ranking])


def csr(pairs: list[dict], trained: Path) -> Recipe:
    transformer = Transformer(str(minilm.minilm_folder()))
    width = transformer.get_embedding_dimension()
    autoencoder = SparseAutoEncoder(width, hidden_dim=4 * width, k=64, k_aux=256)
    model = SparseEncoder(modules=[transformer, Pooling(width, "mean"), autoencoder], device="cpu")
    # Pooled embeddings have length about 6 and their codes have dot products of 2 to 10, so no scale is needed. With a weight
    # of 1, the ranking loss would outweigh the reconstruction losses, which are about 0.1.
    loss = CSRLoss(model, SparseMultipleNegativesRankingLoss(model), beta=0.1, gamma=0.1)
    groups = rates(model, list(autoencoder.parameters()), first=1e-3, rest=2e-5)
    return Recipe(model, [Stage(loss, groups, steps=600, batch=64)])


def inference_free(pairs: list[dict], trained: Path) -> Recipe:
    documents = SparseEncoder(str(trained), device="cpu")
    tokenizer = documents.tokenizer
    queries = SparseStaticEmbedding(tokenizer, weight=inverse_document_frequencies(tokenizer, pairs))
    router = Router.for_query_document(query_modules=[queries], document_modules=[documents[0], documents[1]])
    model = SparseEncoder(modules=[router], device="cpu")
    # A query has no terms of its own to drop. Only documents are regularized, and less strongly, because only they can expand.
    loss = SpladeLoss(
        model, SparseMultipleNegativesRankingLoss(model), document_regularizer_weight=0.01, query_regularizer_weight=0
    )
    groups = rates(model, list(queries.parameters()), first=1e-2, rest=1e-4)
    tasks = ("query", "document")
    return Recipe(model, [Stage(loss, groups, steps=200, batch=32, before_step=ramp(loss), tasks=tasks)])


FAMILIES: dict[str, Callable[[list[dict], Path], Recipe]] = {
    "splade": splade,
    "csr": csr,
    "inference-free": inference_free,
}


def rates(model: SparseEncoder, chosen: list[torch.nn.Parameter], first: float, rest: float) -> list[dict]:
    known = {id(parameter) for parameter in chosen}
    others = [parameter for parameter in model.parameters() if id(parameter) not in known]
    return [{"params": chosen, "lr": first}, {"params": others, "lr": rest}]


def rate(model: SparseEncoder, lr: float) -> list[dict]:
    return [{"params": list(model.parameters()), "lr": lr}]


def ramp(loss: SpladeLoss) -> Callable[[float], None]:
    document, query = loss.document_regularizer_weight, loss.query_regularizer_weight

    def before_step(done: float) -> None:
        share = min(done / RAMP, 1.0) ** 2
        loss.document_regularizer_weight, loss.query_regularizer_weight = document * share, query * share

    return before_step


def inverse_document_frequencies(tokenizer, pairs: list[dict]) -> torch.Tensor:
    """ln(1 + (N - n + 0.5) / (n + 0.5)), as in BM25, for N definitions of which n hold the token."""
    definitions = sorted({row["positive"] for row in pairs})
    counts: Counter[int] = Counter()
    for ids in tokenizer(definitions, add_special_tokens=False)["input_ids"]:
        counts.update(set(ids))
    total = len(definitions)
    return torch.tensor(
        [math.log(1 + (total - counts[i] + 0.5) / (counts[i] + 0.5)) for i in range(len(tokenizer))]
    )
