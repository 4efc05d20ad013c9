#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/cluster.h: k-means, and cluster centres for a class.

    python3 tests/golden/gen/cluster.py > tests/golden/cluster.h

Four groups lie so far apart that k-means has one answer for four clusters;
for 40 clusters the peer's inertia over many starts says what is usual.
"""

import imblearn
import numpy as np
import sklearn
from imblearn.over_sampling import KMeansSMOTE
from imblearn.under_sampling import ClusterCentroids
from sklearn.cluster import KMeans

ROWS, COLS, GROUPS, MANY = 240, 3, 4, 40
rng = np.random.RandomState(8)
centres = np.array([[0, 0, 0], [20, 0, 5], [0, 30, -5], [20, 30, 100]])
group = rng.permutation(np.arange(ROWS) % GROUPS)
x = np.round(centres[group] + rng.normal(size=(ROWS, COLS)), 6)
y = np.zeros(ROWS, int)
y[[5, 77, 120, 201]] = 1


def table(name, values):
    print(f'static const double {name}[] = {{')
    for v in np.ravel(values):
        print(f'    {float(v)!r},')
    print('};')


def ordered(rows):
    return rows[np.lexsort(rows.T[::-1])]


few = KMeans(GROUPS, n_init=10, random_state=0, tol=0).fit(x)
spread = [KMeans(MANY, n_init=1, random_state=s).fit(x).inertia_
          for s in range(300)]
got_x, got_y = ClusterCentroids(
    estimator=KMeans(n_init=10, random_state=0)).fit_resample(x, y)

# Classes for KMeansSMOTE: of the groups 40, 12, 3 and 2 rows are of class 1.
grouped = np.zeros(ROWS, int)
for g, n in enumerate([40, 12, 3, 2]):
    grouped[np.flatnonzero(group == g)[:n]] = 1
MADE = 100000
smote_x, smote_y = KMeansSMOTE(
    kmeans_estimator=KMeans(GROUPS, n_init=10, random_state=0),
    cluster_balance_threshold=0.02, random_state=0,
    sampling_strategy={1: grouped.sum() + MADE}).fit_resample(x, grouped)
nearest = ((smote_x[ROWS:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)

print('/* SPDX-License-Identifier: MIT */')
print('/* Written by tests/golden/gen/cluster.py with')
print(f' * numpy {np.__version__}, scikit-learn {sklearn.__version__}, '
      f'imbalanced-learn {imblearn.__version__}. */')
print(f'enum {{ CLUSTER_ROWS = {ROWS}, CLUSTER_COLS = {COLS}, '
      f'CLUSTER_GROUPS = {GROUPS},')
print(f'       CLUSTER_MANY = {MANY} }};')
table('cluster_x', x)
print('static const int32_t cluster_y[] = {')
for at in range(0, ROWS, 20):
    print('    ' + ' '.join(f'{v},' for v in y[at:at + 20]))
print('};')
print('/* Centres in order of their first column, then the second. */')
table('cluster_center', ordered(few.cluster_centers_))
table('cluster_inertia', [few.inertia_])
print('/* Least and greatest of 300 single starts. */')
table('cluster_many_inertia', [min(spread), max(spread)])
table('cluster_centroids_made', ordered(got_x[got_y == 0]))
print('/* Classes for KMeansSMOTE; shares of the groups in what it makes. */')
print('static const int32_t cluster_grouped_y[] = {')
for at in range(0, ROWS, 20):
    print('    ' + ' '.join(f'{v},' for v in grouped[at:at + 20]))
print('};')
print('static const uint32_t cluster_group[] = {')
for at in range(0, ROWS, 20):
    print('    ' + ' '.join(f'{v},' for v in group[at:at + 20]))
print('};')
table('cluster_smote_shares', np.bincount(nearest, minlength=GROUPS) / MADE)
