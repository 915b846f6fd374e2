import torch
from sentence_transformers.sparse_encoder import losses


class Model(torch.nn.Module):
    """Its features already are the embeddings."""

    def forward(self, features, **_):
        return features


class Named:
    """A base loss with a component of its own that has the name of a reconstruction term."""

    def compute_loss_from_embeddings(self, embeddings, labels=None):
        return {"reconstruction_loss_k": torch.tensor(0.0)}


column = {
    "sentence_embedding": torch.zeros(2, 2),
    "sentence_embedding_backbone": torch.zeros(2, 2),
    "decoded_embedding_k": torch.ones(2, 2),
    "decoded_embedding_4k": torch.zeros(2, 2),
    "decoded_embedding_aux": None,
    "decoded_embedding_k_pre_bias": torch.zeros(2, 2),
}
loss = losses.CSRLoss(Model(), loss=Named(), beta=0.0, gamma=0.0)
values = loss([column, column])
print("expected: more than 0, since the reconstruction is wrong by 1 in every dimension")
print("total:", float(sum(values.values())))
