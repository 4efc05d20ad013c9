#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/optimizer.h: parameters after some steps, by torch.

Run with torch 2.15.0:
    python3 tests/golden/gen/optimizer.py > tests/golden/optimizer.h
"""

import torch
from torch.optim import lr_scheduler as schedules

STEPS = 12
START = [0.5, -1.25, 2.0, 0.0, 1e-3]


def gradient(step, i):
    """What test_optimizer.c computes too: exact in binary."""
    return ((step * 7 + i * 5) % 11 - 5) / 8 + (i == 4) * 1e3


def run(make, schedule=None):
    p = torch.nn.Parameter(torch.tensor(START, dtype=torch.float64))
    optimizer = make([p])
    rate = schedule(optimizer) if schedule else None
    for step in range(STEPS):
        p.grad = torch.tensor([gradient(step, i) for i in range(len(START))],
                              dtype=torch.float64)
        optimizer.step()
        if rate:
            rate.step()
    return p.tolist()


def adam(**options):
    return lambda p: torch.optim.Adam(p, **options)


def sgd(**options):
    return lambda p: torch.optim.SGD(p, **options)


CASES = [
    ("adam", run(adam())),
    ("adam_constants", run(adam(lr=0.1, betas=(0.5, 0.7), eps=0.01))),
    ("adam_no_mean", run(adam(lr=0.01, betas=(0.0, 0.99)))),
    ("adam_step", run(adam(lr=0.05),
                      lambda o: schedules.StepLR(o, 5, gamma=0.3))),
    ("adam_cosine", run(adam(lr=0.05),
                        lambda o: schedules.CosineAnnealingLR(o, 12))),
    ("sgd", run(sgd(lr=0.1))),
    ("sgd_linear", run(sgd(lr=0.1), lambda o: schedules.LinearLR(
        o, start_factor=1.0, end_factor=0.0, total_iters=8))),
    ("sgd_momentum", run(sgd(lr=0.1, momentum=0.9))),
    ("sgd_nesterov", run(sgd(lr=0.1, momentum=0.9, nesterov=True))),
]

print("/* SPDX-License-Identifier: MIT */")
print("/* optimizer.h - written by gen/optimizer.py with torch %s: parameters"
      "\n * after %d steps of each optimizer. */"
      % (torch.__version__.split("+")[0], STEPS))
print("enum { GOLDEN_STEPS = %d, GOLDEN_WIDTH = %d };\n" % (STEPS, len(START)))
print("static const double golden_start[GOLDEN_WIDTH] = {")
print("    " + ", ".join(repr(x) for x in START) + "\n};\n")
for name, values in CASES:
    print("static const double golden_%s[GOLDEN_WIDTH] = {" % name)
    for x in values:
        print("    %r," % x)
    print("};\n" if name != CASES[-1][0] else "};")
