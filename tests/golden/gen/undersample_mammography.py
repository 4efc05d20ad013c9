#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/undersample_mammography.h: what imbalanced-learn keeps.

Run with imbalanced-learn 0.10.1 on the training part of the Mammography data
as MESA splits it (the columns 0 ... 5 and label):
    python3 tests/golden/gen/undersample_mammography.py Mammo_train.csv \
        > tests/golden/undersample_mammography.h

2,030 of the 6,709 rows are one and the same, 2,026 of class 0 and 4 of class
1.  What the peer does with those depends on the order in which its search
meets them; they are left out.  Rows are those that go or, where less stay
than go, those of class 0 that stay.
"""

import sys
import textwrap
import warnings

import imblearn
import numpy as np
import sklearn
from imblearn.under_sampling import (
    AllKNN, CondensedNearestNeighbour, EditedNearestNeighbours, NearMiss,
    NeighbourhoodCleaningRule, OneSidedSelection,
    RepeatedEditedNearestNeighbours, TomekLinks)

CASES = [
    ("tomek", "", TomekLinks()),
    ("tomek", "sampling_strategy=all", TomekLinks(sampling_strategy="all")),
    ("enn", "", EditedNearestNeighbours()),
    ("enn", "kind_sel=mode", EditedNearestNeighbours(kind_sel="mode")),
    ("enn", "sampling_strategy=all",
     EditedNearestNeighbours(sampling_strategy="all")),
    ("renn", "", RepeatedEditedNearestNeighbours()),
    ("all_knn", "", AllKNN()),
    ("ncr", "kind_sel=all", NeighbourhoodCleaningRule()),
    ("ncr", "kind_sel=mode", NeighbourhoodCleaningRule(kind_sel="mode")),
    ("near_miss", "version=1", NearMiss(version=1)),
    ("near_miss", "version=2", NearMiss(version=2)),
    ("near_miss", "version=3", NearMiss(version=3)),
    ("oss", "seed_rows=%d", OneSidedSelection(random_state=1)),
    ("oss", "seed_rows=%d", OneSidedSelection(random_state=4)),
    ("cnn", "seed_rows=%d", CondensedNearestNeighbour(random_state=1)),
]

warnings.simplefilter("ignore")
table = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1)
x, y = table[:, :-1], table[:, -1].astype(int)
_, value, count = np.unique(x, axis=0, return_inverse=True,
                            return_counts=True)
equal = value == count.argmax()
print("/* SPDX-License-Identifier: MIT */")
print("/* undersample_mammography.h - written by"
      " gen/undersample_mammography.py with\n * imbalanced-learn %s,"
      " scikit-learn %s, numpy %s: rows of the\n * Mammography data that go,"
      " or those of class 0 that stay, but for the rows\n * that are equal to"
      " the one named first. */"
      % (imblearn.__version__, sklearn.__version__, np.__version__))
print("enum { MAMMOGRAPHY_ROWS = %d, MAMMOGRAPHY_EQUAL = %d };\n"
      % (len(y), np.flatnonzero(equal)[0]))
print("static const struct golden_mammography {\n"
      "    const char *sampler, *words;\n    bool stay;\n    size_t n;\n"
      "    short row[240];\n} golden_mammography[] = {")
for name, words, peer in CASES:
    if "%d" in words:
        draw = np.random.RandomState(peer.random_state)
        of_0 = np.flatnonzero(y == 0)
        words %= of_0[draw.randint(low=0, high=len(of_0), size=1)][0]
    peer.fit_resample(x, y)
    stays = np.zeros(len(y), dtype=bool)
    stays[peer.sample_indices_] = True
    few = stays.sum() < len(y) / 2
    rows = np.flatnonzero(~equal & ((stays & (y == 0)) if few else ~stays))
    print('    { "%s", "%s", %s, %d,\n      {' % (
        name, words, "true" if few else "false", len(rows)))
    print(textwrap.fill(", ".join(map(str, rows)) or "0", 70,
                        initial_indent=" " * 8, subsequent_indent=" " * 8))
    print("      } },")
print("};")
