# SPDX-License-Identifier: MIT
# events.py - what TensorBoard's own reader finds in RUN against
# metrics.csv: each step once, the same figures.  Prints the histograms' tags.
#
#   events.py RUN
import csv
import math
import struct
import sys

from tensorboard.backend.event_processing import event_accumulator

run = sys.argv[1]
events = event_accumulator.EventAccumulator(
    run, size_guidance={"scalars": 0, "histograms": 0})
events.Reload()
tags = events.Tags()

expected = {}
with open(run + "/metrics.csv", newline="") as file:
    for row in csv.DictReader(file):
        tag = "/".join(part for part in (row["split"], row["metric"]) if part)
        value = struct.unpack("f", struct.pack("f", float(row["value"])))[0]
        expected.setdefault(tag, []).append((int(row["step"]), value))

assert sorted(expected) == sorted(
    tag for tag in tags["scalars"] if not tag.endswith(", not finite"))
for tag, rows in expected.items():
    found = [(event.step, event.value) for event in events.Scalars(tag)]
    assert len(found) == len(rows), (tag, len(found), len(rows))
    for (step, value), (wanted_step, wanted) in zip(found, rows):
        assert step == wanted_step, (tag, step, wanted_step)
        assert value == wanted or math.isnan(value) and math.isnan(wanted)

for tag in sorted(tags["histograms"]):
    steps = events.Histograms(tag)
    assert len({event.step for event in steps}) == len(steps) <= 200, tag
    for event in steps:
        h = event.histogram_value
        assert sum(h.bucket) == h.num > 0, tag
        assert h.min <= h.sum / h.num * (1 + 1e-12) + 1e-12
        assert list(h.bucket_limit) == sorted(h.bucket_limit)
        assert h.bucket_limit[-1] == h.max
    print(tag)
