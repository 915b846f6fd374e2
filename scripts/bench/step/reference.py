"""The reference's side of the training-step benchmark: one request per line on stdin, one answer per line on stdout."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import sentence_transformers
import torch
from sentence_transformers import SparseEncoder
from sentence_transformers.base.modules import Transformer
from sentence_transformers.sparse_encoder import losses
from sentence_transformers.sparse_encoder.modules import SpladePooling
from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast
from transformers.utils import logging

sys.path.insert(0, str(Path(__file__).parents[1]))
from protocol import peak_mib, serve  # noqa: E402

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def uniforms(seed: int, count: int) -> np.ndarray:
    """The first `count` numbers of the `uniform` stream in ../losses/data.ts."""
    mix = np.uint32((seed * 0x85EBCA6B) & 0xFFFFFFFF)
    bits = np.arange(1, count + 1, dtype=np.uint32) * np.uint32(0x9E3779B9) + mix
    bits = (bits ^ (bits >> np.uint32(16))) * np.uint32(0x7FEB352D)
    bits = (bits ^ (bits >> np.uint32(15))) * np.uint32(0x846CA68B)
    return (bits ^ (bits >> np.uint32(16))) / 2.0**32


def initial_values(name: str, index: int, shape: torch.Size, row: dict[str, Any]) -> torch.Tensor:
    """The same as `initialValues` in weights.ts."""
    draws = 2 * uniforms(row["seed"] * 1024 + index, shape.numel()) - 1
    if name.endswith("LayerNorm.weight"):
        values = 1 + 0.1 * draws
    elif name == "cls.predictions.bias":
        values = row["decoderBias"] + 0.01 * draws
    elif name.endswith("bias"):
        values = 0.02 * draws
    else:
        values = row["weightScale"] * draws
    return torch.from_numpy(values.astype(np.float32)).reshape(shape)


def build_model(row: dict[str, Any]) -> SparseEncoder:
    """Builds the model from the reference's own modules, from a folder in its usual layout."""
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    config = BertConfig(
        vocab_size=row["vocabulary"],
        hidden_size=row["hidden"],
        num_hidden_layers=row["layers"],
        num_attention_heads=row["heads"],
        intermediate_size=row["intermediate"],
        max_position_embeddings=row["positions"],
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    with tempfile.TemporaryDirectory() as folder:
        tokens = [*SPECIAL_TOKENS, *(f"t{i}" for i in range(row["vocabulary"] - len(SPECIAL_TOKENS)))]
        vocabulary = Path(folder) / "vocab.txt"
        vocabulary.write_text("\n".join(tokens))
        BertTokenizerFast(str(vocabulary)).save_pretrained(folder)
        BertForMaskedLM(config).save_pretrained(folder)
        transformer = Transformer(folder, transformer_task="fill-mask")
    model = SparseEncoder(modules=[transformer, SpladePooling()], device="cpu")
    parameters = dict(transformer.auto_model.named_parameters())
    with torch.no_grad():
        for index, name in enumerate(sorted(parameters)):
            parameters[name].copy_(initial_values(name, index, parameters[name].shape, row))
    return model.train()


def token_column(column: int, row: dict[str, Any]) -> dict[str, torch.Tensor]:
    """The same as `tokenColumn` in weights.ts."""
    shape = (row["pairs"], row["length"])
    draws = uniforms(row["seed"] * 1024 + 1000 + column, row["pairs"] * row["length"])
    ids = torch.from_numpy((draws * row["vocabulary"]).astype(np.int64)).reshape(shape)
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids), "token_type_ids": torch.zeros_like(ids)}


class Step:
    """Forward and backward passes, gradient clipping and AdamW, with the defaults of the reference's trainer."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row
        self.model = build_model(row)
        self.loss = losses.SpladeLoss(
            self.model,
            losses.SparseMultipleNegativesRankingLoss(self.model),
            document_regularizer_weight=row["documentRegularizerWeight"],
            query_regularizer_weight=row["queryRegularizerWeight"],
        )
        self.parameters = list(self.model.parameters())
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=row["learningRate"], weight_decay=row["weightDecay"], fused=True
        )
        self.columns = [token_column(column, row) for column in range(2)]

    def gradients(self) -> float:
        """Stores the gradient with each parameter, and returns the loss."""
        self.optimizer.zero_grad()
        components = self.loss([dict(column) for column in self.columns])
        value = torch.stack(list(components.values())).sum()
        value.backward()
        return value.item()

    def step(self) -> float:
        value = self.gradients()
        torch.nn.utils.clip_grad_norm_(self.parameters, self.row["maxGradientNorm"])
        self.optimizer.step()
        return value


class Case:
    """
    A round is one step. Its value is the loss of step `valueStep`, which depends on the updates before it. Both sides
    report the same step, however many rounds each side runs, and a wrong update changes the value.
    """

    def __init__(self, row: dict[str, Any]) -> None:
        self.step = Step(row)
        self.value = [self.step.step() for _ in range(row["valueStep"])][-1]

    def round(self) -> dict[str, float]:
        start = time.perf_counter()
        self.step.step()
        elapsed = time.perf_counter() - start
        return {"ms": elapsed * 1000, "value": self.value}


def prepare(row: dict[str, Any], threads: int) -> tuple[Case, dict[str, Any]]:
    torch.set_num_threads(threads)
    start = peak_mib()
    engine = f"sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}"
    return Case(row), {"engine": engine, "threads": torch.get_num_threads(), "startMiB": start}


if __name__ == "__main__":
    serve(prepare)
