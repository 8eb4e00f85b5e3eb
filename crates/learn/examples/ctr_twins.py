"""The models of ctr_twins.rs in Python, on the same rows, and how far apart the figures are.

    python ctr_twins.py prepare DIR OUT SEEDS                  # rows and tables for both
    python ctr_twins.py compare OUT fm|deepfm|trees|pairs      # after ctr_twins.rs, which leaves its figures in OUT

With numpy, scikit-learn and torch (fm, deepfm) or lightgbm (trees, pairs) installed. Runs of trees of one seed are pairs: both
are grown on the same table. Networks of one seed have draws of their own.
"""
import gzip
import json
import math
import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score


def lines(folder, name):
    path = folder / name
    opened = open(path, "rb") if path.exists() else gzip.open(folder / f"{name}.gz", "rb")
    with opened as file:
        return file.read().decode("latin1").splitlines()


def films(folder):
    """Rows of (field, id, value) and labels of the split `ua`: 4 stars and more."""
    fields = ["user", "age", "gender", "occupation", "item", "year", "genre"]
    users, items = {}, {}
    for line in lines(folder, "u.user"):
        user, age, gender, occupation, _ = line.split("|")
        users[user] = [("user", user), ("age", int(age) // 5), ("gender", gender), ("occupation", occupation)]
    for line in lines(folder, "u.item"):
        words = line.split("|")
        genres = [genre for genre, has in enumerate(words[5:]) if has == "1"]
        items[words[0]] = [("item", words[0], 1.0), ("year", words[2][-4:], 1.0)]
        items[words[0]] += [("genre", genre, 1 / len(genres)) for genre in genres]
    for name in ["ua.base", "ua.test"]:
        words = [line.split("\t") for line in lines(folder, name)]
        rows = [[(field, id, 1.0) for field, id in users[word[0]]] + items[word[1]] for word in words]
        yield fields, rows, np.array([int(word[2]) >= 4 for word in words], dtype=np.float32)


def indexed(folder):
    """As `films`, of a folder with an index of ids."""
    fields = {}
    for line in lines(folder, "featindex.fm.txt"):
        name, id = line.rsplit("\t", 1)
        fields[id] = name.split(":")[0]
    for name in ["train.fm.txt", "test.fm.txt"]:
        words = [line.split() for line in lines(folder, name)]
        split = [[word.split(":") for word in row[1:]] for row in words]
        rows = [[(fields[id], id, float(value)) for id, value in row] for row in split]
        yield list(dict.fromkeys(fields.values())), rows, np.array([row[0] == "1" for row in words], dtype=np.float32)


def prepare(folder, out, seeds):
    """Rows with numbers for fields and ids, and a table of numbers for trees a seed, without pairs of fields and with."""
    out.mkdir(exist_ok=True)
    (fields, *train), (_, *test) = films(folder) if (folder / "u.item").exists() else indexed(folder)
    numbers = {field: {} for field in fields}
    rows = [[(fields.index(f), numbers[f].setdefault(id, len(numbers[f])), v) for f, id, v in row] for row in train[0] + test[0]]
    (out / "fields.txt").write_text("".join(f"{field} {max(1, len(numbers[field]))}\n" for field in fields))
    labels, count = np.concatenate([train[1], test[1]]), len(train[1])
    for part, chosen in [("train", range(count)), ("test", range(count, len(rows)))]:
        with open(out / f"{part}.txt", "w") as file:
            for row in chosen:
                told = "".join(f" {field}:{id}:{value:.9g}" for field, id, value in rows[row])
                file.write(f"{int(labels[row])}{told}\n")
    for seed in range(1, seeds + 1):
        for name, with_pairs in [("trees", False), ("pairs", True)]:
            table = odds_and_counts(rows, labels, count, len(fields), with_pairs, np.random.default_rng(seed))
            for part, chosen in [("train", slice(0, count)), ("test", slice(count, None))]:
                with open(out / f"{name}-{seed}-{part}.f32", "wb") as file:
                    np.array([table.shape[1]], dtype="<f4").tofile(file)
                    np.column_stack([labels[chosen], table[chosen]]).astype("<f4").tofile(file)


FOLDS, PRIOR = 5, 20.0


def odds_and_counts(rows, labels, count, fields, with_pairs, rng):
    """As crates/eval/src/ctr/tables.rs: log-odds of each id's share of the label, and how often it was met, as the other folds
    say; for rows after `count`, as all before say."""
    folds = np.concatenate([rng.integers(FOLDS, size=count), np.full(len(rows) - count, FOLDS)])
    groups = [(a, None) for a in range(fields)]
    groups += [(a, b) for a in range(fields) for b in range(a + 1, fields)] if with_pairs else []
    of_field = [[[id for f, id, _ in row if f == field] for row in rows] for field in range(fields)]
    table = np.empty((len(rows), 2 * len(groups)))
    for group, (a, b) in enumerate(groups):
        keys, at, known = [], [], {}
        for row in range(len(rows)):
            for id in of_field[a][row]:
                for key in [id] if b is None else [(id, other) for other in of_field[b][row]]:
                    keys.append(known.setdefault(key, len(known)))
                    at.append(row)
        keys, at = np.array(keys, dtype=int), np.array(at, dtype=int)
        for fold in range(FOLDS + 1):
            used = (folds != fold) & (np.arange(len(rows)) < count)
            with np.errstate(invalid="ignore"):
                table[folds == fold, 2 * group : 2 * group + 2] = of_group(keys, at, used, labels, len(known))[folds == fold]
    return table


def of_group(keys, at, used, labels, known):
    share = (labels[used].sum() + 0.5) / (used.sum() + 1)
    chosen = used[at]
    met = np.bincount(keys[chosen], minlength=known).astype(float)
    having = np.bincount(keys[chosen], weights=labels[at[chosen]], minlength=known)
    odds = np.log((having + PRIOR * share) / (met - having + PRIOR - PRIOR * share))
    often = np.log(1e-6 + met / used.sum())
    each = np.bincount(at, minlength=len(used))
    return np.column_stack([np.bincount(at, weights=of[keys], minlength=len(used)) / each for of in (odds, often)])


def read(out):
    """Numbers of table rows, fields and values, all rows as long as the longest; ids of one row only share their field's."""
    parts, labels = [], []
    for part in ["train", "test"]:
        words = [line.split() for line in open(out / f"{part}.txt")]
        labels.append(np.array([row[0] == "1" for row in words], dtype=np.float32))
        parts.append([[(int(f), int(id), float(v)) for f, id, v in (w.split(":") for w in row[1:])] for row in words])
    fields = len(open(out / "fields.txt").readlines())
    counts = {}
    for field, id, _ in (entry for row in parts[0] for entry in row):
        counts[field, id] = counts.get((field, id), 0) + 1
    known = {key: fields + place for place, key in enumerate(key for key in counts if counts[key] >= 2)}
    longest, size = max(len(row) for rows in parts for row in rows), fields + len(known)
    encoded = []
    for rows in parts:
        ids = np.full((len(rows), longest), size)
        of, values = np.zeros((len(rows), longest), dtype=int), np.zeros((len(rows), longest), dtype=np.float32)
        for number, row in enumerate(rows):
            for place, (field, id, value) in enumerate(row):
                ids[number, place] = known.get((field, id), field)
                of[number, place], values[number, place] = field, value
        encoded.append((ids, of, values))
    return encoded, labels, size, fields


FACTORS, RATE, BATCH, DEVIATION, L2_LINEAR = 16, 0.002, 256, 0.05, 1e-4
DEEP = {"hidden": [64, 32], "dropout": 0.5, "l2_factors": 0.03, "l2_towers": 0.003}
PLAIN = {"hidden": [], "dropout": 0.0, "l2_factors": 0.05, "l2_towers": 0.0}


def network(encoded, labels, size, fields, settings, epochs, seed):
    """The chances that a network trained on the first part says of the second."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.manual_seed(seed)
    train, test = [[torch.from_numpy(part) for part in parts] for parts in encoded]
    y = torch.from_numpy(labels)
    # The last row is what short rows are filled up with, by the value 0.
    linear, vectors = nn.Embedding(size + 1, 1, sparse=True), nn.Embedding(size + 1, FACTORS, sparse=True)
    nn.init.zeros_(linear.weight)
    nn.init.normal_(vectors.weight, std=DEVIATION)
    met = torch.zeros(size + 1, dtype=torch.bool)
    met[train[0].unique()] = True
    vectors.weight.data[~met] = 0
    share = (y.sum() + 0.5) / (len(y) - y.sum() + 0.5)
    bias = nn.Parameter(share.log().reshape(1))
    layers, inputs = [], fields * FACTORS
    for units in settings["hidden"]:
        layer = nn.Linear(inputs, units)
        nn.init.normal_(layer.weight, std=math.sqrt(2 / inputs))
        nn.init.zeros_(layer.bias)
        layers += [layer, nn.ReLU(), nn.Dropout(settings["dropout"])]
        inputs = units
    if layers:
        last = nn.Linear(inputs, 1, bias=False)
        nn.init.normal_(last.weight, std=math.sqrt(1 / inputs))
        layers.append(last)
    tower = nn.Sequential(*layers)

    def logits(ids, of, values):
        held = vectors(ids)
        v = held * values[..., None]
        sums = v.sum(1)
        out = bias + (linear(ids)[..., 0] * values).sum(1) + 0.5 * (sums**2 - (v**2).sum(1)).sum(1)
        if layers:
            side = torch.zeros(len(ids), fields, FACTORS).scatter_add(1, of[..., None].expand(-1, -1, FACTORS), v)
            out = out + tower(side.flatten(1))[:, 0]
        return out, held

    dense = torch.optim.Adam([bias, *tower.parameters()], lr=RATE, betas=(0.9, 0.98), eps=1e-8)
    sparse = torch.optim.SparseAdam([linear.weight, vectors.weight], lr=RATE, betas=(0.9, 0.98), eps=1e-8)
    for _ in range(epochs):
        tower.train()
        for batch in torch.randperm(len(y)).split(BATCH):
            ids, of, values = (part[batch] for part in train)
            out, held = logits(ids, of, values)
            is_there = (ids < size)[..., None]
            small = settings["l2_factors"] * (held**2 * is_there).sum()
            small = (small + L2_LINEAR * (linear(ids) ** 2 * is_there).sum()) / len(batch)
            small = small + settings["l2_towers"] * sum((weight**2).sum() for weight in tower.parameters())
            loss = F.binary_cross_entropy_with_logits(out, y[batch]) + 0.5 * small
            dense.zero_grad()
            sparse.zero_grad()
            loss.backward()
            dense.step()
            sparse.step()
    tower.eval()
    with torch.no_grad():
        return torch.cat([logits(*part)[0] for part in zip(*(part.split(4096) for part in test))]).sigmoid().numpy()


def trees(name, seed, passes):
    """The labels of the test part, and the chances that LightGBM says, grown on the table of a seed."""
    import lightgbm

    parts = [np.fromfile(f"{name}-{seed}-{part}.f32", dtype="<f4") for part in ["train", "test"]]
    parts = [part[1:].reshape(-1, int(part[0]) + 1) for part in parts]
    settings = dict(
        objective="binary", num_leaves=15, learning_rate=0.05, min_data_in_leaf=50, lambda_l2=1.0, max_bin=255,
        min_sum_hessian_in_leaf=1e-3, verbosity=-1, seed=seed,
    )
    data = lightgbm.Dataset(np.ascontiguousarray(parts[0][:, 1:]), parts[0][:, 0], params=settings)
    return parts[1][:, 0], lightgbm.train(settings, data, num_boost_round=passes).predict(parts[1][:, 1:])


def told(name, values):
    values = np.array(values)
    return f"{name} {values.mean():.5f} ± {1.96 * values.std(ddof=1) / math.sqrt(len(values)):.5f}"


def compare(out, model):
    ours, theirs = [json.loads(line) for line in open(out / f"{model}.jsonl")], []
    is_network = model in ["fm", "deepfm"]
    if is_network:
        encoded, (labels, truth), size, fields = read(out)
    for run in ours:
        if is_network:
            settings = PLAIN if model == "fm" else DEEP
            chances = network(encoded, labels, size, fields, settings, run["passes"], run["seed"])
        else:
            truth, chances = trees(out / model, run["seed"], run["passes"])
        theirs.append({"auc": roc_auc_score(truth, chances), "log_loss": log_loss(truth, chances)})
        print(run, theirs[-1], flush=True)
    for figure in ["auc", "log_loss"]:
        a, b = np.array([run[figure] for run in ours]), np.array([run[figure] for run in theirs])
        spread = 1.96 * math.sqrt((a.var(ddof=1) + b.var(ddof=1) if is_network else (a - b).var(ddof=1)) / len(a))
        print(f"{model} {figure}: {told('Mercato', a)}, {told('twin', b)}, apart {a.mean() - b.mean():.5f} ± {spread:.5f}")


if sys.argv[1] == "prepare":
    prepare(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
else:
    compare(Path(sys.argv[2]), sys.argv[3])
