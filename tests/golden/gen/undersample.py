#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/undersample.h: rows that imbalanced-learn keeps.

Run with imbalanced-learn 0.10.1:
    python3 tests/golden/gen/undersample.py > tests/golden/undersample.h

Two data sets without equal distances.  Cases are the words that make our
sampler and, per row, 1 if it is kept.  ncr as of version 0.12 (kind_sel =
classify) is worked out here, with scikit-learn's classifier.
"""

import warnings

import imblearn
import numpy as np
import sklearn
from imblearn.under_sampling import (
    AllKNN, CondensedNearestNeighbour, EditedNearestNeighbours, NearMiss,
    NeighbourhoodCleaningRule, OneSidedSelection,
    RepeatedEditedNearestNeighbours, TomekLinks)
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

ROWS = 240
SEED = 2  # of the rows that cnn and oss start from
PEERS = {
    "tomek": TomekLinks, "enn": EditedNearestNeighbours,
    "renn": RepeatedEditedNearestNeighbours, "all_knn": AllKNN,
    "ncr": NeighbourhoodCleaningRule, "near_miss": NearMiss,
    "cnn": CondensedNearestNeighbour, "oss": OneSidedSelection}
CASES = [
    ("tomek", [{}, {"sampling_strategy": "all"},
               {"sampling_strategy": [0]},
               {"sampling_strategy": "majority"}]),
    ("enn", [{}, {"kind_sel": "mode"}, {"sampling_strategy": "all"},
             {"n_neighbors": 1}, {"n_neighbors": 5, "kind_sel": "mode"},
             {"n_neighbors": 4, "kind_sel": "mode",
              "sampling_strategy": "all"},
             {"sampling_strategy": [0], "n_neighbors": 2}]),
    ("renn", [{}, {"kind_sel": "mode"}, {"sampling_strategy": "all"},
              {"max_iter": 2, "kind_sel": "mode"},
              {"max_iter": 1, "n_neighbors": 5},
              {"sampling_strategy": "all", "kind_sel": "mode",
               "n_neighbors": 2}]),
    ("all_knn", [{}, {"kind_sel": "mode"}, {"allow_minority": True},
                 {"n_neighbors": 5, "sampling_strategy": "all"},
                 {"n_neighbors": 5, "allow_minority": True,
                  "sampling_strategy": "all"}]),
    ("ncr", [{"kind_sel": "mode"}, {"kind_sel": "all"},
             {"kind_sel": "mode", "n_neighbors": 5,
              "threshold_cleaning": 0.3},
             {"kind_sel": "mode", "threshold_cleaning": 0.1},
             {"kind_sel": "mode", "sampling_strategy": "all",
              "threshold_cleaning": 0.1},
             {"kind_sel": "classify"},
             {"kind_sel": "classify", "threshold_cleaning": 4.0},
             {"kind_sel": "classify", "n_neighbors": 4,
              "sampling_strategy": "all"},
             {"kind_sel": "classify", "n_neighbors": 1}]),
    ("near_miss", [{}, {"version": 2}, {"version": 3},
                   {"version": 3, "n_neighbors_ver3": 8, "n_neighbors": 2},
                   {"version": 2, "n_neighbors": 5},
                   {"n_neighbors": 1},
                   {"version": 1, "sampling_strategy": "majority"}]),
    ("cnn", [{}, {"n_seeds_S": 3}, {"n_neighbors": 3, "n_seeds_S": 2},
             {"sampling_strategy": "majority"}]),
    ("oss", [{}, {"n_seeds_S": 5}, {"n_neighbors": 3, "n_seeds_S": 4},
             {"sampling_strategy": "majority"}]),
]


def draw(seed, share, columns):
    """Overlapping clouds, classes mixed; no two distances alike."""
    rng = np.random.RandomState(seed)
    y = rng.choice(len(share), ROWS, p=share)
    x = np.round(rng.normal(size=(ROWS, columns)) + 1.1 * y[:, None], 4)
    d = ((x[:, None] - x[None]) ** 2).sum(axis=2)[np.triu_indices(ROWS, 1)]
    gaps = np.diff(np.sort(d))
    assert gaps.min() > 1e-12, gaps.min()
    return x, y


def newer_ncr(x, y, n_neighbors=3, threshold_cleaning=0.5,
              sampling_strategy="auto"):
    counts = np.bincount(y)
    smallest = counts.argmin()
    enn = EditedNearestNeighbours(
        n_neighbors=n_neighbors, kind_sel="mode",
        sampling_strategy=sampling_strategy).fit(x, y)
    enn.fit_resample(x, y)
    keep = np.zeros(len(y), dtype=bool)
    keep[enn.sample_indices_] = True
    cleaned = [c for c in range(len(counts))
               if (sampling_strategy == "all" or c != smallest)
               and counts[c] > counts[smallest] * threshold_cleaning]
    few = np.flatnonzero(y == smallest)
    judge = KNeighborsClassifier(n_neighbors=n_neighbors).fit(x, y)
    wrong = few[judge.predict(x[few]) != smallest]
    if len(wrong):
        near = NearestNeighbors(n_neighbors=n_neighbors + 1).fit(x)
        for r in near.kneighbors(x[wrong], return_distance=False)[:, 1:].flat:
            keep[r] &= y[r] not in cleaned
    return np.flatnonzero(keep)


def seeds(y, n, which):
    """What the peer draws: with replacement, for each targeted class."""
    rng = np.random.RandomState(SEED)
    counts = np.bincount(y)
    rows = []
    for c in range(len(counts)):
        if c == (counts.argmax() if which == "majority" else c) \
                and c != counts.argmin():
            at = rng.randint(low=0, high=counts[c], size=n)
            assert len(set(at)) == n
            rows += list(np.flatnonzero(y == c)[at])
    return rows


def words(name, options, x, y):
    ours = dict(options)
    n = ours.pop("n_seeds_S", 1)
    if name in ("cnn", "oss"):
        ours["seed_rows"] = seeds(y, n, ours.get("sampling_strategy"))
    return " ".join(
        "%s=%s" % (k, ",".join(map(str, v)) if isinstance(v, list) else
                   str(v).lower()) for k, v in sorted(ours.items()))


def kept(name, options, x, y):
    if options.get("kind_sel") == "classify":
        options = dict(options)
        del options["kind_sel"]
        return newer_ncr(x, y, **options)
    if name in ("cnn", "oss"):
        options = dict(options, random_state=SEED)
    peer = PEERS[name](**options)
    peer.fit_resample(x, y)
    return peer.sample_indices_


warnings.simplefilter("ignore")
data = [draw(3, [0.8, 0.2], 3), draw(5, [0.17, 0.53, 0.3], 4)]
print("/* SPDX-License-Identifier: MIT */")
print("/* undersample.h - written by gen/undersample.py with imbalanced-learn"
      " %s,\n * scikit-learn %s, numpy %s: rows without equal distances, and"
      " which\n * of them under-samplers keep. */"
      % (imblearn.__version__, sklearn.__version__, np.__version__))
print("enum { GOLDEN_ROWS = %d };\n" % ROWS)
for i, (x, y) in enumerate(data):
    print("static const double golden_x%d[] = {" % i)
    for row in x:
        print("    " + ", ".join("%.4f" % v for v in row) + ",")
    print("};\nstatic const char golden_y%d[] =" % i)
    text = "".join(map(str, y))
    for at in range(0, ROWS, 60):
        print('    "%s"%s' % (text[at:at + 60],
                              ";" if at + 60 == ROWS else ""))
print("\nstatic const struct golden_undersample {\n    int data;\n"
      "    const char *sampler, *words, *kept;\n} golden_undersamples[] = {")
for i, (x, y) in enumerate(data):
    for name, cases in CASES:
        for options in cases:
            if name == "ncr" and options["kind_sel"] == "all" and i == 1:
                continue  # 0.10 takes every class but 0 for the smallest
            mark = np.zeros(ROWS, dtype=int)
            mark[kept(name, options, x, y)] = 1
            text = "".join(map(str, mark))
            print('    { %d, "%s",\n      "%s",' % (
                i, name, words(name, options, x, y)))
            for at in range(0, ROWS, 60):
                print('      "%s"%s' % (text[at:at + 60],
                                        " }," if at + 60 == ROWS else ""))
print("};")
