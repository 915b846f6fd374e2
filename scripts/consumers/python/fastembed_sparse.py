"""Runs an exported folder in fastembed, under the name of a model that fastembed knows."""

import pathlib
import tempfile

from outcome import Clock, read_task

task = read_task()
graph = task["graph"]
clock = Clock()

import fastembed
import onnxruntime

# fastembed looks for model.onnx beside the tokenizer, not in onnx/.
with tempfile.TemporaryDirectory() as scratch:
    folder = pathlib.Path(scratch)
    for path in pathlib.Path(graph["folder"]).iterdir():
        (folder / path.name).symlink_to(path.resolve())
    for path in (pathlib.Path(graph["folder"]) / "onnx").iterdir():
        (folder / path.name).symlink_to(path.resolve())
    model = fastembed.SparseTextEmbedding(
        "prithivida/Splade_PP_en_v1", specific_model_path=str(folder), providers=["CPUExecutionProvider"]
    )
    clock.loaded()
    rows = list(model.embed(task["texts"], batch_size=4))
    tokens = model.model.tokenize(task["texts"])

orders = [row.indices.argsort() for row in rows]
clock.finish(
    f"fastembed {fastembed.__version__}, onnxruntime {onnxruntime.__version__}",
    [(row.indices[order], row.values[order]) for row, order in zip(rows, orders)],
    [[id for id, real in zip(each.ids, each.attention_mask) if real] for each in tokens],
)
