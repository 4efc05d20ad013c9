# SPDX-License-Identifier: MIT
"""peers.py FOLDER - the same work by scikit-learn and pandas, one thread.

Reads what bench left in FOLDER; prints name, tab, median seconds, tab, note.
"""
import os
import statistics
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier
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


y = np.fromfile(os.path.join(folder, "y.i32"), dtype=np.int32)
x = np.fromfile(os.path.join(folder, "x.f64")).reshape(len(y), -1)
tree = DecisionTreeClassifier(random_state=0)
measure("tree exact", lambda: tree.fit(x, y), 1)
print("tree exact note\t0\t%d nodes, training accuracy %.6f"
      % (tree.tree_.node_count, tree.score(x, y)))
boosting = HistGradientBoostingClassifier(early_stopping=False)
measure("gradient boosting", lambda: boosting.fit(x, y), 3)
measure("gradient boosting predict", lambda: boosting.predict_proba(x), 3)

path = os.path.join(folder, "Mammo_train.csv")
if os.path.exists(path):
    m = np.loadtxt(path, delimiter=",", skiprows=1)
    x, y = m[:, :-1], m[:, -1].astype(int)
    rng = np.random.RandomState(0)
    rows = np.concatenate([np.flatnonzero(y == 1),
                           rng.choice(np.flatnonzero(y == 0), (y == 1).sum(), False)])
    sx, sy = x[rows], y[rows]
    measure("tree small", lambda: tree.fit(sx, sy), 200)
    x32 = np.ascontiguousarray(x, dtype=np.float32)
    measure("tree predict", lambda: tree.tree_.predict(x32), 200,
            here + ", compiled part only")

try:
    import pandas
    path = os.path.join(folder, "large.csv")
    measure("csv read", lambda: pandas.read_csv(path), 1, "pandas " + pandas.__version__)
except ImportError:
    pass
