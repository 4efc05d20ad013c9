# SPDX-License-Identifier: MIT
"""peers.py FOLDER - the same work by scikit-learn and kin, one thread.

Reads what bench and toolbox left in FOLDER; prints name, tab, median seconds,
tab, note.
"""
import os
import statistics
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.tree import DecisionTreeClassifier

folder = sys.argv[1]
here = "scikit-learn " + sklearn.__version__


def measure(name, work, runs, note=here):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    print("%s\t%.9g\t%s" % (name, statistics.median(times), note), flush=True)


def load(name):
    y = np.fromfile(os.path.join(folder, name + ".i32"), dtype=np.int32)
    return np.fromfile(os.path.join(folder, name + ".f64")).reshape(len(y), -1), y


x, y = load("exact")
tree = DecisionTreeClassifier(random_state=0)
measure("tree exact", lambda: tree.fit(x, y), 1)
print("tree exact note\t0\t%d nodes, training accuracy %.6f"
      % (tree.tree_.node_count, tree.score(x, y)))

path = os.path.join(folder, "Mammo_train.csv")
if os.path.exists(path):
    m = np.loadtxt(path, delimiter=",", skiprows=1)
    mx, my = m[:, :-1], m[:, -1].astype(int)
    rng = np.random.RandomState(0)
    rows = np.concatenate([np.flatnonzero(my == 1),
                           rng.choice(np.flatnonzero(my == 0), (my == 1).sum(), False)])
    sx, sy = mx[rows], my[rows]
    measure("tree small", lambda: tree.fit(sx, sy), 200)
    x32 = np.ascontiguousarray(mx, dtype=np.float32)
    measure("tree predict", lambda: tree.tree_.predict(x32), 200,
            here + ", compiled part only")

try:
    import pandas
    path = os.path.join(folder, "large.csv")
    measure("csv read", lambda: pandas.read_csv(path), 1, "pandas " + pandas.__version__)
except ImportError:
    pass

sx, sy = load("small")
knn = KNeighborsClassifier().fit(sx, sy)
measure("forest of 100",
        lambda: RandomForestClassifier(100, random_state=0).fit(sx, sy), 1)
measure("neighbours", lambda: NearestNeighbors(n_neighbors=5).fit(sx).kneighbors(), 1)
measure("knn predict", lambda: knn.predict_proba(sx), 1)
hx, hy = load("huge")
booster = HistGradientBoostingClassifier(early_stopping=False)
measure("gradient_boosting of 100", lambda: booster.fit(hx, hy), 1)
measure("gradient_boosting predict", lambda: booster.predict_proba(hx), 3)

try:
    import imblearn
    from imblearn.over_sampling import SMOTE
    from imblearn.under_sampling import EditedNearestNeighbours, TomekLinks
    note = "imbalanced-learn " + imblearn.__version__
    measure("tomek, 20000 rows", lambda: TomekLinks().fit_resample(sx, sy), 1, note)
    measure("enn, 20000 rows",
            lambda: EditedNearestNeighbours().fit_resample(sx, sy), 1, note)
    if len(x) == 100000:
        measure("smote", lambda: SMOTE(random_state=0).fit_resample(x, y), 5, note)
except ImportError:
    pass
