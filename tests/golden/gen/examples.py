#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The rows of conf/example.arff, .libsvm and .csv, from NumPy.

    python3 tests/golden/gen/examples.py conf
"""
import os
import sys

import numpy

rng = numpy.random.default_rng(3)
folder = sys.argv[1]
made = f"Made by tests/golden/gen/examples.py with NumPy {numpy.__version__}."
n = 300
rare = numpy.arange(n) % 10 == 0
x = rng.normal(size=(n, 3)) + rare[:, None] * [1.5, 1.0, 0.0]
color = numpy.where(rng.random(n) < 0.3 + 0.5 * rare, "red", "blue")

with open(os.path.join(folder, "example.arff"), "w") as f:
    f.write(f"% {made}\n@relation example\n\n"
            "@attribute length numeric\n@attribute width real\n"
            "@attribute color {red, blue}\n"
            "@attribute class {common, rare}\n\n@data\n")
    for i in range(n):
        f.write(f"{x[i, 0]:.3f},{x[i, 1]:.3f},{color[i]},"
                f"{'rare' if rare[i] else 'common'}\n")

with open(os.path.join(folder, "example.libsvm"), "w") as f:
    f.write(f"# {made}\n")
    for i in range(n):
        pairs = [f"{j + 1}:{x[i, j]:.3f}" for j in range(3) if x[i, j] > 0]
        f.write(" ".join(["+1" if rare[i] else "-1"] + pairs) + "\n")

# Customers, some of whom leave: numbers, words, numbers that are names (of
# plans), and values that nobody knows.
age = rng.integers(18, 80, n)
spent = numpy.round(rng.gamma(2.0, 30.0, n) * (1.0 - 0.5 * rare), 2)
town = rng.choice(["Lyon", "Nice", "Paris"], n, p=[0.3, 0.2, 0.5])
town[rare & (rng.random(n) < 0.6)] = "Nice"
device = rng.choice(["laptop", "phone", "tablet, old"], n)
plan = numpy.where(rng.random(n) < 0.2 + 0.6 * rare, 20, rng.integers(1, 4, n))
unknown = rng.random((n, 2)) < 0.04

with open(os.path.join(folder, "example.csv"), "w") as f:
    f.write("age,spent,town,device,plan,leaves\n")
    for i in range(n):
        quote = '"' if "," in device[i] else ""
        f.write(f"{age[i]},{'' if unknown[i, 0] else spent[i]},"
                f"{'?' if unknown[i, 1] else town[i]},"
                f"{quote}{device[i]}{quote},{plan[i]},"
                f"{'yes' if rare[i] else 'no'}\n")
