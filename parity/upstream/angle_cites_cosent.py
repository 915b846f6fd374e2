import torch
from sentence_transformers.sparse_encoder import losses


class Model(torch.nn.Module):
    """Its features already are the embeddings."""

    def forward(self, features, **_):
        return features


angle = losses.SparseAnglELoss(Model()).citation
print("expected: the paper AnglE-optimized Text Embeddings (arXiv 2309.12871)")
print("found:", next(line.strip() for line in angle.splitlines() if "title" in line))
