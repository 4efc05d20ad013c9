#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/learners.h: probabilities of scikit-learn's learners.

Run with scikit-learn 1.2.1 and numpy 1.24.4:
    python3 tests/golden/gen/learners.py > tests/golden/learners.h

The rows are made by a formula that the test has as well; one column is large
and far from 0.  Solvers run to tolerances far below the test's.
"""

import warnings

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

ROWS, COLUMNS, SHOWN = 90, 4, 15
warnings.simplefilter("error")


def wave(n, phase):
    """n numbers in [-1, 1] without a pattern: fractions of squares."""
    i = np.arange(n, dtype=float)
    v = (i + 1) * (i + phase) * 0.6180339887498949
    return 2 * (v - np.floor(v)) - 1


X = wave(ROWS * COLUMNS, 3).reshape(ROWS, COLUMNS)
score = X[:, 0] + X[:, 1] * X[:, 2] + wave(ROWS, 7) / 2
three = (score > -0.5).astype(int) + (score > 0.6)
two = (score > 0.6).astype(int)
X[:, 2] = 50 * X[:, 2] + 200
weight = 1 + np.floor(2 + 2 * wave(ROWS, 5)) / 2


def logistic(**given):
    """Newton's method, for two classes."""
    return LogisticRegression(solver="newton-cholesky", tol=1e-10,
                              max_iter=1000, **given)


def several(**given):
    """The same for more, by conjugate gradients."""
    return LogisticRegression(solver="newton-cg", tol=1e-6, max_iter=10000,
                              **given)


def sparse(**given):
    """saga, for columns of the same size."""
    return LogisticRegression(penalty="l1", solver="saga", tol=1e-11,
                              max_iter=1000000, random_state=1, **given)


# What, our parameters, model, classes, weighted.
CASES = [
    ("gnb", "", GaussianNB(), three, False),
    ("gnb", "", GaussianNB(), two, True),
    ("gnb", "var_smoothing=0.01 priors=0.5,0.2,0.3",
     GaussianNB(var_smoothing=0.01, priors=[0.5, 0.2, 0.3]), three, False),
    ("logistic", "", logistic(), two, False),
    ("logistic", "c=100 class_weight=balanced",
     logistic(C=100, class_weight="balanced"), two, False),
    ("logistic", "c=0.1 fit_intercept=false",
     logistic(C=0.1, fit_intercept=False), two, True),
    ("logistic", "penalty=none", logistic(penalty=None), two, True),
]
PLAIN = [
    ("logistic", "c=10", several(C=10), three, True),
    ("logistic", "c=0.3 class_weight=balanced",
     several(C=0.3, class_weight="balanced"), three, False),
    ("logistic", "penalty=none", several(penalty=None), three, False),
    ("logistic", "penalty=l1", sparse(), two, False),
    ("logistic", "penalty=l1 c=0.2", sparse(C=0.2), two, True),
    ("logistic", "penalty=l1 c=0.5", sparse(C=0.5), three, True),
    ("logistic", "penalty=l1 c=20 fit_intercept=false",
     sparse(C=20, fit_intercept=False), two, False),
]


def show(rows, what, params, model, y, weighted, plain):
    model.fit(rows, y, sample_weight=weight if weighted else None)
    proba = model.predict_proba(rows)[:SHOWN]
    print(f'    {{ "{what}", "{params}", {1 + y.max()}, '
          f'{str(weighted).lower()}, {str(plain).lower()}, {{')
    values = [f"{v:.16e}" for v in proba.ravel()]
    for i in range(0, len(values), 3):
        print("        " + ", ".join(values[i:i + 3]) + ",")
    print("    } },")


print(f"""/* SPDX-License-Identifier: MIT */
/* learners.h - written by gen/learners.py with scikit-learn
 * {sklearn.__version__} and numpy {np.__version__}: probabilities of the first rows. */
enum {{ GOLDEN_ROWS = {ROWS}, GOLDEN_COLUMNS = {COLUMNS}, GOLDEN_SHOWN = {SHOWN} }};
static const int golden_labels[] = {{""")
for i in range(0, ROWS, 20):
    print("    " + ", ".join(map(str, three[i:i + 20])) + ",")
print("""};
static const struct golden_learner {
    const char *type, *params;
    int         n_classes; /* 2: class 2 against the rest */
    bool        weighted;
    bool        plain; /* columns all between -1 and 1 */
    double      proba[GOLDEN_SHOWN * 3];
} golden_learners[] = {""")
plain_X = X.copy()
plain_X[:, 2] = (plain_X[:, 2] - 200) / 50
for case in CASES:
    show(X, *case, False)
for case in PLAIN:
    show(plain_X, *case, True)
print("};")
