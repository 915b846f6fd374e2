import torch
from sentence_transformers.sparse_encoder import losses


class Model(torch.nn.Module):
    """Its features already are the embeddings."""

    def forward(self, features, **_):
        return features


def similarity(a, b):
    return torch.sigmoid(a @ b.T)


loss = losses.SparseMultipleNegativesRankingLoss(
    Model(), similarity_fct=similarity, directions=("query_to_doc", "query_to_query")
)
columns = [torch.eye(3).requires_grad_() for _ in range(2)]
print("expected: a gradient, since sigmoid is differentiable")
try:
    loss.compute_loss_from_embeddings(columns, None).backward()
    print("found: a gradient")
except RuntimeError as error:
    print("found: RuntimeError,", "inplace operation" in str(error) and "modified by an inplace operation")
