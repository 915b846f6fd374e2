"""Runs in its own process: opens a model, encodes one text, prints the sum of its weights."""

import sys

import torch
from sentence_transformers import SparseEncoder

model, text, threads = sys.argv[1:]
torch.set_num_threads(int(threads))
print(SparseEncoder(model, device="cpu").encode(text).sum().item())
