"""Mines hard negatives with the reference's own miner, for a stub model that returns the given embeddings.

Standard input holds a list of cases in JSON: rows, embeddings by text, options, and optionally the scores of a
cross-encoder by query and document. Standard output receives for each case the rows, or the type of the error.
"""

import json
import sys

import torch
from datasets import Dataset, disable_progress_bars
from sentence_transformers.util import dot_score, hard_negatives, mine_hard_negatives, pairwise_dot_score

disable_progress_bars()


def no_bar(iterable, **_):
    return iterable


hard_negatives.tqdm = no_bar
hard_negatives.trange = lambda *bounds, **_: range(*bounds)


class StubModel:
    """Returns dense embeddings from a table; the miner rejects sparse encoders."""

    device = torch.device("cpu")

    def __init__(self, embeddings, normalizes):
        self.embeddings = embeddings
        self.normalizes = normalizes

    def encode(self, texts, normalize_embeddings=False, **_):
        found = torch.tensor([self.embeddings[text] for text in texts], dtype=torch.float32)
        if self.normalizes and normalize_embeddings:
            found = torch.nn.functional.normalize(found, dim=1)
        return found.numpy()

    encode_query = encode_document = encode

    def similarity(self, a, b):
        return dot_score(a, b)

    def similarity_pairwise(self, a, b):
        return pairwise_dot_score(a, b)


class StubCrossEncoder:
    def __init__(self, scores):
        self.scores = scores

    def predict(self, pairs, **_):
        return torch.tensor([self.scores[query][document] for query, document in pairs])


def mined(case):
    rows = case["rows"]
    scores = case.get("crossEncoder")
    dataset = Dataset.from_dict({column: [row[column] for row in rows] for column in rows[0]})
    try:
        result = mine_hard_negatives(
            dataset,
            StubModel(case["embeddings"], case["normalizes"]),
            cross_encoder=None if scores is None else StubCrossEncoder(scores),
            verbose=False,
            **case["options"],
        )
    except (ValueError, ZeroDivisionError) as error:
        return {"error": type(error).__name__}
    return {"rows": result.to_list()}


json.dump([mined(case) for case in json.load(sys.stdin)], sys.stdout)
