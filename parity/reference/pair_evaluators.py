"""Runs the reference's evaluators of pairs and triplets on a stub model that returns the given embeddings.

Standard input holds a list of cases in JSON: the evaluator, its arguments, embeddings by text for each way of encoding,
and the model's similarity function. Standard output receives for each case the metrics, the name of the primary one, and
the lines of the CSV file.
"""

import csv
import json
import logging
import os
import sys
import tempfile
import warnings

import torch
from sentence_transformers import SparseEncoder
from sentence_transformers.sparse_encoder import evaluation

logging.disable(logging.CRITICAL)
warnings.filterwarnings("ignore")


class Card:
    def set_evaluation_metrics(self, *_, **__):
        pass


class StubModel:
    model_card_data = Card()
    sparsity = staticmethod(SparseEncoder.sparsity)

    def __init__(self, embeddings, similarity):
        self.embeddings = embeddings
        self.similarity_fn_name = similarity

    def embedded(self, way, texts, convert_to_tensor=True, convert_to_sparse_tensor=True, **_):
        found = torch.tensor([self.embeddings[f"{way}{text}"] for text in texts], dtype=torch.float32)
        if convert_to_sparse_tensor:
            found = found.to_sparse()
        return found if convert_to_tensor else list(found)

    def encode(self, texts, **options):
        return self.embedded("", texts, **options)

    def encode_query(self, texts, **options):
        return self.embedded("query ", texts, **options)

    def encode_document(self, texts, **options):
        return self.embedded("document ", texts, **options)


def evaluated(case):
    model = StubModel(case["embeddings"], case["similarity"])
    arguments = dict(case["arguments"])
    if case["evaluator"] == "SparseMSEEvaluator":
        arguments["teacher_model"] = StubModel(case["teacher"], case["similarity"])
    evaluator = getattr(evaluation, case["evaluator"])(**arguments)
    with tempfile.TemporaryDirectory() as folder:
        metrics = evaluator(model, output_path=folder, epoch=2, steps=30)
        [file] = os.listdir(folder)
        with open(os.path.join(folder, file), newline="", encoding="utf-8") as lines:
            table = list(csv.reader(lines))
    return {"metrics": metrics, "primary": evaluator.primary_metric, "file": file, "table": table}


json.dump([evaluated(case) for case in json.load(sys.stdin)], sys.stdout)
