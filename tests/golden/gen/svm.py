#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/svm.h: decision values of scikit-learn's SVC.

Run with scikit-learn 1.2.1 and numpy 1.24.4:
    python3 tests/golden/gen/svm.py > tests/golden/svm.h

The rows are made by a formula that the test has as well.  libsvm keeps kernel
values as floats, which is where its digits end.
"""

import numpy as np
import sklearn
from sklearn.svm import SVC

ROWS, COLUMNS, SHOWN = 90, 4, 12


def wave(n, phase):
    """n numbers in [-1, 1] without a pattern: fractions of squares."""
    i = np.arange(n, dtype=float)
    v = (i + 1) * (i + phase) * 0.6180339887498949
    return 2 * (v - np.floor(v)) - 1


X = wave(ROWS * COLUMNS, 3).reshape(ROWS, COLUMNS)
score = X[:, 0] + X[:, 1] * X[:, 2] + wave(ROWS, 7) / 2
three = (score > -0.5).astype(int) + (score > 0.6)
two = (score > 0.6).astype(int)
X[:, 2] *= 3
weight = 1 + np.floor(2 + 2 * wave(ROWS, 5)) / 2

# Our parameters, theirs, labels, weighted.
CASES = [
    ("", {}, two, False),
    ("c=10 gamma=auto", {"C": 10, "gamma": "auto"}, two, False),
    ("c=0.5 gamma=0.7 class_weight=balanced",
     {"C": 0.5, "gamma": 0.7, "class_weight": "balanced"}, two, False),
    ("kernel=linear", {"kernel": "linear"}, two, False),
    ("kernel=linear c=0.3", {"kernel": "linear", "C": 0.3}, two, True),
    ("kernel=poly degree=2 coef0=1",
     {"kernel": "poly", "degree": 2, "coef0": 1}, two, False),
    ("kernel=sigmoid gamma=0.1 coef0=-0.5",
     {"kernel": "sigmoid", "gamma": 0.1, "coef0": -0.5}, two, False),
    ("c=2", {"C": 2}, three, False),
]

print(f"""/* SPDX-License-Identifier: MIT */
/* svm.h - written by gen/svm.py with scikit-learn {sklearn.__version__} and numpy
 * {np.__version__}: decision values of the first rows for each pair of classes,
 * positive where the second one is the more likely. */
enum {{ GOLDEN_ROWS = {ROWS}, GOLDEN_COLUMNS = {COLUMNS}, GOLDEN_SHOWN = {SHOWN} }};
static const int golden_labels[] = {{""")
for i in range(0, ROWS, 20):
    print("    " + ", ".join(map(str, three[i:i + 20])) + ",")
print("""};
static const struct golden_svm {
    const char *params;
    int         n_classes; /* 2: class 2 against the rest */
    bool        weighted;
    double      decision[GOLDEN_SHOWN * 3];
} golden_svms[] = {""")
for params, given, y, weighted in CASES:
    model = SVC(tol=1e-9, decision_function_shape="ovo", **given)
    model.fit(X, y, sample_weight=weight if weighted else None)
    d = model.decision_function(X)[:SHOWN] * (1 if y.max() == 1 else -1)
    print(f'    {{ "{params}", {1 + y.max()}, {str(weighted).lower()}, {{')
    values = [f"{v:.10e}" for v in d.ravel()]
    for i in range(0, len(values), 4):
        print("        " + ", ".join(values[i:i + 4]) + ",")
    print("    } },")
print("};")
