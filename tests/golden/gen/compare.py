#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""compare.py - tails and tests of ranks, for the metalearner compare.

SciPy has the distributions and Friedman's test; the adjusted p-values follow
Holm 1979 as statsmodels' multipletests does, which is not needed here.
"""
import numpy as np
import scipy
from scipy import stats


def number(x):
    return float(x).hex() if np.isfinite(x) else "NAN"


def table(name, ctype, rows):
    print(f"static const {ctype} {name}[] = {{")
    for row in rows:
        print("    { " + ", ".join(row) + " },")
    print("};")


def holm(p):
    order = np.argsort(p, kind="stable")
    out, least = np.empty(len(p)), 0.0
    for i, j in enumerate(order):
        least = min(1.0, max(least, (len(p) - i) * p[j]))
        out[j] = least
    return out


print("/* SPDX-License-Identifier: MIT */")
print("/* compare.h - made by gen/compare.py with "
      f"numpy {np.__version__}, scipy {scipy.__version__}. */")
print("struct golden_tail {\n    double x, degrees, tail;\n};")
zs = [-8, -3, -1.5, -0.1, 0, 1e-8, 0.25, 0.7, 1, 1.645, 1.96, 2.5, 2.8, 2.9,
      3.3, 4, 5, 7, 10, 20, 37]
table("golden_normal", "struct golden_tail",
      [[number(z), "0", number(stats.norm.sf(z))] for z in zs])
table("golden_chi_square", "struct golden_tail",
      [[number(x), str(df), number(stats.chi2.sf(x, df))]
       for df in (1, 2, 3, 4, 5, 9, 18, 33, 100, 701)
       for x in (1e-3, 0.5, 1, 3.84, 7.5, 20, 60, 250, 900)])
print("struct golden_t {\n    double degrees, quantile;\n};")
table("golden_t", "struct golden_t",
      [[str(df), number(stats.t.ppf(0.975, df))]
       for df in (1, 2, 3, 4, 5, 9, 10, 29, 30, 99, 100, 999, 20000)])

rng = np.random.default_rng(7)
cases = []
for n, k, digits in ((4, 4, 6), (10, 5, 1), (3, 8, 2), (14, 3, 1), (2, 2, 6)):
    cases.append(np.round(rng.random((n, k)) + 0.1 * np.arange(k), digits))
print("struct golden_ranks {\n    int n, k;\n    double chi_square, p;\n"
      "    double score[80], rank[8], pair_p[28], holm[28];\n};")
print("static const struct golden_ranks golden_ranks[] = {")
for x in cases:
    n, k = x.shape
    rank = np.mean([stats.rankdata(-row) for row in x], axis=0)
    if k > 2:
        chi, p = stats.friedmanchisquare(*x.T)
    else:  # scipy wants three; without ties this is the plain statistic
        chi = 12 * n / (k * (k + 1)) * (np.sum(rank**2) - k * (k + 1)**2 / 4)
        p = stats.chi2.sf(chi, k - 1)
    z = [(rank[a] - rank[b]) / np.sqrt(k * (k + 1) / (6 * n))
         for a in range(k) for b in range(a + 1, k)]
    pair = 2 * stats.norm.sf(np.abs(z))
    print(f"    {{ {n}, {k}, {number(chi)}, {number(p)},")
    for values in (x.ravel(), rank, pair, holm(pair)):
        print("      { " + ",\n        ".join(number(v) for v in values) +
              " },")
    print("    },")
print("};")
