#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/strategy.h: targets by imbalanced-learn.

Run with imbalanced-learn 0.10.0:
    python3 tests/golden/gen/strategy.py > tests/golden/strategy.h
"""

import warnings

import imblearn
import numpy as np
from imblearn.utils import check_sampling_strategy

COUNTS = [(100, 20), (20, 100), (30, 30), (7, 3), (3, 1000),
          (100, 20, 5), (5, 5, 9), (4, 9, 9), (6, 6, 6)]
RATIOS = ["1", "0.9", "0.5", "0.3", "0.2", "0.1", "0.07", "1e-3", "1.01",
          "0", "-0.5"]
WORDS = ["auto", "all", "majority", "minority", "not majority",
         "not minority"]
PAIRS = ["0:4", "1:4", "0:9,1:9", "0:100", "1:0", "0:3 1:3", "2:5"]
LISTS = ["0,1", "1,0", "0 1", "2,0"]
KINDS = ["under-sampling", "over-sampling", "clean-sampling"]


def parsed(text, kind):
    """As core/strategy.c reads it; for cleaning, a whole number is a class."""
    if kind == "clean-sampling" and text in ("0", "1"):
        return [int(text)]
    if text in WORDS:
        return text
    if ":" in text:
        return dict(tuple(map(int, p.split(":")))
                    for p in text.replace(",", " ").split())
    if text in LISTS:
        return [int(c) for c in text.replace(",", " ").split()]
    return float(text)


def targets(text, kind, counts):
    y = np.repeat(np.arange(len(counts)), counts)
    try:
        got = check_sampling_strategy(parsed(text, kind), y, kind)
    except ValueError:
        return None
    if kind == "clean-sampling":
        return [int(c in got) for c in range(len(counts))]
    base = counts if kind == "over-sampling" else [0] * len(counts)
    return [base[c] + got[c] if c in got else n for c, n in enumerate(counts)]


warnings.simplefilter("ignore")
print("/* SPDX-License-Identifier: MIT */")
print("/* strategy.h - written by gen/strategy.py with imbalanced-learn %s: a"
      "\n * strategy, its use, rows per class, and targets (none: refused). */"
      % imblearn.__version__)
print("static const struct golden_strategy {\n    const char *text;\n"
      "    int use;\n    size_t n_classes, rows[3];\n    bool refused;\n"
      "    size_t target[3];\n} golden_strategies[] = {")
for counts in COUNTS:
    for use, kind in enumerate(KINDS):
        for text in WORDS + RATIOS + (LISTS if use == 2 else PAIRS):
            got = targets(text, kind, counts)
            print('    { "%s", %d, %d, { %s }, %s, { %s } },' % (
                text, use, len(counts), ", ".join(map(str, counts)),
                "false" if got else "true",
                ", ".join(map(str, got or [0]))))
print("};")
