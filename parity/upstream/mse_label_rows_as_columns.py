import torch
from sentence_transformers.sparse_encoder import losses


class Model(torch.nn.Module):
    """Its features already are the embeddings."""

    def forward(self, features, **_):
        return features


# Two texts with embeddings of two dimensions; the teacher's embeddings are the same.
embeddings = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
labels = embeddings.clone()
columns = [{"sentence_embedding": embeddings}]

alone = losses.SparseMSELoss(Model())
wrapped = losses.SpladeLoss(
    Model(), loss=alone, document_regularizer_weight=0.0, use_document_regularizer_only=True
)
print("expected: 0.0, since every text has its teacher's embedding")
print("alone:", alone(columns, labels).item())
print("in SpladeLoss:", wrapped(columns, labels)["base_loss"].item())
