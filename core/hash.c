/* SPDX-License-Identifier: MIT */
/*
 * hash.c - XXH64 (Yann Collet's published algorithm): 64 bits that change
 * when the data do.  Not against an adversary.
 */
#include "hash.h"

#include "bundle.h"

#include <string.h>

#define P1 UINT64_C(0x9E3779B185EBCA87)
#define P2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define P3 UINT64_C(0x165667B19E3779F9)
#define P4 UINT64_C(0x85EBCA77C2B2AE63)
#define P5 UINT64_C(0x27D4EB2F165667C5)

static uint64_t
rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static uint64_t
word(const unsigned char *p, size_t n)
{
    uint64_t v = 0;

    memcpy(&v, p, n);
    return v;
}

static uint64_t
absorb(uint64_t lane, uint64_t input)
{
    return rotate(lane + input * P2, 31) * P1;
}

static uint64_t
merge(uint64_t h, uint64_t lane)
{
    return (h ^ absorb(0, lane)) * P1 + P4;
}

/* Four lanes over blocks of 32 bytes; *p moves behind them. */
static uint64_t
blocks(const unsigned char **p, const unsigned char *end, uint64_t seed)
{
    uint64_t lane[4] = { seed + P1 + P2, seed + P2, seed, seed - P1 };
    uint64_t h;

    for (; end - *p >= 32; *p += 32)
        for (int i = 0; i < 4; i++)
            lane[i] = absorb(lane[i], word(*p + 8 * i, 8));
    h = rotate(lane[0], 1) + rotate(lane[1], 7) + rotate(lane[2], 12) +
        rotate(lane[3], 18);
    for (int i = 0; i < 4; i++)
        h = merge(h, lane[i]);
    return h;
}

uint64_t
mesa_hash(const void *data, size_t n, uint64_t seed)
{
    const unsigned char *p = data, *end = p + n;
    uint64_t h = n >= 32 ? blocks(&p, end, seed) : seed + P5;

    h += n;
    for (; end - p >= 8; p += 8)
        h = rotate(h ^ absorb(0, word(p, 8)), 27) * P1 + P4;
    if (end - p >= 4) {
        h = rotate(h ^ word(p, 4) * P1, 23) * P2 + P3;
        p += 4;
    }
    for (; p < end; p++)
        h = rotate(h ^ *p * P5, 11) * P1;
    h = (h ^ h >> 33) * P2;
    h = (h ^ h >> 29) * P3;
    return h ^ h >> 32;
}

static uint64_t
hash_matrix(const struct mesa_cmatrix *m, uint64_t h)
{
    const uint64_t shape[2] = { m->rows, m->cols };

    h = mesa_hash(shape, sizeof shape, h);
    for (size_t r = 0; r < m->rows; r++)
        h = mesa_hash(mesa_row(m, r), m->cols * sizeof *m->data, h);
    return h;
}

static uint64_t
hash_text(const char *text, uint64_t h)
{
    return mesa_hash(text, strlen(text) + 1, h);
}

/* Counts come before what they count, so that no two schemas read alike; that
 * of targets only if there are any: they came later. */
static uint64_t
hash_schema(const struct mesa_schema *s, uint64_t h)
{
    const uint64_t size[2] = { s->n_columns, s->n_classes };
    const uint64_t targets = mesa_schema_targets(s);

    h = mesa_hash(size, sizeof size, h);
    for (size_t j = 0; j < s->n_columns; j++) {
        const struct mesa_column *c = &s->column[j];
        const uint32_t kind[2] = { c->type, c->n_categories };

        h = hash_text(c->name, mesa_hash(kind, sizeof kind, h));
        for (uint32_t i = 0; i < c->n_categories; i++)
            h = hash_text(c->category[i], h);
    }
    for (uint32_t c = 0; s->class_name && c < s->n_classes; c++)
        h = hash_text(s->class_name[c], h);
    if (targets)
        h = mesa_hash(&targets, sizeof targets, h);
    for (size_t t = 0; t < targets; t++)
        h = hash_text(s->target[t], h);
    return s->label ? hash_text(s->label, h) : h;
}

/* What is absent leaves a mark too: weights are not taken for labels. */
uint64_t
mesa_hash_dataset(const struct mesa_dataset *d, uint64_t seed)
{
    const uint32_t parts[4] = { d->y != NULL, d->weight != NULL,
                                d->schema != NULL, d->n_classes };
    uint64_t h = hash_matrix(&d->x, mesa_hash(parts, sizeof parts, seed));

    if (d->y)
        h = mesa_hash(d->y, d->x.rows * sizeof *d->y, h);
    if (d->weight)
        h = mesa_hash(d->weight, d->x.rows * sizeof *d->weight, h);
    if (d->target.rows)
        h = hash_matrix(&d->target, h);
    return d->schema ? hash_schema(d->schema, h) : h;
}
