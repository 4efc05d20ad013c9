# SPDX-License-Identifier: MIT
"""Golden values for the sources: sources.py > ../sources.h

Class counts and moons without noise are exact.  Of make_classification, whose
random numbers are others, the moments: over many seeds, for informative,
redundant, repeated and useless columns, the mean over seeds of the square
(moments.square), of the fourth power's root (moments.fourth) and of the
squared difference of the class means (moments.between), each with its
standard error.
"""
import platform

import numpy as np
import sklearn
from sklearn.datasets import make_classification, make_moons

SEEDS = 4000
COUNTS = [
    (100, 2, 2, []), (101, 2, 2, []), (100, 2, 2, [0.9]), (1000, 2, 1, [0.99]),
    (997, 3, 2, [0.7, 0.2]), (50, 4, 1, [0.1, 0.2, 0.3, 0.4]),
    (103, 3, 3, [0.2, 0.3, 0.1]), (7, 3, 2, []), (1000, 2, 3, [0.05, 0.9]),
]
MOMENTS = [
    dict(),
    dict(class_sep=2.0, weights=[0.8]),
    dict(hypercube=False, class_sep=1.5),
    dict(shift=None, scale=2.0),
    dict(shift=0.5, scale=None),
]


def counts():
    print("static const struct golden_counts golden_counts[] = {")
    for n, classes, clusters, weights in COUNTS:
        _, y = make_classification(
            n, 6, n_informative=4, n_redundant=0, n_classes=classes,
            n_clusters_per_class=clusters, weights=weights or None,
            flip_y=0, random_state=0)
        found = np.bincount(y, minlength=classes)
        text = ", ".join(map(str, weights))
        print(f'    {{ {n}, {classes}, {clusters}, "{text}",')
        print(f"      {{ {', '.join(map(str, found))} }} }},")
    print("};\n")


def moons():
    x, y = make_moons(11, shuffle=False)
    print("static const double golden_moons[11][2] = {")
    for row in x:
        print(f"    {{ {row[0]:.17g}, {row[1]:.17g} }},")
    print("};\n")


def statistics(x, y):
    """Per kind of column: informative 0-2, redundant 3-4, copy 5, noise 6-7."""
    square = (x ** 2).mean(axis=0)
    fourth = np.sqrt((x ** 4).mean(axis=0))
    between = (x[y == 0].mean(axis=0) - x[y == 1].mean(axis=0)) ** 2
    kinds = [slice(0, 3), slice(3, 5), slice(5, 6), slice(6, 8)]
    return np.array([[v[k].mean() for k in kinds]
                     for v in (square, fourth, between)])


def moments():
    print("static const struct golden_moments golden_moments[] = {")
    for options in MOMENTS:
        runs = []
        for seed in range(SEEDS):
            x, y = make_classification(
                200, 8, n_informative=3, n_redundant=2, n_repeated=1,
                flip_y=0, shuffle=False, random_state=seed, **options)
            runs.append(statistics(x, y))
        runs = np.array(runs)
        error = runs.std(axis=0) / np.sqrt(SEEDS)
        lines = "".join(
            f"{k} = " + ("none" if v is None else
                         str(v).strip("[]").replace("False", "no")) + "\\n"
            for k, v in options.items())
        print(f'    {{ "{lines}",')
        for m, e in zip(runs.mean(axis=0), error):
            print("      { " + ", ".join(f"{{ {a:.6g}, {b:.2g} }}"
                                         for a, b in zip(m, e)) + " },")
        print("    },")
    print("};\n")


print("""/* SPDX-License-Identifier: MIT */
/*
 * sources.h - what scikit-learn's generators give.
 *
 * Written by tests/golden/gen/sources.py with""", end="")
print(f"""
 * scikit-learn {sklearn.__version__}, numpy {np.__version__}, """
      f"""Python {platform.python_version()}.
 */
#ifndef MESA_GOLDEN_SOURCES_H
#define MESA_GOLDEN_SOURCES_H

/* Rows of each class without flips. */
struct golden_counts {{
    int         n_samples, n_classes, n_clusters;
    const char *weights;
    size_t      count[4];
}};

/* Of informative, redundant, repeated and useless columns. */
struct golden_mean {{
    double mean, error;
}};
struct golden_moments {{
    const char        *lines; /* of the INI */
    struct golden_mean square[4], fourth[4], between[4];
}};
""")
counts()
moons()
moments()
print("#endif")
