# SPDX-License-Identifier: MIT
"""Write tests/golden/knn.h: probabilities by scikit-learn.

Run with scikit-learn 1.2.1, numpy 1.24:
    python3 tests/golden/gen/knn.py > tests/golden/knn.h
Data come from an integer recurrence that the test repeats.  No training rows
tie for the last place; this is checked.
"""
import numpy as np
import sklearn
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import KNeighborsClassifier

ROWS, ASKED, COLS, CLASSES = 300, 40, 4, 3
CASES = [
    (5, "uniform", "euclidean"),
    (1, "uniform", "euclidean"),
    (12, "uniform", "manhattan"),
    (5, "distance", "euclidean"),
    (12, "distance", "manhattan"),
    (300, "distance", "euclidean"),
]


def draws(n, seed):
    """n integers below 2^31 (Lehmer's generator, multiplier 48271)."""
    out, state = [], seed
    for _ in range(n):
        state = state * 48271 % 2147483647
        out.append(state)
    return out


def data():
    d = np.array(draws((ROWS + ASKED) * (COLS + 1), 7))
    d = d.reshape(ROWS + ASKED, COLS + 1)
    x = d[:, :COLS] % 65536 / 1024
    y = np.where(d[:, COLS] % 4 == 0, d[:, COLS] // 4 % CLASSES,
                 (x[:, 0] // 24).astype(int))
    return x, y


def main():
    x, y = data()
    train, asked = x[:ROWS], x[ROWS:]
    asked[:3] = train[:3]  # at no distance from one row
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Written by tests/golden/gen/knn.py; scikit-learn %s, numpy %s */"
          % (sklearn.__version__, np.__version__))
    print("enum { ROWS = %d, ASKED = %d, COLS = %d, CLASSES = %d };\n"
          % (ROWS, ASKED, COLS, CLASSES))
    print("static const struct {\n    const char *lines;")
    print("    double proba[ASKED * CLASSES];\n} golden[] = {")
    for k, weights, metric in CASES:
        d = np.sort(pairwise_distances(asked, train, metric=metric), axis=1)
        assert k == ROWS or np.all(d[:, k] - d[:, k - 1] > 1e-9)
        knn = KNeighborsClassifier(k, weights=weights, metric=metric)
        p = knn.fit(train, y[:ROWS]).predict_proba(asked).ravel()
        print('    { "n_neighbors = %d\\nweights = %s\\nmetric = %s\\n", {'
              % (k, weights, metric))
        for i in range(0, len(p), 3):
            print("        " + " ".join("%.17g," % v for v in p[i:i + 3]))
        print("    } },")
    print("};")


main()
