/* SPDX-License-Identifier: MIT */
/* hash.h - XXH64: has this changed? */
#ifndef MESA_CORE_HASH_H
#define MESA_CORE_HASH_H

#include "internal.h"

uint64_t mesa_hash(const void *data, size_t n, uint64_t seed);

/* Values, labels, weights, and the names of columns and classes: the same
 * for a dataset whatever its stride and row index.  Little-endian machines
 * agree with each other. */
uint64_t mesa_hash_dataset(const struct mesa_dataset *data, uint64_t seed);

#endif
