"""Folders as older versions of sentence-transformers wrote them: the reference loads them, but saves them anew."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

MakeFolder = Callable[..., None]
# Class names of today to the dotted names of version 5.
TYPES = {
    "Transformer": "sentence_transformers.models.Transformer",
    "Pooling": "sentence_transformers.models.Pooling",
    "SpladePooling": "sentence_transformers.sparse_encoder.models.SpladePooling",
    "SparseAutoEncoder": "sentence_transformers.sparse_encoder.models.SparseAutoEncoder",
}
MASKED_LANGUAGE = "sentence_transformers.sparse_encoder.models.MLMTransformer"
POOLING_MODES = {
    "cls": "cls_token",
    "max": "max_tokens",
    "mean": "mean_tokens",
    "mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
}
IDF_FILE = "idf.json"


def spell_as_before(scratch: Path, out: Path, make: MakeFolder) -> None:
    make(scratch, out)
    entries = read(out / "modules.json")
    masked = read(out / "sentence_bert_config.json")["transformer_task"] == "fill-mask"
    for entry in entries:
        name = entry["type"].rsplit(".", 1)[1]
        entry["type"] = MASKED_LANGUAGE if masked and name == "Transformer" else TYPES[name]
        if "Pooling" in name:
            respell_pooling(out / entry["path"] / "config.json")
    write(out / "modules.json", entries)

    length = read(out / "tokenizer_config.json")["model_max_length"]
    write(out / "sentence_bert_config.json", {"max_seq_length": length, "do_lower_case": False})


def respell_pooling(file: Path) -> None:
    config = read(file)
    config["word_embedding_dimension"] = config.pop("embedding_dimension")
    if "pooling_mode" in config:
        mode = config.pop("pooling_mode")
        config |= {f"pooling_mode_{name}": mode == key for key, name in POOLING_MODES.items()}
    write(file, config)


def read_weights_from_json(scratch: Path, out: Path, make: MakeFolder) -> None:
    """A query side whose config names a file of token weights, relative to the model folder, in place of tensors."""
    make(scratch, out)
    [queries] = out.glob("query_*")
    config = read(queries / "config.json")
    shutil.copyfile(scratch / IDF_FILE, out / IDF_FILE)
    (queries / "model.safetensors").unlink()
    write(queries / "config.json", {**config, "path": IDF_FILE})


def read(file: Path):
    return json.loads(file.read_text(encoding="utf-8"))


def write(file: Path, content) -> None:
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
