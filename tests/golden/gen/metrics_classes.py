# SPDX-License-Identifier: MIT
"""Write tests/golden/metrics_classes.h: scores of many classes, tables of
confusions that scikit-learn and imbalanced-learn judge.

Run with scikit-learn 1.2.1, imbalanced-learn 0.10.1, numpy 1.24:
    python3 tests/golden/gen/metrics_classes.py > tests/golden/metrics_classes.h
A table is the number of rows of each class that each class was predicted for;
the test gives the predicted class the probability that makes it the largest.
"""
import warnings

import imblearn
import numpy as np
import sklearn
from imblearn.metrics import geometric_mean_score
from sklearn import metrics as m

warnings.simplefilter("ignore")

TABLES = [
    ("all right", [[5, 0, 0], [0, 3, 0], [0, 0, 1]]),
    ("one row each, all wrong", [[0, 1, 0], [0, 0, 1], [1, 0, 0]]),
    ("the majority for everything", [[90, 0, 0], [7, 0, 0], [3, 0, 0]]),
    ("the minority for everything", [[0, 0, 90], [0, 0, 7], [0, 0, 3]]),
    ("a class that is never predicted", [[8, 2, 0], [1, 9, 0], [2, 1, 0]]),
    ("a class without rows", [[8, 1, 2], [1, 5, 1], [0, 0, 0]]),
    ("a class without rows, never predicted", [[8, 1, 0], [1, 5, 0], [0, 0, 0]]),
    ("two classes, the first without rows to spare", [[1, 0], [3, 996]]),
    ("two classes, half right", [[10, 10], [10, 10]]),
    ("four classes, rare ones mixed up",
     [[940, 5, 3, 2], [2, 20, 4, 4], [1, 3, 10, 1], [0, 2, 2, 1]]),
    ("five classes, one row of the last",
     [[30, 1, 0, 2, 0], [4, 22, 1, 0, 0], [0, 3, 9, 0, 1], [1, 1, 1, 4, 0],
      [0, 0, 0, 1, 0]]),
    ("six classes in a circle",
     [[7, 3, 0, 0, 0, 0], [0, 7, 3, 0, 0, 0], [0, 0, 7, 3, 0, 0],
      [0, 0, 0, 7, 3, 0], [0, 0, 0, 0, 7, 3], [3, 0, 0, 0, 0, 7]]),
]


def rows(table):
    table = np.array(table)
    y, pred = np.indices(table.shape)
    return (np.repeat(y.ravel(), table.ravel()), np.repeat(pred.ravel(), table.ravel()))


def scores(table):
    y, pred = rows(table)
    present = np.unique(y)
    return [
        ("f1_weighted", m.f1_score(y, pred, average="weighted")),
        ("f1_macro", m.f1_score(y, pred, average="macro")),
        ("mcc", m.matthews_corrcoef(y, pred)),
        ("gmean", geometric_mean_score(y, pred, average="multiclass", labels=present)),
        ("bacc", m.balanced_accuracy_score(y, pred)),
        ("accuracy", m.accuracy_score(y, pred)),
    ]


print("/* SPDX-License-Identifier: MIT */")
print("/* metrics_classes.h - written by gen/metrics_classes.py with scikit-learn %s,\n"
      " * imbalanced-learn %s, numpy %s. */"
      % (sklearn.__version__, imblearn.__version__, np.__version__))
print("static const struct golden_table {\n    const char *what;\n    uint32_t n_classes;\n"
      "    size_t count[36];\n"
      "    struct { const char *name; double value; } score[6];\n} golden_tables[] = {")
for what, table in TABLES:
    flat = ", ".join(str(v) for row in table for v in row)
    print('    { "%s", %d,' % (what, len(table)))
    print("      { %s }," % flat)
    print("      {")
    for name, value in scores(table):
        print('        { "%s", %.17g },' % (name, value))
    print("      } },")
print("};")
