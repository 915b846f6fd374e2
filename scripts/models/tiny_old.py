"""Folders in the form of older versions of sentence-transformers. The reference loads them, but saves them in the new form."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

MakeFolder = Callable[..., None]
# Maps today's class names to the dotted names of version 5.
TYPES = {
    "Transformer": "sentence_transformers.models.Transformer",
    "Pooling": "sentence_transformers.models.Pooling",
    "SpladePooling": "sentence_transformers.sparse_encoder.models.SpladePooling",
    "SparseAutoEncoder": "sentence_transformers.sparse_encoder.models.SparseAutoEncoder",
    "SparseStaticEmbedding": "sentence_transformers.sparse_encoder.models.SparseStaticEmbedding",
    "Router": "sentence_transformers.models.Router",
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

    respell_transformer(out)


def respell_transformer(folder: Path) -> None:
    length = read(folder / "tokenizer_config.json")["model_max_length"]
    write(folder / "sentence_bert_config.json", {"max_seq_length": length, "do_lower_case": False})


def put_documents_in_root(scratch: Path, out: Path, make: MakeFolder) -> None:
    """Uses the layout of OpenSearch's doc models: the transformer lies beside the router that contains it, and its folder is named ""."""
    make(scratch, out)
    [documents] = out.glob("document_0_*")
    for file in documents.iterdir():
        file.rename(out / file.name)
    documents.rmdir()
    respell_transformer(out)
    respell_pooling(out / "document_1_SpladePooling" / "config.json")
    modules = read(out / "modules.json")
    write(out / "modules.json", [{**modules[0], "type": TYPES["Router"]}])
    router = read(out / "router_config.json")
    router["types"] = {
        in_root(name, documents): twice(MASKED_LANGUAGE if name == documents.name else TYPES[type.rsplit(".", 1)[1]])
        for name, type in router["types"].items()
    }
    router["structure"] = {
        route: [in_root(name, documents) for name in names] for route, names in router["structure"].items()
    }
    del router["parameters"]["route_mappings"]
    write(out / "router_config.json", router)


def in_root(name: str, documents: Path) -> str:
    return "" if name == documents.name else name


def twice(dotted: str) -> str:
    """A file had the same name as its class, and routers wrote both."""
    return f"{dotted}.{dotted.rsplit('.', 1)[1]}"


def respell_pooling(file: Path) -> None:
    config = read(file)
    config["word_embedding_dimension"] = config.pop("embedding_dimension")
    if "pooling_mode" in config:
        mode = config.pop("pooling_mode")
        config |= {f"pooling_mode_{name}": mode == key for key, name in POOLING_MODES.items()}
    write(file, config)


def read_weights_from_json(scratch: Path, out: Path, make: MakeFolder) -> None:
    """Makes a query side whose config names a file of token weights, relative to the model folder, instead of tensors."""
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
