#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/learner_edges.h: scikit-learn's learners on odd rows.

Run with scikit-learn 1.2.1 and numpy 1.24.4:
    python3 tests/golden/gen/learner_edges.py > tests/golden/learner_edges.h

The rows are those of tests/unit/learner_fixture.h, bent as KINDS says; the
test bends them in the same way.
"""

import warnings

import numpy as np
import sklearn
from sklearn.ensemble import AdaBoostClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

ROWS, COLUMNS, SHOWN = 48, 3, 12
warnings.simplefilter("ignore", FutureWarning)

KINDS = {
    "plain": "as they are",
    "far": "column 1 is a million higher",
    "constant": "column 0 is 1.5",
    "rounded": "all values are multiples of a half",
    "weighted": "row i has the weight i % 4",
    "tiny": "all values are times 1e-100",
    "heavy": "all weights are 1e100",
}


def wave(n, phase):
    """n numbers in [-1, 1] without a pattern: fractions of squares."""
    i = np.arange(n, dtype=float)
    v = (i + 1) * (i + phase) * 0.6180339887498949
    return 2 * (v - np.floor(v)) - 1


def make(kind):
    y = np.minimum(np.arange(ROWS) % 6, 2)
    x = wave(ROWS * COLUMNS, 3).reshape(ROWS, COLUMNS)
    x[:, :2] += y[:, None]
    weight = None
    if kind == "far":
        x[:, 1] += 1e6
    if kind == "constant":
        x[:, 0] = 1.5
    if kind == "rounded":
        x = np.floor(x * 2) / 2
    if kind == "weighted":
        weight = np.arange(ROWS) % 4.0
    if kind == "tiny":
        x *= 1e-100
    if kind == "heavy":
        weight = np.full(ROWS, 1e100)
    return x, y, weight


def sparse(c):
    return LogisticRegression(penalty="l1", C=c, solver="saga", tol=1e-11,
                              max_iter=1000000, random_state=1)


def boosted(algorithm, **given):
    return AdaBoostClassifier(GaussianNB(), algorithm=algorithm, **given)


LEARNERS = [
    ("gnb", "", GaussianNB(), "plain far constant rounded weighted tiny"),
    ("gnb", "priors=0.2,0.8,0", GaussianNB(priors=[0.2, 0.8, 0]), "plain"),
    ("logistic", "", LogisticRegression(solver="newton-cg", tol=1e-8,
                                        max_iter=10000),
     "plain constant rounded weighted"),
    ("logistic", "penalty=l1 c=0.7", sparse(0.7), "plain rounded weighted"),
    ("logistic", "penalty=l1 c=3", sparse(3), "plain constant"),
    ("logistic", "penalty=l1 c=0.2", sparse(0.2), "plain weighted"),
    ("knn", "n_neighbors=3", KNeighborsClassifier(3), "plain constant"),
    ("knn", "n_neighbors=48", KNeighborsClassifier(48), "plain rounded"),
    ("tree", "max_depth=2", DecisionTreeClassifier(max_depth=2,
                                                   random_state=1),
     "plain constant weighted"),
    ("adaboost", "n_estimators=2 estimator=gnb",
     boosted("SAMME.R", n_estimators=2), "plain constant rounded weighted"),
    ("adaboost", "n_estimators=4 estimator=gnb algorithm=samme",
     boosted("SAMME", n_estimators=4), "plain constant rounded weighted"),
    ("adaboost", "n_estimators=6 estimator=gnb learning_rate=0.1",
     boosted("SAMME.R", n_estimators=6, learning_rate=0.1), "plain heavy"),
]


def main():
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Written by tests/golden/gen/learner_edges.py; scikit-learn")
    print(f" * {sklearn.__version__}, numpy {np.__version__} */")
    print(f"enum {{ EDGE_SHOWN = {SHOWN} }};\n")
    print("static const struct edge {")
    print("    const char *name, *words, *kind;")
    print("    double      proba[EDGE_SHOWN * 3];")
    print("} edges[] = {")
    for name, words, model, kinds in LEARNERS:
        for kind in kinds.split():
            x, y, weight = make(kind)
            if name == "knn":
                model.fit(x, y)
            else:
                model.fit(x, y, sample_weight=weight)
            p = model.predict_proba(x)[:SHOWN]
            print(f'    {{ "{name}", "{words}", "{kind}", {{')
            for row in p:
                print("        " + ", ".join("%.16e" % v for v in row) + ",")
            print("    } },")
    print("};")


main()
