#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/onehot.h: what OneHotEncoder makes of categories.

    python3 tests/golden/gen/onehot.py > tests/golden/onehot.h
"""

import warnings

import numpy as np
import sklearn
from sklearn.preprocessing import OneHotEncoder

ROWS, FRESH = 60, 8
CASES = [
    ('', {}),
    ('drop=first', dict(drop='first')),
    ('drop=if_binary', dict(drop='if_binary')),
    ('min_frequency=10', dict(min_frequency=10)),
    ('min_frequency=0.1', dict(min_frequency=0.1)),
    ('min_frequency=30 drop=if_binary',
     dict(min_frequency=30, drop='if_binary')),
    ('max_categories=3', dict(max_categories=3)),
    ('max_categories=6', dict(max_categories=6)),
    ('max_categories=2 min_frequency=9 drop=first',
     dict(max_categories=2, min_frequency=9, drop='first')),
    ('handle_unknown=ignore', dict(handle_unknown='ignore')),
    ('handle_unknown=ignore drop=first',
     dict(handle_unknown='ignore', drop='first')),
    ('handle_unknown=infrequent_if_exist min_frequency=7',
     dict(handle_unknown='infrequent_if_exist', min_frequency=7)),
]

rng = np.random.RandomState(4)
letter = np.array(['a', 'b', 'c', 'd', 'e', 'f'], object)
color = rng.choice(6, ROWS, p=[0.1, 0.35, 0.2, 0.07, 0.28, 0])
side = rng.choice(2, ROWS, p=[0.3, 0.7])
train = np.column_stack([letter[color], letter[side]])
train[rng.uniform(size=ROWS) < 0.08, 0] = np.nan
fresh = np.array([['a', 'b'], ['f', 'a'], ['b', 'c'], ['f', np.nan],
                  [np.nan, 'a'], ['d', np.nan], ['e', 'b'], ['c', 'b']],
                 object)


def code(v):
    return 'NAN' if v != v else str(list(letter).index(v))


print('/* SPDX-License-Identifier: MIT */')
print('/* Written by tests/golden/gen/onehot.py with')
print(f' * numpy {np.__version__}, scikit-learn {sklearn.__version__}. */')
print(f'enum {{ ONEHOT_ROWS = {ROWS}, ONEHOT_FRESH = {FRESH} }};')
print('/* Rows of two columns of categories, a to f. */')
for name, rows in (('train', train), ('fresh', fresh)):
    print(f'static const double onehot_{name}[] = {{')
    for row in rows:
        print('    ' + ', '.join(code(v) for v in row) + ',')
    print('};')
print('/* A row of the result for each of train, or of fresh where values')
print(' * that were not there are taken. */')
print('static const struct {')
print('    const char *words, *names, *rows[ONEHOT_ROWS];')
print('} onehot_cases[] = {')
warnings.simplefilter('ignore')
for words, options in CASES:
    encoder = OneHotEncoder(sparse_output=False, **options).fit(train)
    names = encoder.get_feature_names_out(['color', 'side'])
    rows = fresh if 'unknown' in words else train
    print(f'    {{ "{words}",')
    print('\n'.join(f'      "{n} "' for n in names) + ',')
    print('      {')
    for row in encoder.transform(rows):
        print('          "' + ''.join(str(int(v)) for v in row) + '",')
    print('      } },')
print('};')
