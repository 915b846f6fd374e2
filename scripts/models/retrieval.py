"""Measures how well a model finds WordNet's definitions of words, with the reference's own evaluator."""

from pathlib import Path

from sentence_transformers.sparse_encoder.evaluation import SparseInformationRetrievalEvaluator
from training import read_json_lines

# The evaluator's keys, and their names in metrics.json.
METRICS = {
    "dot_ndcg@10": "ndcg@10",
    "dot_mrr@10": "mrr@10",
    "query_active_dims": "query_active_dims",
    "corpus_active_dims": "corpus_active_dims",
    "avg_flops": "avg_flops",
}


def evaluate(model, folder: Path) -> dict[str, float]:
    relevant: dict[str, set[str]] = {}
    for row in read_json_lines(folder / "qrels.jsonl"):
        relevant.setdefault(row["query_id"], set()).add(row["corpus_id"])
    evaluator = SparseInformationRetrievalEvaluator(
        queries=texts(folder / "queries.jsonl"),
        corpus=texts(folder / "corpus.jsonl"),
        relevant_docs=relevant,
        score_functions={"dot": model.similarity},
        write_csv=False,
    )
    measured = evaluator(model)
    return {name: round(measured[key], 4) for key, name in METRICS.items()}


def texts(file: Path) -> dict[str, str]:
    return {row["id"]: row["text"] for row in read_json_lines(file)}
