# SPDX-License-Identifier: MIT
"""Write tests/golden/metrics.h: scores by scikit-learn and imbalanced-learn.

Run with scikit-learn 1.2.1, imbalanced-learn 0.10.0, numpy 1.24:
    python3 tests/golden/gen/metrics.py > tests/golden/metrics.h
Labels and probabilities come from an integer recurrence that the test repeats,
so that no data need be stored.
"""
import numpy as np
from imblearn.metrics import geometric_mean_score
from sklearn import metrics as m
import imblearn
import sklearn


def draws(n, seed):
    """n integers below 2^31 (Lehmer's generator, multiplier 48271)."""
    out, state = [], seed
    for _ in range(n):
        state = state * 48271 % 2147483647
        out.append(state)
    return out


def case(n, classes, levels, seed):
    """Labels of skewed classes, and probabilities of so many levels."""
    d = draws(n * (classes + 1), seed)
    y = np.empty(n, dtype=int)
    p = np.empty((n, classes))
    for i in range(n):
        r = d[i * (classes + 1)] % 100
        y[i] = 0 if r < 70 else (1 + r % (classes - 1))
        for c in range(classes):
            p[i, c] = 1 + d[i * (classes + 1) + 1 + c] % levels
        p[i, y[i]] += levels // 3
        p[i] /= p[i].sum()
    return y, p


def ece(y, p, bins=15):
    pred, conf = p.argmax(1), p.max(1)
    edges = np.minimum(np.maximum(np.ceil(conf * bins).astype(int) - 1, 0), bins - 1)
    return sum(abs(conf[edges == b].sum() - (pred[edges == b] == y[edges == b]).sum())
               for b in range(bins)) / len(y)


def scores(y, p):
    classes = p.shape[1]
    pred = p.argmax(1)
    onehot = np.eye(classes)[y]
    two = classes == 2
    s = p[:, 1] if two else p
    return {
        "aucprc": m.average_precision_score(y if two else onehot, s),
        "rocauc": m.roc_auc_score(y, s, multi_class="ovr"),
        "fscore": m.f1_score(y, pred, average="binary" if two else "macro"),
        "f1_weighted": m.f1_score(y, pred, average="weighted"),
        "f1_macro": m.f1_score(y, pred, average="macro"),
        "mcc": m.matthews_corrcoef(y, pred),
        "gmean": geometric_mean_score(y, pred, average="multiclass"),
        "bacc": m.balanced_accuracy_score(y, pred),
        "accuracy": m.accuracy_score(y, pred),
        "logloss": m.log_loss(y, p),
        "brier": m.brier_score_loss(y, s) if two else ((p - onehot) ** 2).sum(1).mean(),
        "ece": ece(y, p),
    }


CASES = [(50, 2, 7, 1), (500, 2, 1000000, 2), (2237, 2, 11, 3), (300, 3, 9, 4),
         (1000, 5, 1000, 5)]

print("/* SPDX-License-Identifier: MIT */")
print("/* metrics.h - written by gen/metrics.py with scikit-learn %s,\n"
      " * imbalanced-learn %s, numpy %s. */"
      % (sklearn.__version__, imblearn.__version__, np.__version__))
print("static const struct golden_case {\n    size_t n;\n    uint32_t n_classes;\n"
      "    uint32_t levels, seed;\n    struct { const char *name; double value; } score[12];\n"
      "} golden_cases[] = {")
for args in CASES:
    y, p = case(*args)
    print("    { %d, %d, %d, %d,\n      {" % args)
    for name, value in scores(y, p).items():
        print('        { "%s", %.17g },' % (name, value))
    print("      } },")
print("};")
