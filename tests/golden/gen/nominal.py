#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/nominal.h: what SMOTE-NC and SMOTE-N make of categories.

Run with imbalanced-learn 0.12 (the weight of categories was another before):
    python3 tests/golden/gen/nominal.py > tests/golden/nominal.h

The shares of categories and the quantiles are those of many rows made by the
peer from class 1.
"""

import imblearn
import numpy as np
import sklearn
from imblearn.over_sampling import SMOTEN, SMOTENC

ROWS, SMALL, MADE = 120, 30, 60000
SIZES = [3, 4]
rng = np.random.RandomState(3)
y = (rng.permutation(ROWS) < SMALL).astype(int)
numbers = np.round(rng.normal(size=(ROWS, 2)) * [1, 3] + y[:, None], 6)
# Columns 0 and 2 are numbers, 1 and 3 are categories.
codes = np.column_stack([
    np.where(rng.uniform(size=ROWS) < 0.3, y, rng.randint(s, size=ROWS))
    for s in SIZES])
x = np.column_stack([numbers[:, 0], codes[:, 0], numbers[:, 1], codes[:, 1]])


def shares(column, size):
    return np.bincount(column.astype(int), minlength=size) / len(column)


def table(name, values):
    print(f'static const double {name}[] = {{')
    for v in np.ravel(values):
        print(f'    {float(v)!r},')
    print('};')


wanted = {1: SMALL + MADE}
nc = SMOTENC(categorical_features=[1, 3], sampling_strategy=wanted,
             random_state=1).fit_resample(x, y)[0][ROWS:]
n = SMOTEN(sampling_strategy=wanted,
           random_state=1).fit_resample(codes, y)[0][ROWS:]

print('/* SPDX-License-Identifier: MIT */')
print('/* Written by tests/golden/gen/nominal.py with')
print(f' * numpy {np.__version__}, scikit-learn {sklearn.__version__}, '
      f'imbalanced-learn {imblearn.__version__}. */')
print(f'enum {{ NOMINAL_ROWS = {ROWS}, NOMINAL_COLS = 4, '
      f'NOMINAL_SMALL = {SMALL} }};')
print('static int32_t nominal_y[] = {')
for at in range(0, ROWS, 20):
    print('    ' + ' '.join(f'{v},' for v in y[at:at + 20]))
print('};')
table('nominal_x', x)
print('/* SMOTE-NC: deciles of columns 0 and 2, shares of columns 1 and 3. */')
table('nominal_nc_quantiles',
      [np.quantile(nc[:, j], np.arange(1, 10) / 10) for j in (0, 2)])
table('nominal_nc_shares', np.concatenate(
    [shares(nc[:, j], s) for j, s in zip((1, 3), SIZES)]))
print('/* SMOTE-N of columns 1 and 3 alone: shares of the pairs. */')
table('nominal_n_shares', shares(n[:, 0] * SIZES[1] + n[:, 1], 12))
