"""Runs an exported graph in Python's ONNX Runtime, with the package tokenizers."""

import pathlib

from outcome import Clock, non_zero, read_task

BATCH = 4

task = read_task()
graph, texts = task["graph"], task["texts"]
clock = Clock()

import numpy
import onnxruntime
from tokenizers import Tokenizer

folder = pathlib.Path(graph["folder"])
session = onnxruntime.InferenceSession(folder / graph["file"], providers=["CPUExecutionProvider"])
tokenizer = Tokenizer.from_file(str(folder / graph["tokenizer"] / "tokenizer.json"))
padding = graph["paddingToken"]
tokenizer.enable_truncation(graph["maxLength"])
tokenizer.enable_padding(pad_id=tokenizer.token_to_id(padding) or 0, pad_token=padding)
clock.loaded()


def pooled_logits(logits, mask):
    pooling = graph["pooling"]
    # In float16 the sum would lose digits that the encoder keeps.
    weights = numpy.log1p(numpy.maximum(logits.astype(numpy.float32), 0))
    if pooling["activation"] == "log1p_relu":
        weights = numpy.log1p(weights)
    weights = weights * mask[:, :, None]
    pooled = weights.sum(1) if pooling["strategy"] == "sum" else weights.max(1)
    if graph["maxActiveDims"] is not None:
        smallest = numpy.argsort(pooled, axis=1)[:, : -graph["maxActiveDims"]]
        numpy.put_along_axis(pooled, smallest, 0, axis=1)
    return pooled


def embed(encodings):
    inputs = {
        "input_ids": [encoding.ids for encoding in encodings],
        "attention_mask": [encoding.attention_mask for encoding in encodings],
        "token_type_ids": [encoding.type_ids for encoding in encodings],
    }
    feeds = {name: numpy.array(inputs[name], dtype=numpy.int64) for name in graph["inputNames"]}
    names = [output.name for output in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, feeds)))
    if graph["format"] == "sparse":
        offsets = outputs["offsets"]
        return [
            (outputs["indices"][begin:end], outputs["values"][begin:end])
            for begin, end in zip(offsets[:-1], offsets[1:])
        ]
    if graph["format"] == "logits":
        return non_zero(pooled_logits(outputs["logits"], numpy.array(inputs["attention_mask"])))
    return non_zero(outputs["sentence_embedding"])


embeddings, ids = [], []
for first in range(0, len(texts), BATCH):
    encodings = tokenizer.encode_batch(
        texts[first : first + BATCH], add_special_tokens=graph["addSpecialTokens"]
    )
    embeddings += embed(encodings)
    ids += [[id for id, real in zip(each.ids, each.attention_mask) if real] for each in encodings]
clock.finish(f"onnxruntime {onnxruntime.__version__}", embeddings, ids)
