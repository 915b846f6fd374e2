"""The reference's side of the search benchmark: SciPy's product of sparse matrices, then NumPy's partition."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from scipy.sparse import csr_matrix, vstack

sys.path.insert(0, str(Path(__file__).parents[1]))
from protocol import peak_mib, serve  # noqa: E402

SEEDS = {"documents": 1, "queries": 777_777_777}
QUANTILE_BITS = 20
PART = 2**15


def mixed(values: np.ndarray) -> np.ndarray:
    """The same as `hash` in collection.ts."""
    bits = values.astype(np.uint32)
    bits = (bits ^ (bits >> 16)) * np.uint32(0x7FEB352D)
    bits = (bits ^ (bits >> 15)) * np.uint32(0x846CA68B)
    return bits ^ (bits >> 16)


def zipf_table(dimensions: int) -> np.ndarray:
    cumulative = np.cumsum(1 / np.arange(1, dimensions + 1))
    quantiles = (np.arange(2**QUANTILE_BITS) + 0.5) / 2**QUANTILE_BITS * cumulative[-1]
    return np.minimum(np.searchsorted(cumulative, quantiles, side="right"), dimensions - 1)


def collection(kind: str, begin: int, end: int, draws: int, table: np.ndarray, dimensions: int) -> csr_matrix:
    """The same as `collection` in collection.ts."""
    first = np.arange(begin, end, dtype=np.int64)[:, None] * draws + SEEDS[kind]
    drawn = table[mixed(first + np.arange(draws)) >> (32 - QUANTILE_BITS)]
    drawn.sort(axis=1)
    distinct = np.ones(drawn.shape, dtype=bool)
    distinct[:, 1:] = drawn[:, 1:] != drawn[:, :-1]
    weights = ((mixed(first + 65_537 * drawn) >> 8) + 1) / 2**24 * 3
    indptr = np.concatenate([[0], np.cumsum(distinct.sum(axis=1))])
    entries = (weights[distinct].astype(np.float32), drawn[distinct].astype(np.int32), indptr.astype(np.int32))
    return csr_matrix(entries, shape=(end - begin, dimensions))


def documents_of(row: dict[str, Any], table: np.ndarray) -> csr_matrix:
    parts = [
        collection(
            "documents", begin, min(begin + PART, row["documents"]), row["draws"]["document"], table, row["dimensions"]
        )
        for begin in range(0, row["documents"], PART)
    ]
    return vstack(parts, format="csr")


class Case:
    """A round builds the transposed matrix, or searches it for all queries one after the other."""

    def __init__(self, row: dict[str, Any]) -> None:
        table = zipf_table(row["dimensions"])
        documents = documents_of(row, table)
        if row["operation"] == "build":
            self.documents = documents
            self.round = self.build
            return
        self.k = row["k"]
        # One row per term, as in an inverted index: this is the fastest of the matrix products.
        self.by_term = documents.T.tocsr()
        self.queries = collection("queries", 0, row["queries"], row["draws"]["query"], table, row["dimensions"])
        self.round = self.search

    def build(self) -> dict[str, float]:
        start = time.perf_counter()
        by_term = self.documents.T.tocsr()
        elapsed = time.perf_counter() - start
        return {"ms": elapsed * 1000, "value": by_term.shape[1]}

    def search(self) -> dict[str, float]:
        last = 0.0
        start = time.perf_counter()
        for query in range(self.queries.shape[0]):
            scores = self.queries[query] @ self.by_term
            best = np.argpartition(scores.data, -self.k)[-self.k :]
            best = best[np.argsort(-scores.data[best])]
            _documents = scores.indices[best]
            last += float(scores.data[best[-1]])
        elapsed = time.perf_counter() - start
        return {"ms": elapsed * 1000, "value": last / self.queries.shape[0]}


def main() -> None:
    def prepare(row: dict[str, Any], _: int) -> tuple[Case, dict[str, Any]]:
        libraries = peak_mib()
        case = Case(row)
        # A search needs the index, so its memory counts. A build is given the documents, so their memory does not count.
        start = peak_mib() if row["operation"] == "build" else libraries
        return case, {"engine": f"SciPy {scipy.__version__}", "threads": 1, "startMiB": start}

    serve(prepare)


if __name__ == "__main__":
    main()
