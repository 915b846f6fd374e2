"""The reference's results for some texts with a model: expected.json, for readers of models without Python."""

import contextlib
import json
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer, SparseEncoder

TEXTS = (
    "dependent",
    "a person who relies on another person for support",
    "Liar, liar: the handle of a sword!",
    "",
    "   ",
    "café ÜBER naïve São",
    "中文 and 日本語",
    "a cloud 🙂 of particles 👩‍👩‍👧",
    "tabs\tand\nlines",
    "1,234.56 (A/B) [MASK] <mask>",
    "the smallest of all the animals " * 8,
    "an of in to the and or a with by from that is for on at as",
)
PAIRS = (
    ("the handle", "of a sword or a dagger"),
    ("a cloud of solid or liquid particles in a gas " * 3, "force to leave"),
    ("", "second only"),
)


def expect(folder: Path) -> dict:
    with contextlib.chdir(folder):
        return expect_sparse() if is_reproducible(folder) else expect_dense()


def is_reproducible(folder: Path) -> bool:
    """A folder is reproducible unless loading it as a SparseEncoder adds an autoencoder with random weights."""
    settings = folder / "config_sentence_transformers.json"
    if settings.exists():
        return json.loads(settings.read_text())["model_type"] == "SparseEncoder"
    [architecture] = json.loads((folder / "config.json").read_text())["architectures"]
    return architecture.endswith("ForMaskedLM")


def expect_sparse() -> dict:
    # Weights that are stored with less precision become float32 before any computation.
    model = SparseEncoder(".", device="cpu", model_kwargs={"dtype": torch.float32})
    takes_pairs = type(model[0]).__name__ == "Transformer"
    encoders = {"encode": model.encode, "encode_query": model.encode_query, "encode_document": model.encode_document}
    embedded = {name: encode(list(TEXTS), batch_size=len(TEXTS)) for name, encode in encoders.items()}
    expected = {
        "settings": settings_of(model),
        "tokens": without_repetitions({name: tokens_of(model, TEXTS, name) for name in encoders}),
        "embeddings": without_repetitions(
            {name: [sparse_row(row) for row in rows] for name, rows in embedded.items()}
        ),
        "similarity": rows_of(model.similarity(embedded["encode_query"], embedded["encode_document"])),
    }
    if takes_pairs:
        expected["pairs"] = {
            "tokens": tokens_of(model, PAIRS, "encode"),
            "embeddings": [sparse_row(row) for row in model.encode(list(PAIRS))],
        }
    return {"texts": TEXTS, "pair_texts": PAIRS if takes_pairs else (), **expected}


def without_repetitions(by_encoder: dict) -> dict:
    """Leaves out repeated results: most models do not distinguish queries from documents."""
    plain = by_encoder["encode"]
    return {name: made for name, made in by_encoder.items() if name == "encode" or made != plain}


def expect_dense() -> dict:
    model = SentenceTransformer(".", device="cpu")
    sparse = SparseEncoder(".", device="cpu")
    config = sparse[-1].get_config_dict()
    return {
        "texts": TEXTS,
        "settings": settings_of(sparse),
        "autoencoder": config,
        "tokens": {"encode": tokens_of(model, TEXTS, "encode")},
        "dense": {
            "encode": rows_of(model.encode(list(TEXTS), convert_to_tensor=True)),
            "encode_query": rows_of(model.encode_query(list(TEXTS), convert_to_tensor=True)),
        },
    }


def settings_of(model: SparseEncoder) -> dict:
    return {
        "modules": [type(module).__name__ for module in model],
        "dimension": model.get_embedding_dimension(),
        "max_seq_length": model.max_seq_length,
        "similarity_fn_name": model.similarity_fn_name,
        "max_active_dims": model.max_active_dims,
        "prompts": model.prompts,
        "default_prompt_name": model.default_prompt_name,
    }


def tokens_of(model, texts: tuple, encoder: str) -> dict[str, list[list[int]]]:
    """The tokens of each text, without padding."""
    prompts = {"encode_query": "query", "encode_document": "document"}
    prompt = model.prompts.get(prompts.get(encoder, model.default_prompt_name))
    task = {"task": prompts[encoder]} if encoder in prompts else {}
    inputs = model.preprocess(list(texts), prompt=prompt, **task)
    lengths = inputs["attention_mask"].sum(dim=1).tolist()
    names = [name for name in ("input_ids", "token_type_ids") if name in inputs]
    return {name: [row[:n].tolist() for row, n in zip(inputs[name], lengths)] for name in names}


def sparse_row(row: torch.Tensor) -> dict:
    row = row.coalesce()
    return {"indices": row.indices()[0].tolist(), "values": shortest(row.values())}


def rows_of(matrix: torch.Tensor) -> list[list[float]]:
    return [shortest(row) for row in matrix]


def shortest(values: torch.Tensor) -> list[float]:
    """Decimals with the fewest digits that still give the same float32."""
    return [float(str(value)) for value in values.numpy().astype(np.float32)]


def write_expected(folder: Path, file: Path) -> None:
    text = json.dumps(expect(folder), ensure_ascii=False, separators=(",", ":"))
    file.write_text(text + "\n", encoding="utf-8")
