import torch
from sentence_transformers.sparse_encoder import losses


class Model(torch.nn.Module):
    """Its features already are the embeddings."""

    def forward(self, features, **_):
        return features


class Named:
    """A base loss with a component of its own that has the name of a regularizer."""

    def compute_loss_from_embeddings(self, embeddings, labels=None):
        return {"document_regularizer_loss": torch.tensor(10.0)}


columns = [{"sentence_embedding": torch.zeros(2, 3)} for _ in range(2)]
loss = losses.SpladeLoss(Model(), loss=Named(), document_regularizer_weight=1.0)
print("expected: 10.0, the base loss, since rows of zeros have no FLOPS")
print("total:", float(sum(loss(columns).values())))
