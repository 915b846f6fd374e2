"""Trains one model with the reference, saves it and measures it: started by make-models.ts.

train.py --family NAME --data FOLDER --out FOLDER --metrics FILE [--trained FOLDER] [--minutes N]

Standard output reports the progress, one JSON object per line.
"""

import argparse
import json
import logging
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import sentence_transformers
import torch
import transformers
from families import FAMILIES
from progress import report
from retrieval import evaluate
from training import read_json_lines, train

# Lemmas and most definitions are shorter. Longer texts are truncated during training.
TRAINING_LENGTH = 24
LENGTH = 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--family", choices=FAMILIES, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--metrics", type=Path, required=True)
    parser.add_argument("--trained", type=Path, help="the trained SPLADE model that inference-free starts from")
    parser.add_argument("--minutes", type=float)
    arguments = parser.parse_args()

    logging.disable(logging.WARNING)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    report("building", 0)
    torch.manual_seed(0)
    pairs = read_json_lines(arguments.data / "pairs.jsonl")
    recipe = FAMILIES[arguments.family](pairs, arguments.trained)
    set_length(recipe.model, TRAINING_LENGTH)
    # Allows bfloat16 products if the processor computes them faster.
    torch.set_float32_matmul_precision("medium")
    trained = train(recipe, pairs, arguments.minutes)
    torch.set_float32_matmul_precision("highest")
    set_length(recipe.model, LENGTH)
    recipe.model.similarity_fn_name = "dot"

    report("measuring", 1)
    measured = evaluate(recipe.model, arguments.data / "retrieval")
    recipe.model.save(str(arguments.out), create_model_card=False)
    versions = {
        "sentence-transformers": sentence_transformers.__version__,
        "transformers": transformers.__version__,
        "torch": torch.__version__,
        "python": ".".join(map(str, sys.version_info[:3])),
    }
    metrics = {"family": arguments.family, **measured, **trained, "versions": versions}
    arguments.metrics.write_text(json.dumps(metrics, indent=2) + "\n")


def set_length(model, length: int) -> None:
    for module in model.modules():
        tokenizer = getattr(module, "tokenizer", None)
        if tokenizer is not None:
            tokenizer.model_max_length = length


if __name__ == "__main__":
    main()
