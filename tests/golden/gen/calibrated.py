#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/calibrated.h: what CalibratedClassifierCV makes of
probabilities.

Run with scikit-learn 1.2.1 and numpy 1.24.4:
    python3 tests/golden/gen/calibrated.py > tests/golden/calibrated.h

The learner answers with the columns of a row, which are probabilities made by
a formula that the test has as well.  What minimises the sigmoid's loss is
told to be exact.
"""

import functools
import warnings

import numpy as np
import sklearn
import sklearn.calibration
from sklearn.base import BaseEstimator, ClassifierMixin

ROWS, SHOWN = 120, 12
warnings.simplefilter("error")
sklearn.calibration.fmin_bfgs = functools.partial(
    sklearn.calibration.fmin_bfgs, gtol=1e-9)


class Echo(ClassifierMixin, BaseEstimator):
    """Has always been fitted."""

    def __init__(self, classes):
        self.classes = classes
        self.classes_ = np.arange(classes)

    def fit(self, X, y):
        return self

    def predict_proba(self, X):
        return X


def wave(n, phase):
    """n numbers in [-1, 1] without a pattern: fractions of squares."""
    i = np.arange(n, dtype=float)
    v = (i + 1) * (i + phase) * 0.6180339887498949
    return 2 * (v - np.floor(v)) - 1


def rows(classes):
    """Small whole numbers divided by their sum, so
    that some are equal."""
    p = np.floor(1.5 + 4 * (wave(ROWS * classes, 3) + 1)).reshape(-1, classes)
    y = np.argmax(p + 3 * wave(ROWS * classes, 11).reshape(-1, classes), 1)
    return p / p.sum(axis=1)[:, None], y


weight = np.floor(2 + 2 * wave(ROWS, 5))
print(f"""/* SPDX-License-Identifier: MIT */
/* calibrated.h - written by gen/calibrated.py with scikit-learn
 * {sklearn.__version__} and numpy {np.__version__}: probabilities of the first rows. */
enum {{ GOLDEN_ROWS = {ROWS}, GOLDEN_SHOWN = {SHOWN} }};
static const int golden_labels[][GOLDEN_ROWS] = {{""")
for classes in (2, 3):
    print("    {")
    for i in range(0, ROWS, 20):
        print("        " + ", ".join(map(str, rows(classes)[1][i:i + 20])) +
              ",")
    print("    },")
print("""};
static const struct golden_calibrated {
    const char *method;
    int         n_classes;
    bool        weighted;
    double      proba[GOLDEN_SHOWN * 3];
} golden_calibrated[] = {""")
for method in ("sigmoid", "isotonic"):
    for classes in (2, 3):
        for weighted in (False, True):
            X, y = rows(classes)
            model = sklearn.calibration.CalibratedClassifierCV(
                Echo(classes), method=method, cv="prefit")
            model.fit(X, y, sample_weight=weight if weighted else None)
            values = [f"{v:.16e}"
                      for v in model.predict_proba(X)[:SHOWN].ravel()]
            print(f'    {{ "{method}", {classes}, {str(weighted).lower()}, {{')
            for i in range(0, len(values), 3):
                print("        " + ", ".join(values[i:i + 3]) + ",")
            print("    } },")
print("};")
