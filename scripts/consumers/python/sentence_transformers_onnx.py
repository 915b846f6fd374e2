"""Runs an exported folder in sentence-transformers with its onnx backend."""

from outcome import Clock, non_zero, read_task

task = read_task()
clock = Clock()

import onnxruntime
import sentence_transformers
from sentence_transformers import SparseEncoder

model = SparseEncoder(
    task["graph"]["folder"],
    # This version does not read the value from the folder, where version 6.2 writes it.
    max_active_dims=task["graph"]["maxActiveDims"],
    backend="onnx",
    device="cpu",
    model_kwargs={"provider": "CPUExecutionProvider"},
    local_files_only=True,
)
clock.loaded()
embeddings = model.encode(task["texts"], prompt="", batch_size=4, convert_to_sparse_tensor=False)
version = f"sentence-transformers {sentence_transformers.__version__}, onnxruntime {onnxruntime.__version__}"
tokens = model.tokenize(task["texts"])
ids = [
    [id for id, real in zip(row, mask) if real]
    for row, mask in zip(tokens["input_ids"].tolist(), tokens["attention_mask"].tolist())
]
clock.finish(version, non_zero(embeddings.numpy()), ids)
