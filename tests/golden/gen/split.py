#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Golden values of tests/unit/test_split.c: folds by scikit-learn 1.2.1.

StratifiedKFold without shuffling, on labels from Lehmer's generator; a fold
assignment is given as the hash ((f0 + 1) * 31 + f1 + 1) * 31 ... mod 2^64.
"""

import numpy as np
from sklearn.model_selection import StratifiedKFold

for n, classes, folds, seed in ((40, 2, 5, 1), (97, 3, 4, 2), (500, 4, 10, 3),
                                (23, 2, 2, 4), (1000, 6, 7, 5)):
    y, state = np.empty(n, int), seed
    for i in range(n):
        state = state * 48271 % 2147483647
        r = state % 1000
        y[i] = classes - 1 - r * r * classes // 1000000
    hash_ = 0
    fold = np.empty(n, int)
    for f, (_, test) in enumerate(StratifiedKFold(folds).split(y, y)):
        fold[test] = f
    for f in fold:
        hash_ = (hash_ * 31 + int(f) + 1) % 2**64
    print("        { %d, %d, %d, %d, UINT64_C(%#018x) }," %
          (n, classes, folds, seed, hash_))
