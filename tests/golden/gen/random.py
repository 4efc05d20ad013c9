#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Golden values of tests/unit/test_random.c.

A second implementation of the streams, in plain integers, from the text of
Salmon et al. (SC 2011) and the comments of core/random.c.  Standard library
only; any Python 3.
"""

MASK32, MASK64 = 2**32 - 1, 2**64 - 1


def philox(key, hi, lo):
    k = [key & MASK32, key >> 32]
    c = [lo & MASK32, lo >> 32, hi & MASK32, hi >> 32]
    for r in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [p1 >> 32 ^ c[1] ^ k[0], p1 & MASK32,
             p0 >> 32 ^ c[3] ^ k[1], p0 & MASK32]
        k = [(k[0] + 0x9E3779B9) & MASK32, (k[1] + 0xBB67AE85) & MASK32]
    return c[1] << 32 | c[0], c[3] << 32 | c[2]


def derive(identity, name, i):
    key, stream = identity
    data = name.encode()
    words = [int.from_bytes(data[at:at + 8], "little")
             for at in range(0, len(data), 8)]
    for word in words + [len(data), i]:
        a, b = philox(word, stream, key)
        key, stream = key ^ a, stream ^ b
    return key, stream


def elements(identity):
    block = 0
    while True:
        yield from philox(identity[0], identity[1], block)
        block += 1


def below(draws, n):
    while True:
        product = next(draws) * n
        if product & MASK64 >= 2**64 % n:
            return product >> 64


def choice(draws, n, k):
    array = {}
    out = []
    for i in range(k):
        j = i + below(draws, n - i)
        out.append(array.get(j, j))
        array[j] = array.get(i, i)
    return out


def main():
    root = (42, 0)
    draws = elements(root)
    print("bits of seed 42:", [hex(next(draws)) for _ in range(3)])
    for name, i in (("", 0), ("fold", 0), ("fold", 1), ("repetition", 7)):
        print("derive", repr(name), i, [hex(w) for w in derive(root, name, i)])
    print("choice 10 of 10:", choice(elements(root), 10, 10))
    print("choice 5 of 1e9:", choice(elements(root), 10**9, 5))
    draws = elements(root)
    print("below 3 * 2^61:", [hex(below(draws, 3 * 2**61)) for _ in range(6)])


if __name__ == "__main__":
    main()
