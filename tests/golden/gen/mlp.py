#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/mlp.h: learning curves of scikit-learn's perceptrons.

Run with scikit-learn 1.2.1:
    python3 tests/golden/gen/mlp.py > tests/golden/mlp.h

The data and the weights to start from are made by a formula that the test
has as well; the rows are taken in their order.
"""

import warnings

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.neural_network import _multilayer_perceptron as internal

ROWS, COLUMNS, CLASSES, EPOCHS = 50, 4, 3, 10
warnings.simplefilter("ignore")

# What it reports is a mean over targets; its gradients are those of the sum.
internal.LOSS_FUNCTIONS["squared_error"] = (
    lambda t, p: ((t - p) ** 2).sum() / (2 * len(t)))


def wave(n, phase):
    """n numbers in [-1, 1] without a pattern: fractions of squares."""
    i = np.arange(n, dtype=float)
    v = (i + 1) * (i + phase) * 0.6180339887498949
    return 2 * (v - np.floor(v)) - 1


X = wave(ROWS * COLUMNS, 3).reshape(ROWS, COLUMNS)
y = (np.floor((X[:, 0] + X[:, 1] * X[:, 2] + 2) * 1.5).astype(int)) % CLASSES
targets = np.column_stack([X[:, 0] * X[:, 1], X[:, 2] - X[:, 3]])


def started(model, target, outputs):
    """The model with weights from wave() instead of drawn ones."""
    original = model._initialize

    def initialize(y, layer_units, dtype):
        original(y, layer_units, dtype)
        for k, (a, b) in enumerate(zip(layer_units[:-1], layer_units[1:])):
            scale = np.sqrt(6 / (a + b))
            model.coefs_[k] = scale * wave(a * b, 10 + k).reshape(a, b)
            model.intercepts_[k] = scale * wave(b, 20 + k)

    model._initialize = initialize
    return model.fit(X, target)


CASES = [
    (MLPClassifier, "hidden_layer_sizes=8", {"hidden_layer_sizes": (8,)}),
    (MLPClassifier, "hidden_layer_sizes=8,5 activation=tanh",
     {"hidden_layer_sizes": (8, 5), "activation": "tanh"}),
    (MLPClassifier, "hidden_layer_sizes=6 activation=logistic alpha=0.5",
     {"hidden_layer_sizes": (6,), "activation": "logistic", "alpha": 0.5}),
    (MLPClassifier, "hidden_layer_sizes=6 solver=sgd learning_rate_init=0.1",
     {"hidden_layer_sizes": (6,), "solver": "sgd",
      "learning_rate_init": 0.1}),
    (MLPClassifier, "hidden_layer_sizes=6 solver=sgd momentum=0.5 "
     "nesterovs_momentum=false learning_rate_init=0.2",
     {"hidden_layer_sizes": (6,), "solver": "sgd", "momentum": 0.5,
      "nesterovs_momentum": False, "learning_rate_init": 0.2}),
    (MLPClassifier, "hidden_layer_sizes=6 solver=sgd "
     "learning_rate=invscaling learning_rate_init=0.5 power_t=0.3",
     {"hidden_layer_sizes": (6,), "solver": "sgd",
      "learning_rate": "invscaling", "learning_rate_init": 0.5,
      "power_t": 0.3}),
    (MLPClassifier, "hidden_layer_sizes=6 solver=sgd learning_rate=adaptive "
     "learning_rate_init=0.3 tol=0.1 n_iter_no_change=2",
     {"hidden_layer_sizes": (6,), "solver": "sgd",
      "learning_rate": "adaptive", "learning_rate_init": 0.3, "tol": 0.1,
      "n_iter_no_change": 2}),
    (MLPRegressor, "hidden_layer_sizes=8 learning_rate_init=0.01",
     {"hidden_layer_sizes": (8,), "learning_rate_init": 0.01}),
    (MLPRegressor, "hidden_layer_sizes=7,3 activation=identity alpha=0.1 "
     "batch_size=50",
     {"hidden_layer_sizes": (7, 3), "activation": "identity", "alpha": 0.1,
      "batch_size": 50}),
]

print("/* SPDX-License-Identifier: MIT */")
print("/* mlp.h - written by gen/mlp.py with scikit-learn %s: the loss of\n"
      " * each pass, and the outputs for the first row at the end. */"
      % sklearn.__version__)
print("enum { GOLDEN_ROWS = %d, GOLDEN_COLUMNS = %d, GOLDEN_CLASSES = %d,\n"
      "       GOLDEN_TARGETS = 2, GOLDEN_EPOCHS = %d };"
      % (ROWS, COLUMNS, CLASSES, EPOCHS))
print("static const int golden_labels[] = {")
for i in range(0, ROWS, 20):
    print("    " + " ".join("%d," % v for v in y[i:i + 20]))
print("};")
print("static const struct golden_mlp {\n    const char *params;\n"
      "    bool classes;\n    double curve[GOLDEN_EPOCHS], first[3];\n"
      "} golden_mlps[] = {")
for cls, text, params in CASES:
    params = {"batch_size": 16, **params}
    if "batch_size" not in text:
        text += " batch_size=16"
    classes = cls is MLPClassifier
    model = started(cls(shuffle=False, max_iter=EPOCHS, **params),
                    y if classes else targets, None)
    first = model.predict_proba(X[:1]) if classes else model.predict(X[:1])
    curve = ["%.10g," % v for v in model.loss_curve_]
    assert len(curve) == EPOCHS
    words = text.split()
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + len(word) > 60:
            lines.append(word)
        else:
            lines[-1] += " " + word
    print("    {\n" + " \"\n".join('        "' + l for l in lines) + '",')
    print("        %s, {" % ("true" if classes else "false"))
    for i in range(0, EPOCHS, 5):
        print("            " + " ".join(curve[i:i + 5]))
    print("        }, { " + ", ".join("%.10g" % v for v in first[0])
          + " }\n    },")
print("};")
