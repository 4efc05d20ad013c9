#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/golden/sac.h: updates of soft actor-critic by torch, and
histograms by numpy.

Run with torch 2.15.0 and numpy 1.24:
    python3 tests/golden/gen/sac.py > tests/golden/sac.h
"""

import math

import numpy as np
import torch

STATES, HIDDEN, BATCH, STEPS = 4, 3, 5, 3
LR, DECAY_STEPS, DECAY, TAU, INTERVAL = 0.01, 2, 0.5, 0.25, 2
GAMMA, ALPHA = 0.9, 0.2
POLICY = [(STATES, HIDDEN), (HIDDEN,), (HIDDEN, 1), (1,), (HIDDEN, 1), (1,)]
CRITIC = [(2, STATES, HIDDEN), (2, 1, HIDDEN), (2, 1, HIDDEN),
          (2, HIDDEN, HIDDEN), (2, 1, HIDDEN), (2, HIDDEN, 1), (2, 1, 1)]


def number(k, salt):
    """What test_sac.c computes too."""
    return ((k * 37 + salt * 11) % 23 - 11) / 12


def filled(shape, salt):
    n = math.prod(shape)
    return torch.tensor([number(k, salt) for k in range(n)],
                        dtype=torch.float64).reshape(shape)


def act(kind, w, state, noise):
    hidden = torch.relu(state @ w[0] + w[1])
    mean = hidden @ w[2] + w[3]
    if kind == "deterministic":
        move = (0.1 * noise).clamp(-0.25, 0.25)
        return ((0.5 * torch.tanh(mean) + 0.5 + move).clamp(0, 1),
                torch.zeros(()))
    log_std = (hidden @ w[4] + w[5]).clamp(-20, 2)
    normal = torch.distributions.Normal(mean, log_std.exp())
    x = mean + log_std.exp() * noise
    y = torch.tanh(x)
    density = normal.log_prob(x) - torch.log(0.5 * (1 - y ** 2) + 1e-6)
    return 0.5 * y + 0.5, density.sum(1, keepdim=True)


def value(w, state, action):
    h = torch.relu(state @ w[0] + action @ w[1] + w[2])
    return torch.relu(h @ w[3] + w[4]) @ w[5] + w[6]


def run(kind, tuned):
    policy = [filled(s, i).requires_grad_() for i, s in enumerate(POLICY)]
    critic = [filled(s, 10 + i).requires_grad_()
              for i, s in enumerate(CRITIC)]
    target = [filled(s, 20 + i) for i, s in enumerate(CRITIC)]
    log_alpha = torch.tensor([math.log(ALPHA)], dtype=torch.float64,
                             requires_grad=True)
    used = policy if kind == "gaussian" else policy[:4]
    adams = [torch.optim.Adam(p, lr=LR) for p in (used, critic)]
    rates = [torch.optim.lr_scheduler.StepLR(a, DECAY_STEPS, DECAY)
             for a in adams]
    adams.append(torch.optim.Adam([log_alpha], lr=LR))
    for step in range(STEPS):
        data = [filled(s, 30 + 7 * step + i) for i, s in enumerate(
            [(BATCH, STATES), (BATCH, 1), (BATCH, 1), (BATCH, 1),
             (BATCH, STATES), (BATCH, 1), (BATCH, 1)])]
        state, action, reward, mask, after, noise, after_noise = data
        mask = (mask > 0).double()
        alpha = log_alpha.exp().detach() if tuned else torch.tensor(
            ALPHA if kind == "gaussian" else 0.0)
        with torch.no_grad():
            then, density = act(kind, policy, after, after_noise)
            q = value(target, after, then)
            v = torch.min(q[0], q[1]) - alpha * density
            v = reward + mask * GAMMA * v
        losses = ((value(critic, state, action) - v) ** 2).mean((1, 2))
        now, density = act(kind, policy, state, noise)
        q = value(critic, state, now)
        policy_loss = (alpha * density - torch.min(q[0], q[1])).mean()
        alpha_loss = -(log_alpha * (density - 1).detach()).mean()
        grads = [torch.autograd.grad(policy_loss, used, retain_graph=True),
                 torch.autograd.grad(losses.sum(), critic),
                 torch.autograd.grad(alpha_loss, [log_alpha])]
        for params, grad in zip([used, critic, [log_alpha]], grads):
            for p, g in zip(params, grad):
                p.grad = g
        for adam in adams:
            adam.step()
        for rate in rates:
            rate.step()
        if step % INTERVAL == 0:
            target = [(1 - TAU) * t + TAU * c.detach()
                      for t, c in zip(target, critic)]
    flat = [torch.cat([p.detach().reshape(-1) for p in params]).tolist()
            for params in (policy, critic, target)]
    return flat + [losses.tolist() + [policy_loss.item(), log_alpha.item()]]


def array(name, values, kind="double"):
    print("static const %s %s[] = {" % (kind, name))
    for i in range(0, len(values), 4):
        print("    " + " ".join("%r," % x for x in values[i:i + 4]))
    print("};")


print("/* SPDX-License-Identifier: MIT */")
print("/* sac.h - written by gen/sac.py with torch %s and numpy %s: weights\n"
      " * after %d updates; histograms. */"
      % (torch.__version__.split("+")[0], np.__version__, STEPS))
for name, kind, tuned in [("gaussian", "gaussian", False),
                          ("tuned", "gaussian", True),
                          ("deterministic", "deterministic", False)]:
    for part, values in zip(["policy", "critic", "target", "end"],
                            run(kind, tuned)):
        array("golden_%s_%s" % (name, part), values)

WEIGHTS = [filled(s, i) for i, s in enumerate(POLICY)]
ACTING = filled((BATCH, STATES), 90)
HIDDEN_UNITS = torch.relu(ACTING @ WEIGHTS[0] + WEIGHTS[1])
array("golden_centre", (HIDDEN_UNITS @ WEIGHTS[2] + WEIGHTS[3]
                        ).reshape(-1).tolist())
array("golden_log_std", (HIDDEN_UNITS @ WEIGHTS[4] + WEIGHTS[5]
                         ).reshape(-1).tolist())

ERRORS = [k / 30 for k in range(31)] + [0.2, 0.6, 0.6000000000000001, 0.1,
                                        0.7999999999999999, 0.3, 0.7]
array("golden_errors", ERRORS)
for bins in (1, 3, 5, 10):
    array("golden_unit_%d" % bins,
          np.histogram(ERRORS, bins, range=(0, 1))[0].tolist(), "size_t")
    array("golden_data_%d" % bins,
          np.histogram(ERRORS[3:25], bins)[0].tolist(), "size_t")
    array("golden_alike_%d" % bins,
          np.histogram([0.25] * 7, bins)[0].tolist(), "size_t")
