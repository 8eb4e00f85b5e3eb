"""Runs a network in ONNX Runtime for bench_encoders: one request a line on stdin, one answer a line on stdout, both JSON.

Argument: the network. Request: {"threads": n, "workers": w, "runs": [[[piece, ...], ...], ...]}, each run a batch of
texts of one length. Answer: {"ms": [time of each run], "seconds": time of all, "last": [output of the last run]}.
`threads` belong to one run, `workers` take runs side by side.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy
import onnxruntime

path = sys.argv[1]
sessions = {}


def session(threads):
    if threads not in sessions:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        sessions[threads] = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return sessions[threads]


def feed(network, batch):
    ids = numpy.array(batch, dtype=numpy.int64)
    every = {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)}
    return {entry.name: every[entry.name] for entry in network.get_inputs()}


def main():
    print(json.dumps({"version": onnxruntime.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        network = session(request["threads"])
        feeds = [feed(network, batch) for batch in request["runs"]]

        def run(inputs):
            start = time.perf_counter()
            output = network.run(None, inputs)[0]
            return 1e3 * (time.perf_counter() - start), output

        start = time.perf_counter()
        if request["workers"] > 1:
            with ThreadPoolExecutor(request["workers"]) as pool:
                outcomes = list(pool.map(run, feeds))
        else:
            outcomes = [run(inputs) for inputs in feeds]
        seconds = time.perf_counter() - start
        last = outcomes[-1][1].reshape(-1).tolist()
        print(json.dumps({"ms": [ms for ms, _ in outcomes], "seconds": seconds, "last": last}), flush=True)


main()
