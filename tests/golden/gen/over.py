#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/over.h: what over-samplers make of one set of data.

Run with imbalanced-learn 0.12 (borderline-2 was another method before):
    python3 tests/golden/gen/over.py > tests/golden/over.h

The rows in danger and the counts of ADASYN are the peer's own; the quantiles
are those of many rows made by the peer.  It has neither RAMO nor geometric
SMOTE: what is said in the two papers is done here with numpy instead.
"""

from unittest import mock

import imblearn
import numpy as np
import sklearn
from imblearn.over_sampling import (ADASYN, SMOTE, SVMSMOTE, BorderlineSMOTE,
                                    RandomOverSampler)
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import SVC

MADE = 300000
LEVELS = np.arange(1, 50) / 50
rng = np.random.RandomState(20)
COUNTS = [100, 32, 18]
CENTRES = np.array([[0, 0, 0], [1.6, 0.4, 0], [0.3, -1.8, 3]])
y = np.repeat([0, 1, 2], COUNTS)
x = CENTRES[y] + rng.normal(size=(len(y), 3)) * [1, 1, 2]
order = rng.permutation(len(y))
x, y = np.ascontiguousarray(x[order]), y[order]
weight = 1.0 + np.arange(len(y)) % 3


def neighbours(of, among, k):
    """The k nearest, none at distance 0, which there are no duplicates for."""
    d, i = NearestNeighbors(n_neighbors=k + 1).fit(among).kneighbors(of)
    own = d[:, 0] == 0
    return np.where(own[:, None], i[:, 1:], i[:, :-1])


def made(sampler_class, n=MADE, times=1, **parameters):
    """Rows of class 1 and of class 2."""
    found = [[], []]
    for _ in range(times):
        wanted = {c: COUNTS[c] + n // times for c in (1, 2)}
        got_x, got_y = sampler_class(
            sampling_strategy=wanted, random_state=rng,
            **parameters).fit_resample(x, y)
        got_x, got_y = got_x[len(y):], got_y[len(y):]
        for c in (1, 2):
            found[c - 1].append(got_x[got_y == c])
    return [np.concatenate(f) for f in found]


def ramo(alpha=0.3, k1=5, k2=5):
    found = []
    for c in (1, 2):
        own = x[y == c]
        r = weight[y == c] / (1 + np.exp(
            -alpha * np.sum(y[neighbours(own, x, k1)] != c, axis=1)))
        a = rng.choice(len(own), MADE, p=r / r.sum())
        b = neighbours(own, own, k2)[a, rng.randint(0, k2, MADE)]
        found.append(own[a] + rng.uniform(size=(MADE, 1)) * (own[b] - own[a]))
    return found


def geometric(selection, truncation, deformation, k=5):
    found = []
    for c in (1, 2):
        own, rest = x[y == c], x[y != c]
        near = neighbours(own, own, k)
        a = rng.randint(0, len(own), MADE)
        centre = own[a]
        end = own[near[a, rng.randint(0, k, MADE)]]
        far = rest[neighbours(own, rest, 1)[a, 0]]
        if selection == "majority":
            end = far
        if selection == "combined":
            nearer = (np.linalg.norm(far - centre, axis=1) <
                      np.linalg.norm(end - centre, axis=1))
            end = np.where(nearer[:, None], far, end)
        radius = np.linalg.norm(end - centre, axis=1)[:, None]
        e = (end - centre) / radius
        p = rng.normal(size=centre.shape)
        p *= (rng.uniform(size=(MADE, 1)) ** (1 / 3) /
              np.linalg.norm(p, axis=1)[:, None])
        along = np.sum(p * e, axis=1)[:, None]
        p = np.where(np.abs(truncation - along) > 1, p - 2 * along * e, p)
        along = np.sum(p * e, axis=1)[:, None] * e
        found.append(centre + radius * (along + (1 - deformation) *
                                        (p - along)))
    return found


def numbers(values, form="%d"):
    text, line = "", "   "
    for v in values:
        word = " " + form % v + ","
        if len(line + word) > 78:
            text, line = text + line + "\n", "   "
        line += word
    return text + line + "\n"


def array(declaration, values, form="%d"):
    print("static const %s = {\n%s};" % (declaration, numbers(values, form)))


def adasyn_counts():
    counts = np.zeros(len(y), dtype=int)
    seen = []
    plain = np.repeat

    def listen(what, times):
        seen.append(times)
        return plain(what, times)

    with mock.patch("imblearn.over_sampling._adasyn.np.repeat", listen):
        ADASYN(random_state=0).fit_resample(x, y)
    for c, n in zip((1, 2), seen):
        counts[y == c] = n
    return counts


def support():
    """1: in danger, 2: safe, 3: noise, 0: no support vector."""
    sampler = SVMSMOTE()
    sampler._validate_estimator()
    sampler.nn_m_.fit(x)
    kind = np.zeros(len(y), dtype=int)
    for c in (1, 2):
        rows = SVC(gamma="scale").fit(x, y).support_
        rows = rows[y[rows] == c]
        danger, noise = (sampler._in_danger_noise(sampler.nn_m_, x[rows], c,
                                                  y, kind=k)
                         for k in ("danger", "noise"))
        kind[rows] = np.where(noise, 3, np.where(danger, 1, 2))
    return kind


borderline = BorderlineSMOTE(random_state=0)
borderline.fit_resample(x, y)
danger = np.zeros(len(y), dtype=int)
for rows in borderline.in_danger_indices.values():
    danger[rows] = 1

print("""/* SPDX-License-Identifier: MIT */
/*
 * over.h - written by gen/over.py with imbalanced-learn %s,
 * scikit-learn %s and numpy %s: data, what the peer finds in it, and
 * quantiles of the columns of what it makes of classes 1 and 2.
 */
enum { OVER_ROWS = %d, OVER_COLS = 3, OVER_LEVELS = %d };
""" % (imblearn.__version__, sklearn.__version__, np.__version__, len(y),
       len(LEVELS)))
array("double over_x[OVER_ROWS * OVER_COLS]", x.ravel(), "%.17g")
array("int32_t over_y[OVER_ROWS]", y)
print("/* Which rows are in danger; what ADASYN makes of each; support vectors:"
      "\n * 1 in danger, 2 safe, 3 noise. */")
array("int over_danger[OVER_ROWS]", danger)
array("int over_adasyn[OVER_ROWS]", adasyn_counts())
array("int over_support[OVER_ROWS]", support())
print("static const struct golden_over {\n    const char *name;\n"
      "    double quantile[2][OVER_COLS][OVER_LEVELS];\n} golden_over[] = {")
for name, rows in [
        ("smote", made(SMOTE)),
        ("borderline-1", made(BorderlineSMOTE)),
        ("borderline-2", made(BorderlineSMOTE, kind="borderline-2")),
        ("adasyn", made(ADASYN)),
        ("svm_smote", made(SVMSMOTE, times=600)),
        ("random_over", made(RandomOverSampler, shrinkage=0.7)),
        ("ramo", ramo()),
        ("g_smote combined", geometric("combined", 1, 0)),
        ("g_smote minority", geometric("minority", -0.5, 0.5)),
        ("g_smote majority", geometric("majority", 0.3, 0.2))]:
    print('  { "%s", {' % name)
    for c in rows:
        print("   { " + "    { ".join(
            "{\n" + numbers(np.quantile(c[:, j], LEVELS), "%.7g") + "    },\n"
            for j in range(3)).replace("    { {", "    {") + "   },")
    print("  } },")
print("};")
