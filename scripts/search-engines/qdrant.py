"""Runs Qdrant's engine on payload lines: qdrant.py DOCUMENTS.jsonl QUERIES.jsonl K NEW_FOLDER. Prints hits as JSON."""

import json
import sys
import time
from pathlib import Path

from qdrant_edge import (
    EdgeConfig,
    EdgeOptimizersConfig,
    EdgeShard,
    EdgeSparseVectorParams,
    Point,
    Query,
    QueryRequest,
    SparseVector,
    UpdateOperation,
)

NAME = "text"
BATCH = 1000


def read_vectors(path: str) -> list[SparseVector]:
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return [SparseVector(**json.loads(line)) for line in lines]


def main(documents_path: str, queries_path: str, k: int, folder: str) -> None:
    documents = read_vectors(documents_path)
    queries = read_vectors(queries_path)
    Path(folder).mkdir()
    # Qdrant would scan small collections, but the inverted index is to be measured.
    config = EdgeConfig(
        sparse_vectors={NAME: EdgeSparseVectorParams(full_scan_threshold=1)},
        optimizers=EdgeOptimizersConfig(indexing_threshold=1),
    )
    shard = EdgeShard.create(folder, config)
    begin = time.perf_counter()
    for first in range(0, len(documents), BATCH):
        batch = documents[first : first + BATCH]
        points = [Point(first + i, {NAME: vector}) for i, vector in enumerate(batch)]
        shard.update(UpdateOperation.upsert_points(points))
    shard.optimize()
    indexed = time.perf_counter()
    hits = []
    for query in queries:
        found = shard.query(QueryRequest(limit=k, query=Query.Nearest(query, using=NAME)))
        hits.append([(hit.id, hit.score) for hit in found])
    searched = time.perf_counter()
    shard.close()
    answer = {
        "index_seconds": indexed - begin,
        "search_seconds": searched - indexed,
        "hits": hits,
    }
    json.dump(answer, sys.stdout)


main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
