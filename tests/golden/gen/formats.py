#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Small files of three formats, and what their Python readers make of them.

    python3 tests/golden/gen/formats.py > tests/golden/formats.h
"""
import io
import sys

import numpy
import scipy
import scipy.io.arff
import sklearn
from sklearn.datasets import load_svmlight_file


def wrap(items, indent="    "):
    line = indent
    for item in items:
        if len(line) + len(item) > 77:
            print(line.rstrip())
            line = indent
        line += item + " "
    print(line.rstrip())


def put_doubles(name, values):
    values = numpy.asarray(values, float).ravel()
    print(f"static const double {name}[] = {{")
    wrap(("NAN" if v != v else v.hex()) + "," for v in values)
    print("};\n")


def put_labels(name, values):
    print(f"static const int32_t {name}[] = {{")
    wrap(f"{int(v)}," for v in values)
    print("};\n")


def put_text(name, text):
    print(f"static const char {name}[] =")
    lines = text.splitlines(keepends=True)
    for i, line in enumerate(lines):
        line = line.replace("\\", "\\\\").replace('"', '\\"')
        line = line.replace("\n", "\\n")
        print(f'    "{line}"' + (";\n" if i + 1 == len(lines) else ""))


def put_bytes(name, data):
    print(f"static const char {name}[] = {{")
    wrap(f"{b if b < 128 else b - 256}," for b in data)
    print("};\n")


def arff(rng):
    text = "% a comment\n@RELATION 'two words'\n\n"
    text += "@ATTRIBUTE first NUMERIC\n@attribute 'second one' real\n"
    text += "@Attribute color {red,green,blue}\n@ATTRIBUTE n INTEGER\n"
    text += "@ATTRIBUTE class {-1,1}\n\n@DATA\n"
    for i in range(12):
        x = rng.normal(size=2)
        color = ("red", "green", "blue")[i % 3]
        second = "?" if i == 4 else repr(float(x[1]))
        text += f"{float(x[0])!r},{second},{color},{i - 3},{i % 2 * 2 - 1}\n"
        if i == 6:
            text += "% between rows\n"
    data, meta = scipy.io.arff.loadarff(io.StringIO(text))
    columns = []
    for name in meta.names():
        kind, values = meta[name]
        if kind == "nominal":
            columns.append([values.index(v.decode()) for v in data[name]])
        else:
            columns.append(data[name])
    put_text("arff_text", text)
    put_doubles("arff_x", numpy.column_stack(columns[:-1]))
    put_labels("arff_y", columns[-1])


def svmlight(rng):
    text = "# a comment\n"
    for i in range(12):
        pairs = [f"{j}:{round(float(rng.normal()), 4)}" for j in range(1, 8)
                 if rng.random() < 0.5]
        text += " ".join(["+1" if i % 3 == 0 else "-1"] + pairs)
        text += " # last\n" if i == 11 else "\n"
    text += "-1 1:1e-3 7:2\n"
    x, y = load_svmlight_file(io.BytesIO(text.encode()))
    put_text("libsvm_text", text)
    put_doubles("libsvm_x", x.toarray())
    put_labels("libsvm_y", y > 0)


def npy(rng):
    names = []
    for i, descr in enumerate(("<f8", "<f4", "<i8", "<i4", "<i2", "|i1",
                               "<u8", "<u4", "<u2", "|u1", "|b1")):
        x = (rng.normal(size=(5, 3)) * 40).astype(descr)
        x[:, 2] = numpy.arange(5) % 2
        if i % 2:
            x = numpy.asfortranarray(x)
        out = io.BytesIO()
        numpy.lib.format.write_array(out, x, (1 + i % 3, 0))
        name = "npy_" + descr[1:]
        put_bytes(name, out.getvalue())
        out.seek(0)
        put_doubles(name + "_x", numpy.load(out).astype(float))
        names.append(name)
    print("static const struct npy_case {\n    const char   *bytes;\n"
          "    size_t        n;\n    const double *x;\n} npy_cases[] = {")
    for name in names:
        print(f"    {{ {name}, sizeof {name}, {name}_x }},")
    print("};\n")


print("/* SPDX-License-Identifier: MIT */")
print("/*\n * formats.h - files and what is in them.  Made by\n"
      " * tests/golden/gen/formats.py with Python "
      f"{sys.version.split()[0]}, NumPy {numpy.__version__},\n"
      f" * SciPy {scipy.__version__}, scikit-learn {sklearn.__version__}.\n"
      " */")
print("#ifndef MESA_GOLDEN_FORMATS_H\n#define MESA_GOLDEN_FORMATS_H\n")
print("#include <math.h>\n#include <stdint.h>\n")
generator = numpy.random.default_rng(7)
arff(generator)
svmlight(generator)
npy(generator)
print("#endif")
