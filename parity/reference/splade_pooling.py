"""SpladePooling over logits that are computed from states, decoder and bias: JSON cases on stdin, JSON values and gradients on stdout."""

from __future__ import annotations

import json
import sys

import torch
from sentence_transformers.sparse_encoder.modules import SpladePooling

DTYPES = {"float32": torch.float32, "float64": torch.float64}


def outcome(case: dict, dtype: torch.dtype) -> dict[str, list[float]]:
    states, decoder, bias = inputs = [
        torch.tensor(case[name], dtype=dtype, requires_grad=True) for name in ("states", "decoder", "bias")
    ]
    mask = torch.tensor(case["mask"])
    logits = (states @ decoder.T + bias).reshape(*mask.shape, -1)
    pooling = SpladePooling(**case["options"]).train()
    value = pooling({"token_embeddings": logits, "attention_mask": mask})["sentence_embedding"]
    value.backward(torch.tensor(case["weights"], dtype=dtype))
    tensors = [value, *(tensor.grad for tensor in inputs)]
    return dict(zip(("value", "dStates", "dDecoder", "dBias"), (tensor.flatten().tolist() for tensor in tensors)))


if __name__ == "__main__":
    cases = json.load(sys.stdin)
    print(json.dumps([{name: outcome(case, dtype) for name, dtype in DTYPES.items()} for case in cases]))
