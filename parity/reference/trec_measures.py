"""Measures rankings with ir-measures, which lets pytrec_eval (trec_eval's own code) compute.

Standard input holds a list of cases in JSON: the ids of found documents, the best first, and those of the relevant ones, by
query. Standard output receives for each case the measures of each query.
"""

import json
import sys

import ir_measures
from ir_measures import AP, P, R, RR, Success, nDCG

MEASURES = {
    "ndcg@10": nDCG @ 10,
    "ndcg@3": nDCG @ 3,
    "map@100": AP @ 100,
    "mrr@100": RR @ 100,
    "precision@5": P @ 5,
    "recall@5": R @ 5,
    "accuracy@5": Success @ 5,
}


def measured(case):
    run = {
        query: {document: float(len(found) - place) for place, document in enumerate(found)}
        for query, found in case["rankings"].items()
    }
    qrels = {query: {document: 1 for document in relevant} for query, relevant in case["relevant"].items()}
    names = {measure: name for name, measure in MEASURES.items()}
    results = {query: {} for query in run}
    for metric in ir_measures.pytrec_eval.iter_calc(list(MEASURES.values()), qrels, run):
        results[metric.query_id][names[metric.measure]] = metric.value
    return results


json.dump([measured(case) for case in json.load(sys.stdin)], sys.stdout)
