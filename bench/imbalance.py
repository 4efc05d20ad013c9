# SPDX-License-Identifier: MIT
"""imbalance.py BUILD DATA_DIR - does a learned loss come to a higher average precision?

Splits all rows of Mammography anew into 60 % training, 20 % validation and 20 % test
rows, each class by itself; teaches a loss with the training rows (conf/ml3_imbalance.ini)
and has the same network trained with it, with the log loss and with the focal loss, at
several rates of which the validation rows choose one for each loss and split.
"""
import concurrent.futures
import json
import math
import os
import random
import subprocess
import sys
import tempfile

SPLITS, T = 20, 2.093  # Student's t of 19 degrees of freedom, 95 %
LOSSES = {"learned": "taught", "log": "cross_entropy", "focal": "focal"}
# Passes, rates, keys of the network.
PLANS = {
    "2 passes, gradient descent": (2, (1, 2, 4, 8), "solver = sgd\nmomentum = 0\n"),
    "5 passes, gradient descent": (5, (0.5, 1, 2, 4, 8), "solver = sgd\nmomentum = 0\n"),
    "20 passes, Adam": (20, (0.003, 0.01, 0.03), ""),
}
BUILD, DATA = os.path.abspath(sys.argv[1]), sys.argv[2]
CONF = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../conf/ml3_imbalance.ini")


def mesa(*arguments):
    subprocess.run([BUILD + "/mesa-core", "-q", *arguments], check=True,
                   stdout=subprocess.DEVNULL)


def write(name, text):
    with open(name, "w") as f:
        f.write(text)


def teach(folder, seed):
    """The loss that the training rows teach; its conf with another [table]."""
    text = open(CONF).read()
    head, rest = text.split("[table]\n")
    table = "[table]\ntype = csv\nfile = train.csv\nlabel = label\n"
    write(folder + "/teach.ini", head + table + "\n" + rest[rest.index("[estimator]"):])
    mesa("-c", folder + "/teach.ini", "--threads", "1", "--set", "run.seed=%d" % seed,
         "--set", "run.output=" + folder + "/taught")


def compare(folder, seed, plan, part):
    """Average precision of each (loss, rate), of the rows of `part`."""
    passes, rates, keys = PLANS[plan]
    names = {"%s_%d" % (loss, i): (loss, i) for loss in LOSSES for i in range(len(rates))}
    text = ("[run]\nseed = %d\n[data]\ntype = csv\ntrain = train.csv\ntest = %s.csv\n"
            "label = label\n[evaluate]\nmetrics = aucprc\n[metalearner]\ntype = compare\n"
            "methods = %s\n[taught]\ntype = learned\nstate = taught/loss.safetensors\n"
            % (seed, part, ", ".join(names)))
    for name, (loss, i) in names.items():
        text += ("[%s]\ntype = mlp\nhidden_layer_sizes = 32\nmax_iter = %d\ntol = 0\n"
                 "n_iter_no_change = 100000\nlearning_rate_init = %g\nloss = %s\n%s"
                 % (name, passes, rates[i], LOSSES[loss], keys))
    write(folder + "/compare.ini", text)
    out = folder + "/" + part
    mesa("-c", folder + "/compare.ini", "--threads", "1", "--force", "--set",
         "run.output=" + out)
    methods = json.load(open(out + "/summary.json"))["methods"]
    return {key: methods[name]["test"]["aucprc"]["mean"] for name, key in names.items()}


def split(seed, head, rows):
    """Per plan, what each loss comes to on the test rows of one split."""
    with tempfile.TemporaryDirectory() as folder:
        parts = {"train": [], "valid": [], "test": []}
        for label in ("0", "1"):
            own = [r for r in rows if float(r.rsplit(",", 1)[1]) == float(label)]
            random.Random(seed).shuffle(own)
            a, b = round(0.6 * len(own)), round(0.8 * len(own))
            for part, some in zip(parts, (own[:a], own[a:b], own[b:])):
                parts[part] += some
        for part in parts:
            write("%s/%s.csv" % (folder, part), head + "".join(parts[part]))
        teach(folder, seed)
        found = {}
        for plan in PLANS:
            valid = compare(folder, seed, plan, "valid")
            test = compare(folder, seed, plan, "test")
            found[plan] = {loss: test[max((k for k in valid if k[0] == loss),
                                          key=lambda k: (valid[k], -k[1]))]
                           for loss in LOSSES}
        return found


def difference(one, other):
    d = [a - b for a, b in zip(one, other)]
    mean = sum(d) / len(d)
    half = T * math.sqrt(sum((x - mean) ** 2 for x in d) / (len(d) - 1) / len(d))
    return "%+.3f (%+.3f to %+.3f)" % (mean, mean - half, mean + half)


rows = []
for part in ("train", "valid", "test"):
    with open("%s/Mammo_%s.csv" % (DATA, part)) as f:
        head, *some = f.readlines()
        rows += some
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    found = list(pool.map(lambda s: split(s, head, rows), range(SPLITS)))
print("| | log loss | focal loss | learned | learned - log | learned - focal |")
print("|---|---|---|---|---|---|")
for plan in PLANS:
    of = {loss: [f[plan][loss] for f in found] for loss in LOSSES}
    print("| %s | %s | %s | %s |" % (
        plan, " | ".join("%.3f" % (sum(of[k]) / SPLITS) for k in ("log", "focal", "learned")),
        difference(of["learned"], of["log"]), difference(of["learned"], of["focal"])))
