import torch
from sentence_transformers.sparse_encoder import losses


class Model(torch.nn.Module):
    """Its features already are the embeddings."""

    def forward(self, features, **_):
        return features


columns = [{"sentence_embedding": torch.ones(2, 3, requires_grad=True)} for _ in range(2)]


def has_gradient(make):
    base = losses.SparseMultipleNegativesRankingLoss(Model())
    values = make(Model(), loss=base, document_regularizer_weight=1.0)(columns)
    return values["document_regularizer_loss"].requires_grad


print("expected: True, since the regularizer depends on the embeddings")
print("SpladeLoss:", has_gradient(losses.SpladeLoss))
print("CachedSpladeLoss:", has_gradient(losses.CachedSpladeLoss))
