/* SPDX-License-Identifier: MIT */
/*
 * mutations.h - a file broken in every simple way: cut short at each byte,
 * each byte replaced.  A source reads what is left, or says in one line what
 * is wrong.
 */
#ifndef MESA_TEST_MUTATIONS_H
#define MESA_TEST_MUTATIONS_H

#include "source_fixture.h"

static inline void
open_mutant(struct fixture *fx, const struct mesa_plugin *plugin,
            const char *lines, const char *bytes, size_t n)
{
    struct mesa_error e = { MESA_OK, 0, "", "" };
    FILE *to = fopen(fx->path[0], "wb");

    assert_non_null(to);
    assert_int_equal(fwrite(bytes, 1, n, to), n);
    assert_int_equal(fclose(to), 0);
    if (fixture_open(fx, plugin, lines, 1, &e) == MESA_OK)
        return;
    assert_true(e.message[0] != '\0');
    assert_null(strchr(e.message, '\n'));
    assert_true(e.status == MESA_EPARSE || e.status == MESA_EDATA ||
                e.status == MESA_EINVAL || e.status == MESA_ENOMEM);
}

/* The fixture's first file is the one that is written. */
static inline void
open_mutants(struct fixture *fx, const struct mesa_plugin *plugin,
             const char *lines, const char *bytes, size_t n)
{
    static const char other[] = "\n\r ,'\"\\{}@?%#:-.0a\x00\x80\xff";
    char *copy = mesa_alloc_raw(n, 1);

    assert_non_null(copy);
    memcpy(copy, bytes, n);
    for (size_t i = 0; i < n; i++)
        open_mutant(fx, plugin, lines, copy, i);
    for (size_t i = 0; i < n; i++) {
        copy[i] = other[i * 7 % (sizeof other - 1)];
        open_mutant(fx, plugin, lines, copy, n);
        copy[i] = (char)(bytes[i] ^ 1 << i % 8);
        open_mutant(fx, plugin, lines, copy, n);
        copy[i] = bytes[i];
    }
    mesa_free(copy);
}

/* The values of a dataset, NaN for NaN. */
static inline void
assert_values(const struct mesa_dataset *d, const double *x, const int32_t *y)
{
    for (size_t r = 0; r < d->x.rows; r++)
        for (size_t j = 0; j < d->x.cols; j++) {
            double v = mesa_row(&d->x, r)[j], w = x[r * d->x.cols + j];

            if (w == w)
                assert_bits_equal(v, w);
            else
                assert_true(v != v);
        }
    if (y)
        assert_memory_equal(d->y, y, d->x.rows * sizeof *y);
}

#endif
