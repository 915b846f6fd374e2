"""Evaluates models on a retrieval task with the reference's evaluator.

families.py TASK MODEL...

The last line of standard output has the metrics of each model as JSON.
"""

import json
import logging
import os
import sys
import warnings
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

from sentence_transformers import SparseEncoder  # noqa: E402
from sentence_transformers.sparse_encoder.evaluation import SparseInformationRetrievalEvaluator  # noqa: E402

logging.disable(logging.CRITICAL)
warnings.filterwarnings("ignore")


def lines(file):
    with open(file, encoding="utf-8") as opened:
        return [json.loads(line) for line in opened]


def main(task, models):
    relevant = {}
    for judged in lines(task / "qrels.jsonl"):
        relevant.setdefault(judged["query_id"], set()).add(judged["corpus_id"])
    evaluator = SparseInformationRetrievalEvaluator(
        queries={row["id"]: row["text"] for row in lines(task / "queries.jsonl")},
        corpus={row["id"]: row["text"] for row in lines(task / "corpus.jsonl")},
        relevant_docs=relevant,
        precision_recall_at_k=[1, 3, 5, 10, 100],
        write_csv=False,
    )
    print(json.dumps([evaluator(SparseEncoder(model, device="cpu")) for model in models]))


main(Path(sys.argv[1]), sys.argv[2:])
