"""What the same trainings take in Python: implicit's iALS and cosine neighbours, and EASE in numpy.

Usage: recommenders.py INTERACTIONS THREADS ITEMS_MAX_FOR_EASE FACTORS...

INTERACTIONS has a line a user: the numbers of its items, parted by spaces. Prints one JSON object of seconds.
"""

import json
import os
import resource
import sys
import time

threads = int(sys.argv[2])
os.environ.setdefault("OPENBLAS_NUM_THREADS", str(threads))

import numpy as np
import scipy.sparse as sp


def read(path):
    starts, items = [0], []
    with open(path, "rb") as lines:
        for line in lines:
            row = np.array(line.split(), dtype=np.int32)
            items.append(row)
            starts.append(starts[-1] + len(row))
    items = np.concatenate(items)
    data = sp.csr_matrix((np.ones(len(items), np.float32), items, np.array(starts)))
    data.sum_duplicates()
    return data


def ials(data, factors):
    """Seconds of the fastest iteration but the first, which warms up."""
    from implicit.cpu.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(
        factors=factors, iterations=4, use_cg=True, random_state=1, num_threads=threads, dtype=np.float32
    )
    seconds = []
    model.fit_callback = lambda iteration, took, loss=None: seconds.append(took)
    model.fit(data, show_progress=False)
    return min(seconds[1:])


def neighbours(data):
    from implicit.nearest_neighbours import CosineRecommender

    began = time.perf_counter()
    CosineRecommender(K=200, num_threads=threads).fit(data, show_progress=False)
    return time.perf_counter() - began


def ease(data):
    began = time.perf_counter()
    gram = (data.T @ data).toarray()
    gram[np.diag_indices_from(gram)] += 500.0
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return time.perf_counter() - began


def main():
    data = read(sys.argv[1])
    found = {}
    if data.shape[1] <= int(sys.argv[3]):
        found["ease"] = ease(data)
    try:
        found["neighbours"] = neighbours(data)
        # implicit asks for this: its own threads and those of the BLAS get in each other's way.
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, "blas"):
            for factors in sys.argv[4:]:
                found[f"ials {factors}"] = ials(data, int(factors))
    except ImportError as error:
        found["missing"] = str(error)
    found["memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


main()
