import torch
from sentence_transformers.sparse_encoder import losses


class Model(torch.nn.Module):
    """Its features already are the embeddings."""

    def forward(self, features, **_):
        return features


class Zero:
    """A base loss that is 0 whatever the embeddings are, and so has the gradient 0."""

    def compute_loss_from_embeddings(self, embeddings, labels=None):
        return {"base_loss": 0.0 * torch.cat(embeddings).sum()}


def gradient(make):
    columns = [torch.ones(2, 3, requires_grad=True) for _ in range(2)]
    loss = make(Model(), loss=Zero(), document_regularizer_weight=1.0)
    loss([{"sentence_embedding": column} for column in columns])["base_loss"].backward()
    return [0.0 if column.grad is None else column.grad.sum().item() for column in columns]


print("expected: [0.0, 0.0], since base_loss is 0 times its input")
print("SpladeLoss:", gradient(losses.SpladeLoss))
print("CachedSpladeLoss:", gradient(losses.CachedSpladeLoss))
