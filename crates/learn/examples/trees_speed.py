"""LightGBM beside trees_speed.rs: the same data by the same formula, 100 trees of 63 leaves, 255 bins.

Usage: python trees_speed.py ROWS THREADS rank|logistic, with lightgbm and numpy installed.
"""
import sys
import time

import lightgbm
import numpy as np

COLUMNS, GROUP = 60, 100


def unit(rows, column):
    with np.errstate(over="ignore"):
        z = (rows.astype(np.uint64) * np.uint64(64) + np.uint64(column)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = (z ^ (z >> np.uint64(31))) >> np.uint64(40)
    return z.astype(np.float32) / np.float32(16777216.0)


def made_up(start, count, objective):
    rows = np.arange(start, start + count)
    x = np.empty((count, COLUMNS), dtype=np.float32)
    for column in range(COLUMNS):
        u = unit(rows, column)
        kinds = [u, u * u * u * np.float32(8), np.floor(u * np.float32(10)), np.where(u < 0.5, np.float32(np.nan), u)]
        x[:, column] = kinds[column % 4]
    k = np.nan_to_num(x)
    f = np.float32
    signal = f(2) * k[:, 0] * k[:, 4] + k[:, 8] - k[:, 12] + f(0.3) * k[:, 2]
    signal = signal + np.where(np.isnan(x[:, 3]), f(0.5), k[:, 3]) + f(0.2) * np.minimum(k[:, 1] - k[:, 5], f(2))
    signal = signal + f(0.5) * (k[:, 16] > 0.5).astype(f) * k[:, 20]
    noise = unit(rows, COLUMNS) + unit(rows, COLUMNS + 1) + unit(rows, COLUMNS + 2) - f(1.5)
    total = signal + f(1.5) * noise
    if objective == "logistic":
        return x, (total > 3).astype(int)
    return x, (total > f(5)).astype(int) + (total > f(4.2)) + (total > f(3.4))


def ndcg(scores, gains):
    discounts = 1 / np.log2(np.arange(10) + 2)
    found = []
    for start in range(0, len(gains), GROUP):
        s, g = scores[start : start + GROUP], gains[start : start + GROUP]
        best = np.sort(g)[::-1][:10] @ discounts[: min(10, len(g))]
        if best > 0:
            found.append(g[np.argsort(-s, kind="stable")][:10] @ discounts[: min(10, len(g))] / best)
    return np.mean(found)


def main():
    rows, threads, objective = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    x, y = made_up(0, rows, objective)
    x_test, y_test = made_up(rows, rows // 4, objective)
    sizes = [min(GROUP, rows - start) for start in range(0, rows, GROUP)] if objective == "rank" else None
    settings = dict(
        num_leaves=63, learning_rate=0.1, max_bin=255, min_data_in_leaf=20, lambda_l2=0.0, num_threads=threads,
        verbosity=-1, seed=1, lambdarank_truncation_level=30, label_gain=[0, 0.01, 0.1, 1],
        objective="lambdarank" if objective == "rank" else "binary",
    )
    for name, extra in {
        "its own choice": {},
        "force_col_wise": {"force_col_wise": True},
        "force_row_wise": {"force_row_wise": True},
        "quantised": {"use_quantized_grad": True},
    }.items():
        if len(sys.argv) > 4 and sys.argv[4] not in name:
            continue
        start, busy = time.perf_counter(), time.process_time()
        data = lightgbm.Dataset(x, y, group=sizes, params=settings | extra).construct()
        made, made_busy = time.perf_counter() - start, time.process_time() - busy
        model = lightgbm.train(settings | extra, data, num_boost_round=100)
        wall, busy = time.perf_counter() - start, time.process_time() - busy
        scores = model.predict(x_test, num_threads=threads)
        if objective == "rank":
            quality = ndcg(scores, np.array([0, 0.01, 0.1, 1])[y_test])
        else:
            order = np.argsort(scores, kind="stable")
            y_sorted = y_test[order]
            quality = (np.cumsum(1 - y_sorted) * y_sorted).sum() / (y_sorted.sum() * (1 - y_sorted).sum())
        print(f"LightGBM {lightgbm.__version__}, {name}: data {made:.2f} s ({made_busy:.2f} on processors); data and "
              f"training {wall:.2f} s ({busy:.2f} on processors); quality {quality:.5f}", flush=True)
    rounds = np.empty((40, 200))
    for place in np.ndindex(rounds.shape):
        start = time.perf_counter()
        model.predict(x_test[:500], num_threads=1)
        rounds[place] = 1e3 * (time.perf_counter() - start)
    half, most = np.quantile(rounds, [0.5, 0.99], axis=1).min(axis=1)
    print(f"500 candidates, best of {len(rounds)} rounds: p50 {half:.3f} ms, p99 {most:.3f} ms")


main()
