#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Known answers of tests/unit/test_hash.c.

A second implementation of XXH64, in plain integers, from the text of its
specification (Collet, xxHash fast digest algorithm, 0.1.1).  Standard
library only; any Python 3.
"""

M = 2**64 - 1
P = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9,
     0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)


def rol(x, r):
    return (x << r | x >> 64 - r) & M


def step(acc, lane):
    return rol((acc + lane * P[1]) & M, 31) * P[0] & M


def xxh64(data, seed):
    left = data
    if len(data) >= 32:
        acc = [(seed + P[0] + P[1]) & M, (seed + P[1]) & M, seed,
               (seed - P[0]) & M]
        while len(left) >= 32:
            acc = [step(a, int.from_bytes(left[8 * i:8 * i + 8], "little"))
                   for i, a in enumerate(acc)]
            left = left[32:]
        h = sum(rol(a, r) for a, r in zip(acc, (1, 7, 12, 18))) & M
        for a in acc:
            h = ((h ^ step(0, a)) * P[0] + P[3]) & M
    else:
        h = (seed + P[4]) & M
    h = (h + len(data)) & M
    while len(left) >= 8:
        lane = int.from_bytes(left[:8], "little")
        h = (rol(h ^ step(0, lane), 27) * P[0] + P[3]) & M
        left = left[8:]
    if len(left) >= 4:
        lane = int.from_bytes(left[:4], "little")
        h = (rol(h ^ lane * P[0] & M, 23) * P[1] + P[2]) & M
        left = left[4:]
    for byte in left:
        h = rol(h ^ byte * P[4] & M, 11) * P[0] & M
    h = (h ^ h >> 33) * P[1] & M
    h = (h ^ h >> 29) * P[2] & M
    return h ^ h >> 32


assert xxh64(b"", 0) == 0xEF46DB3751D8E999
assert xxh64(b"a", 0) == 0xD24EC4F1A98C6E5B
assert xxh64(b"abc", 0) == 0x44BC2CF5AD770999

bytes_ = bytes(i * 37 & 255 for i in range(200))
for n in (1, 3, 4, 7, 8, 15, 31, 32, 33, 36, 40, 63, 64, 77, 200):
    for seed in (0, 0x123456789ABCDEF0):
        print("    { %d, UINT64_C(%#x), UINT64_C(%#018x) },"
              % (n, seed, xxh64(bytes_[:n], seed)))
