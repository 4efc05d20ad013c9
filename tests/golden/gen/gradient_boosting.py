#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/gradient_boosting.h: probabilities of scikit-learn's
boosted trees.

Run with scikit-learn 1.2.1:
    python3 tests/golden/gen/gradient_boosting.py > tests/golden/gradient_boosting.h

The data are made by a formula that the test has as well.
"""

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier

ROWS, COLUMNS, SHOWN = 1200, 5, 24


def wave(n, phase):
    """n numbers in [-1, 1] without a pattern: fractions of squares."""
    i = np.arange(n, dtype=float)
    v = (i + 1) * (i + phase) * 0.6180339887498949
    return 2 * (v - np.floor(v)) - 1


x = wave(ROWS * COLUMNS, 3).reshape(ROWS, COLUMNS)
noise = wave(ROWS, 11)
score = x[:, 0] + x[:, 1] * x[:, 2] + 0.4 * noise
two = (score > 0.8).astype(int)
three = two + (x[:, 3] + 0.3 * noise > 0.5)
holes = x.copy()
holes.flat[::7] = np.nan
weight = 1 + np.arange(ROWS) % 3 * 0.5


def show(name, x, y, weight=None, **set):
    model = HistGradientBoostingClassifier(early_stopping=False, **set)
    p = model.fit(x, y, sample_weight=weight).predict_proba(x)
    p = p[::ROWS // SHOWN]
    print("static const double %s[GOLDEN_SHOWN * %d] = {" % (name, p.shape[1]))
    for row in p:
        print("    %s," % ", ".join("%.9f" % v for v in row))
    print("};\n")


print("/* SPDX-License-Identifier: MIT */")
print("/* gradient_boosting.h - made by gen/gradient_boosting.py with\n"
      " * scikit-learn %s and numpy %s; do not edit. */" % (sklearn.__version__, np.__version__))
print("#ifndef MESA_GOLDEN_GRADIENT_BOOSTING_H\n#define MESA_GOLDEN_GRADIENT_BOOSTING_H\n")
print("enum { GOLDEN_ROWS = %d, GOLDEN_COLUMNS = %d, GOLDEN_SHOWN = %d };\n" % (ROWS, COLUMNS, SHOWN))
show("golden_plain", x, two)
show("golden_holes", holes, two, max_depth=4, l2_regularization=1.5)
show("golden_weights", x, two, weight, class_weight="balanced", max_iter=30)
show("golden_three", holes, three, max_bins=16, max_iter=40, learning_rate=0.2)
show("golden_large", x, two, max_leaf_nodes=40, min_samples_leaf=5, max_iter=20)
print("#endif")
