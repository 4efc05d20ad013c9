#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/graph.h: a Hessian-vector product by PyTorch.

Run with torch 2.x, in double precision:
    python3 tests/golden/gen/graph.py > tests/golden/graph.h
"""

import torch

ROWS, SIZES = 5, [4, 6, 5, 3]


def numbers(which, *shape):
    """What test_graph_grad.c makes its inputs of: exact in binary64."""
    n = torch.Size(shape).numel()
    return torch.tensor([((i * 37 + which * 11 + 5) % 101 - 50) / 64
                         for i in range(n)], dtype=torch.float64
                        ).reshape(shape)


def loss(*weights):
    h = numbers(0, ROWS, SIZES[0])
    for k in range(3):
        h = h @ weights[2 * k] + weights[2 * k + 1]
        h = torch.tanh(h) if k < 2 else h
    target = torch.arange(ROWS) % SIZES[-1]
    return torch.nn.functional.cross_entropy(h, target)


def shown(name, tensors):
    flat = [x for t in tensors for x in t.flatten().tolist()]
    print("static const double golden_%s[] = {" % name)
    for x in flat:
        print("    %.17g," % x)
    print("};")


shapes = [s for k in range(3) for s in ((SIZES[k], SIZES[k + 1]),
                                        (SIZES[k + 1],))]
weights = tuple(numbers(1 + k, *s) for k, s in enumerate(shapes))
direction = tuple(numbers(7 + k, *s) for k, s in enumerate(shapes))
leaves = tuple(w.clone().requires_grad_() for w in weights)
value = loss(*leaves)
print("/* SPDX-License-Identifier: MIT */")
print("/* graph.h - written by gen/graph.py with torch %s: cross-entropy of a"
      "\n * network, its gradient, and its Hessian times a direction. */"
      % torch.__version__.split("+")[0])
shown("loss_value", [value])
shown("gradient", torch.autograd.grad(value, leaves))
shown("hvp", torch.autograd.functional.hvp(loss, weights, direction)[1])
