#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/impute.h: what SimpleImputer puts for missing values.

    python3 tests/golden/gen/impute.py > tests/golden/impute.h
"""

import numpy as np
import sklearn
from sklearn.impute import SimpleImputer

ROWS, COLS = 40, 4
rng = np.random.RandomState(2)
x = np.round(rng.normal(size=(ROWS, COLS)) * [1, 100, 3, 1], 6)
x[:, 3] = rng.randint(3, size=ROWS)
x[:, 2] = np.round(x[:, 2])
x[rng.uniform(size=x.shape) < 0.2] = np.nan

print('/* SPDX-License-Identifier: MIT */')
print('/* Written by tests/golden/gen/impute.py with')
print(f' * numpy {np.__version__}, scikit-learn {sklearn.__version__}. */')
print(f'enum {{ IMPUTE_ROWS = {ROWS}, IMPUTE_COLS = {COLS} }};')
print('static const double impute_x[] = {')
for v in x.ravel():
    print('    NAN,' if np.isnan(v) else f'    {v!r},')
print('};')
for strategy in ('mean', 'median', 'most_frequent'):
    print(f'static const double impute_{strategy}[] = {{')
    for v in SimpleImputer(strategy=strategy).fit(x).statistics_:
        print(f'    {v!r},')
    print('};')
