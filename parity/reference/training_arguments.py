"""The arguments of the reference's trainer for a run that only computes: on the CPU, without a log, bars and checkpoints."""

from __future__ import annotations

from typing import Any

from sentence_transformers import SparseEncoderTrainingArguments


def training_arguments(folder: str, **options: Any) -> SparseEncoderTrainingArguments:
    return SparseEncoderTrainingArguments(
        output_dir=folder, use_cpu=True, disable_tqdm=True, report_to="none", save_strategy="no", **options
    )
