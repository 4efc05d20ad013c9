# SPDX-License-Identifier: MIT
"""Run an ONNX model on the rows of a CSV file; compare with predictions.

export.py MODEL ROWS COLUMNS PREDICTIONS: the first COLUMNS of ROWS, and what
mesa-core predict made of them.  Prints what differs; exit status 77 where
onnxruntime is missing, 1 where probabilities differ by more than rounding to
float explains, or the more probable class does.
"""
import csv
import sys

try:
    import numpy
    import onnxruntime
except ImportError:
    sys.exit(77)

TOLERANCE = 1e-6  # float has 24 bits; sums of a hundred members


def read(path):
    with open(path, newline="") as file:
        return list(csv.reader(file))[1:]


def main(model, rows, columns, predictions):
    session = onnxruntime.InferenceSession(
        model, providers=["CPUExecutionProvider"])
    x = numpy.array([[float(v) if v != "NA" else numpy.nan
                      for v in row[:int(columns)]] for row in read(rows)],
                    numpy.float32)
    label, proba = session.run(["label", "probabilities"], {"x": x})
    expected = read(predictions)
    p = numpy.array([[float(v) for v in row[2:]] for row in expected])
    worst = numpy.abs(p - proba).max()
    top = numpy.sort(p, axis=1)
    clear = top[:, -1] - top[:, -2] > TOLERANCE
    wrong = sum(c and a != row[1]
                for c, a, row in zip(clear, label, expected))
    print(f"{len(x)} rows: largest difference {worst:.3g}, "
          f"{wrong} other classes")
    return worst > TOLERANCE or wrong > 0 or p.shape != proba.shape


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
