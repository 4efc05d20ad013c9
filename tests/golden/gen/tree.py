# SPDX-License-Identifier: MIT
"""Write tests/golden/tree.h: trees by scikit-learn.

Run with scikit-learn 1.2.1, numpy 1.24:
    python3 tests/golden/gen/tree.py > tests/golden/tree.h
Data come from an integer recurrence that the test repeats.  Values are exact
as float, to which scikit-learn rounds them.  A case is taken from the first
seed for which the order of columns, which scikit-learn draws, does not matter:
there no two cuts tie.
"""
import numpy as np
import sklearn
from sklearn.tree import DecisionTreeClassifier

D = 4


def draws(n, seed):
    """n integers below 2^31 (Lehmer's generator, multiplier 48271)."""
    out, state = [], seed
    for _ in range(n):
        state = state * 48271 % 2147483647
        out.append(state)
    return out


def data(n, k, seed):
    """Columns between 0 and 64, classes by the first three, 1 in 8 random."""
    d = draws(n * (D + 3), seed)
    x, y, w = np.empty((n, D)), np.empty(n, dtype=int), np.empty(n)
    for i in range(n):
        at = i * (D + 3)
        for j in range(D):
            x[i, j] = d[at + j] % 65536 / 1024
        mark = int(x[i, 0] + x[i, 1] / 2) + (32 if x[i, 2] > 40 else 0)
        y[i] = mark // (128 // k + 1)
        if d[at + D] % 8 == 0:
            y[i] = d[at + D + 1] % k
        w[i] = (1 + d[at + D + 2] % 31) / 16
    return x, y, w


CASES = [
    (200, 2, False, {"max_depth": 3}),
    (150, 2, False, {}),
    (120, 3, False, {"criterion": "entropy"}),
    (200, 3, True, {"criterion": "log_loss", "max_depth": 4}),
    (150, 2, True, {"max_depth": 5}),
    (200, 2, False, {"class_weight": "balanced", "max_depth": 4}),
    (200, 2, True, {"class_weight": {0: 3, 1: 0.5}, "max_depth": 4}),
    (200, 3, False, {"min_samples_split": 0.1, "min_samples_leaf": 5}),
    (300, 2, False, {"min_samples_split": 17, "min_samples_leaf": 0.02}),
    (200, 2, True, {"min_weight_fraction_leaf": 0.05}),
    (200, 2, False, {"max_leaf_nodes": 8}),
    (200, 3, True, {"max_leaf_nodes": 12, "criterion": "entropy"}),
    (300, 2, False, {"ccp_alpha": 0.007}),
    (200, 3, True, {"ccp_alpha": 0.011, "criterion": "entropy"}),
    (300, 3, False, {"min_impurity_decrease": 0.0085}),
]


def fit(n, k, weighted, params, seed):
    x, y, w = data(n, k, seed)
    trees = [DecisionTreeClassifier(random_state=s, **params)
             .fit(x, y, sample_weight=w if weighted else None)
             for s in range(12)]
    t = [(tuple(e.tree_.feature), tuple(e.tree_.threshold)) for e in trees]
    return trees[0] if len(set(t)) == 1 and len(set(y)) == k else None


def text(params):
    out = []
    for key, value in params.items():
        if isinstance(value, dict):
            value = ",".join(f"{c}:{w}" for c, w in value.items())
        out.append(f'"{key}={value}"')
    return ", ".join(out + ["NULL"])


def main():
    print(f"""/* SPDX-License-Identifier: MIT */
/* tree.h - written by gen/tree.py with scikit-learn {sklearn.__version__},
 * numpy {np.__version__}. */
struct golden_node {{
    int    feature; /* -1: a leaf */
    double threshold;
    int    n_rows;
    double impurity, share[3];
}};
""")
    table = []
    for number, (n, k, weighted, params) in enumerate(CASES):
        seed = 1
        while (tree := fit(n, k, weighted, params, seed)) is None:
            seed += 1
        t, todo, nodes = tree.tree_, [0], []
        while todo:
            i = todo.pop()
            leaf = t.children_left[i] < 0
            share = t.value[i][0] / t.value[i][0].sum()
            nodes.append((-1 if leaf else t.feature[i],
                          0 if leaf else t.threshold[i],
                          t.n_node_samples[i], max(t.impurity[i], 0), share))
            if not leaf:
                todo += [t.children_right[i], t.children_left[i]]
        print(f"static const struct golden_node golden_nodes_{number}[] = {{")
        for f, thr, rows, imp, share in nodes:
            shares = ", ".join(f"{s:.17g}" for s in share)
            print(f"    {{ {f}, {thr:.17g}, {rows}, {imp:.17g},\n"
                  f"      {{ {shares} }} }},")
        print("};\n")
        imp = ", ".join(f"{v:.17g}" for v in tree.feature_importances_)
        table.append(
            f"    {{ {{ {text(params)} }}, {n}, {k}, {seed}, "
            f"{'true' if weighted else 'false'}, {len(nodes)},\n"
            f"      golden_nodes_{number}, {{ {imp} }} }},")
    print(f"""static const struct golden_tree {{
    const char *set[4];
    size_t      n;
    uint32_t    k, seed;
    bool        weighted;
    size_t      n_nodes;
    const struct golden_node *node;
    double      importance[{D}];
}} golden_trees[] = {{""")
    print("\n".join(table))
    print("};")


main()
