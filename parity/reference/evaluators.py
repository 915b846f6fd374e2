"""Runs the reference's evaluators on a stub model that returns the given embeddings, and SciPy's statistics.

Standard input holds a list of cases in JSON: the evaluator, its arguments, embeddings by text, and the model's similarity
function. A case may have the embeddings of a teacher. If its "ways" are true, the way of encoding is before each text.
Standard output receives for each case the metrics, the name of the primary one, the files that were written, and the
settings for the model's card. The evaluator "statistics" gets two lists of scores, and returns a p value and a bootstrap
interval of the first.
"""

import csv
import json
import logging
import os
import sys
import tempfile
import warnings
from functools import partial

import numpy as np
import torch
from scipy import stats
from sentence_transformers import SparseEncoder, util
from sentence_transformers.sparse_encoder import evaluation

logging.disable(logging.CRITICAL)
warnings.filterwarnings("ignore")

SIMILARITIES = {
    "dot": util.dot_score,
    "cosine": util.cos_sim,
    "euclidean": util.euclidean_sim,
    "manhattan": util.manhattan_sim,
}


class Card:
    def set_evaluation_metrics(self, *_, **__):
        pass


class StubModel:
    model_card_data = Card()
    sparsity = staticmethod(SparseEncoder.sparsity)

    def __init__(self, embeddings, similarity, has_ways):
        self.embeddings = embeddings
        self.similarity_fn_name = similarity
        self.similarity = SIMILARITIES[similarity]
        self.has_ways = has_ways

    def embedded(self, way, texts, convert_to_tensor=True, convert_to_sparse_tensor=True, **_):
        before = way if self.has_ways else ""
        found = torch.tensor([self.embeddings[f"{before}{text}"] for text in texts], dtype=torch.float32)
        if convert_to_sparse_tensor:
            found = found.to_sparse()
        return found if convert_to_tensor else list(found)

    def encode(self, texts, **options):
        return self.embedded("", texts, **options)

    def encode_query(self, texts, **options):
        return self.embedded("query ", texts, **options)

    def encode_document(self, texts, **options):
        return self.embedded("document ", texts, **options)


def nano_beir(arguments):
    """The reference loads data sets from the hub by their names: its loader is replaced by one of the given tasks."""
    tasks = arguments.pop("tasks")

    class Evaluator(evaluation.SparseNanoBEIREvaluator):
        def _load_dataset(self, name, **options):
            options.pop("truncate_dim", None)
            return evaluation.SparseInformationRetrievalEvaluator(
                **retrieval(dict(tasks[name])), name=name, max_active_dims=self.max_active_dims, **options
            )

        def _validate_dataset_names(self):
            pass

    return Evaluator(dataset_names=list(tasks), **arguments)


def retrieval(arguments):
    arguments["relevant_docs"] = {query: set(ids) for query, ids in arguments["relevant_docs"].items()}
    return arguments


def files_in(folder):
    contents = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), newline="", encoding="utf-8") as lines:
            contents[name] = list(csv.reader(lines)) if name.endswith(".csv") else [json.loads(line) for line in lines]
    return contents


def statistics(first, second):
    first, second = np.array(first), np.array(second)
    test = stats.permutation_test(
        (first, second),
        lambda a, b, axis=0: np.mean(a, axis=axis) - np.mean(b, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=20000,
        rng=0,
    )
    interval = stats.bootstrap((first,), np.mean, n_resamples=20000, method="percentile", rng=0).confidence_interval
    return {"pValue": test.pvalue, "low": interval.low, "high": interval.high}


def evaluated(case):
    arguments = dict(case["arguments"])
    if case["evaluator"] == "statistics":
        return statistics(**arguments)
    stub = partial(StubModel, similarity=case["similarity"], has_ways=case.get("ways", False))
    model = stub(case["embeddings"])
    if case["evaluator"] == "SparseInformationRetrievalEvaluator":
        arguments = retrieval(arguments)
        names = arguments.pop("score_functions", None)
        functions = names and {name: SIMILARITIES[name] for name in names}
        evaluator = evaluation.SparseInformationRetrievalEvaluator(score_functions=functions, **arguments)
    elif case["evaluator"] == "SparseNanoBEIREvaluator":
        evaluator = nano_beir(arguments)
    else:
        if "teacher" in case and case["evaluator"] == "SparseMSEEvaluator":
            arguments["teacher_model"] = stub(case["teacher"])
        if "similarity_fct" in arguments:
            arguments["similarity_fct"] = SIMILARITIES[arguments["similarity_fct"]]
        evaluator = getattr(evaluation, case["evaluator"])(**arguments)
    with tempfile.TemporaryDirectory() as folder:
        given = () if case["evaluator"] == "ReciprocalRankFusionEvaluator" else (model,)
        metrics = evaluator(*given, output_path=folder, epoch=2, steps=30)
        # The id of the data set on the hub is not that of the given tasks.
        config = {key: value for key, value in evaluator.get_config_dict().items() if key != "dataset_id"}
        return {
            "metrics": metrics,
            "primary": evaluator.primary_metric,
            "files": files_in(folder),
            "config": config,
        }


json.dump([evaluated(case) for case in json.load(sys.stdin)], sys.stdout)
