/* SPDX-License-Identifier: MIT */
/* file.c - a fitted onehot to and from an archive. */
#include "onehot.h"

#include <string.h>

static mesa_status
put_sizes(struct mesa_archive *to, const char *name, size_t n,
          const size_t *size, struct mesa_error *err)
{
    uint64_t *wide = mesa_alloc_array(n, sizeof *wide);
    mesa_status st;

    if (!wide)
        return mesa_nomem(err, n, "sizes");
    for (size_t i = 0; i < n; i++)
        wide[i] = size[i];
    st = mesa_archive_put_vector(to, name, MESA_U64, n, wide, err);
    mesa_free(wide);
    return st;
}

/* Of each known value: the value, and where it goes. */
static mesa_status
put_known(const struct onehot *s, struct mesa_archive *to,
          struct mesa_error *err)
{
    size_t n = s->first[s->cols];
    double *value = mesa_alloc_array(n, sizeof *value);
    int64_t *where = mesa_alloc_array(n, sizeof *where);
    mesa_status st = value && where ? MESA_OK
                                    : mesa_nomem(err, n, "categories");

    for (size_t i = 0; i < n && st == MESA_OK; i++) {
        value[i] = s->known[i].value;
        where[i] = s->known[i].to;
    }
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "value", MESA_F64, n, value, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "to", MESA_I64, n, where, err);
    mesa_free(value);
    mesa_free(where);
    return st;
}

mesa_status
onehot_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct onehot *s = self;
    uint8_t *rare = mesa_alloc_array(s->cols, sizeof *rare);
    mesa_status st = rare ? put_sizes(to, "first", s->cols + 1, s->first, err)
                          : mesa_nomem(err, s->cols, "columns");

    for (size_t j = 0; j < s->cols && st == MESA_OK; j++)
        rare[j] = s->rare[j];
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "rare", MESA_U8, s->cols, rare, err);
    mesa_free(rare);
    if (st == MESA_OK)
        st = put_known(s, to, err);
    if (st == MESA_OK)
        st = put_sizes(to, "n_words", s->cols, s->n_words, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "words", MESA_U8, s->words_size,
                                     s->words, err);
    return st;
}

static mesa_status
load_known(struct onehot *s, const struct mesa_archive *from,
           struct mesa_error *err)
{
    const size_t columns = s->cols, bounds = s->cols + 1;
    size_t n = SIZE_MAX;
    const void *first, *rare, *value, *to;
    mesa_status st = mesa_archive_expect(from, "first", MESA_U64, 1, &bounds,
                                         &first, err);

    if (st == MESA_OK)
        st = mesa_archive_expect(from, "rare", MESA_U8, 1, &columns, &rare,
                                 err);
    if (st != MESA_OK)
        return st;
    n = ((const uint64_t *)first)[columns];
    st = mesa_archive_expect(from, "value", MESA_F64, 1, &n, &value, err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "to", MESA_I64, 1, &n, &to, err);
    if (st != MESA_OK)
        return st;
    s->known = mesa_alloc_array(n, sizeof *s->known);
    if (!s->known)
        return mesa_nomem(err, n, "categories");
    for (size_t i = 0; i < n; i++)
        s->known[i] = (struct value){ ((const double *)value)[i],
                                      ((const int64_t *)to)[i] };
    for (size_t j = 0; j < columns; j++) {
        s->rare[j] = ((const uint8_t *)rare)[j] != 0;
        s->first[j + 1] = ((const uint64_t *)first)[j + 1];
    }
    return ((const uint64_t *)first)[0] == 0
               ? MESA_OK
               : mesa_fail(err, MESA_EPARSE, "first begins with no 0");
}

/* Rows are written to places that come from the file; what is rare has the
 * last column made of one, so that there must be one. */
static mesa_status
check_known(const struct onehot *s, struct mesa_error *err)
{
    for (size_t j = 0; j < s->cols; j++) {
        int64_t n = (int64_t)onehot_n_known(s, j), last = NOWHERE;

        if (s->first[j + 1] < s->first[j] ||
            s->first[j + 1] > s->first[s->cols])
            return mesa_fail(err, MESA_EPARSE,
                             "first is not ascending at column %zu", j);
        for (size_t i = s->first[j]; i < s->first[j + 1]; i++)
            if (s->known[i].to < NOWHERE || s->known[i].to >= n)
                return mesa_fail(err, MESA_EPARSE,
                                 "to is %lld for one of the %lld categories "
                                 "of column %zu",
                                 (long long)s->known[i].to, (long long)n, j);
            else if (s->known[i].to > last)
                last = s->known[i].to;
        if (s->rare[j] && last == NOWHERE)
            return mesa_fail(err, MESA_EPARSE,
                             "rare categories have a column, but none is "
                             "made of column %zu",
                             j);
    }
    return MESA_OK;
}

static mesa_status
load_words(struct onehot *s, const struct mesa_archive *from,
           struct mesa_error *err)
{
    const size_t columns = s->cols;
    const void *n_words;
    struct mesa_tensor t;
    size_t left, ends = 0;
    mesa_status st = mesa_archive_expect(from, "n_words", MESA_U64, 1,
                                         &columns, &n_words, err);

    if (st == MESA_OK)
        st = mesa_archive_get(from, "words", &t, err);
    if (st != MESA_OK)
        return st;
    if (t.dtype != MESA_U8 || t.n_dims != 1)
        return mesa_fail(err, MESA_EPARSE, "words is no text");
    s->words_size = t.shape[0];
    s->words = mesa_alloc_array(s->words_size, 1);
    if (!s->words)
        return mesa_nomem(err, s->words_size, "bytes of names");
    memcpy(s->words, t.data, s->words_size);
    for (size_t i = 0; i < s->words_size; i++)
        ends += s->words[i] == '\0';
    left = ends;
    for (size_t j = 0; j < columns; j++) {
        uint64_t n = ((const uint64_t *)n_words)[j];

        if (n > left)
            return mesa_fail(err, MESA_EPARSE,
                             "words has %zu words, fewer than n_words says",
                             ends);
        s->n_words[j] = n;
        left -= n;
    }
    return MESA_OK;
}

mesa_status
onehot_load(void *self, const struct mesa_archive *from,
            struct mesa_error *err)
{
    struct onehot *s = self;
    size_t cols;
    mesa_status st = mesa_archive_fitted_shape(from, &cols, NULL, err);

    if (st == MESA_OK)
        st = onehot_resize(s, cols, err);
    if (st == MESA_OK)
        st = load_known(s, from, err);
    if (st == MESA_OK)
        st = check_known(s, err);
    if (st == MESA_OK)
        st = load_words(s, from, err);
    return st == MESA_OK ? onehot_list(s, err) : st;
}
