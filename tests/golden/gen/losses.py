#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/losses.h: losses and their gradients.

Run with torch 2.15 and scikit-learn 1.2.1, whose hinge_loss is that of
Crammer and Singer; focal is written out after Lin et al., equation 5.
    python3 tests/golden/gen/losses.py > tests/golden/losses.h
"""

import numpy as np
import torch
from sklearn.metrics import hinge_loss
from torch.nn import functional as f

ROWS, CLASSES = 5, 3
rng = np.random.RandomState(3)
scores = np.round(2 * rng.randn(ROWS, CLASSES), 3)
label = np.array([0, 2, 1, 1, 2])
target = np.eye(CLASSES)[label]


def focal(z, t, gamma, alpha=None):
    log_p = (f.log_softmax(z, 1) * t).sum(1)
    weight = 1 if alpha is None else (t * torch.tensor(alpha)).sum(1)
    return (-weight * (1 - log_p.exp()) ** gamma * log_p).mean()


def hinge(z, t):
    own = (z * t).sum(1)
    other = (z - 1e9 * t).max(1).values
    value = torch.relu(1 + other - own).mean()
    assert np.isclose(value.item(), hinge_loss(label, z.detach().numpy()))
    return value


W = [0.5, 2.0, 1.25]
CASES = [
    ("mse", "", lambda z, t: f.mse_loss(z, t)),
    ("mae", "", lambda z, t: f.l1_loss(z, t)),
    ("huber", "", lambda z, t: f.huber_loss(z, t)),
    ("huber", "delta=0.3", lambda z, t: f.huber_loss(z, t, delta=0.3)),
    ("huber", "delta=2.5", lambda z, t: f.huber_loss(z, t, delta=2.5)),
    ("cross_entropy", "", lambda z, t: f.cross_entropy(z, t)),
    ("cross_entropy", "label_smoothing=0.1",
     lambda z, t: f.cross_entropy(z, torch.tensor(label),
                                  label_smoothing=0.1)),
    ("cross_entropy", "class_weight=0.5,2,1.25",
     lambda z, t: f.cross_entropy(z, torch.tensor(label),
                                  weight=torch.tensor(W).double())),
    ("cross_entropy", "label_smoothing=0.2 class_weight=0.5,2,1.25",
     lambda z, t: f.cross_entropy(z, torch.tensor(label),
                                  weight=torch.tensor(W).double(),
                                  label_smoothing=0.2)),
    ("focal", "", lambda z, t: focal(z, t, 2.0)),
    ("focal", "gamma=0", lambda z, t: focal(z, t, 0.0)),
    ("focal", "gamma=0.5", lambda z, t: focal(z, t, 0.5)),
    ("focal", "gamma=5 alpha=0.5,2,1.25", lambda z, t: focal(z, t, 5.0, W)),
    ("hinge", "", hinge),
]


def row(values):
    return "{ " + ", ".join("%.17g" % v for v in np.ravel(values)) + " }"


def wrapped(values, indent):
    words = ["%.17g," % v for v in np.ravel(values)]
    lines = [" " * indent + " ".join(words[i:i + 3])
             for i in range(0, len(words), 3)]
    return "\n".join(lines)


print("/* SPDX-License-Identifier: MIT */")
print("/* losses.h - written by gen/losses.py with torch %s: scores,\n"
      " * classes, and each loss with its gradient. */"
      % torch.__version__.split("+")[0])
print("enum { GOLDEN_ROWS = %d, GOLDEN_CLASSES = %d };" % (ROWS, CLASSES))
print("static const double golden_scores[] = {\n%s\n};" % wrapped(scores, 4))
print("static const int golden_labels[] = { %s };"
      % ", ".join(map(str, label)))
print("static const struct golden_loss {\n    const char *name, *params;\n"
      "    double value, gradient[%d];\n} golden_losses[] = {"
      % scores.size)
for name, params, loss in CASES:
    z = torch.tensor(scores, requires_grad=True)
    value = loss(z, torch.tensor(target))
    value.backward()
    print('    { "%s", "%s", %.17g, {\n%s\n    } },'
          % (name, params, value.item(), wrapped(z.grad.numpy(), 8)))
print("};")
