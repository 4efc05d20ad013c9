/* SPDX-License-Identifier: MIT */
/*
 * array.c - the header of a NumPy file, and its elements as doubles.
 *
 * The header is a Python dictionary of three keys behind a magic string, a
 * version and a length (numpy.lib.format).  It is read by a parser of just
 * such dictionaries, and believed only if the file has as many bytes as it
 * says.
 */
#include "array.h"

#include <stdio.h>
#include <string.h>

#define MAX_HEADER ((size_t)1 << 16)
#define BLOCK_BYTES ((size_t)1 << 18)
#define BLOCK_ROWS ((size_t)4096)

enum kind { KIND_FLOAT, KIND_INT, KIND_UINT };

struct npy_type {
    const char *descr;
    size_t      size;
    enum kind   kind;
};

static const struct npy_type types[] = {
    { "<f8", 8, KIND_FLOAT }, { "<f4", 4, KIND_FLOAT },
    { "<i8", 8, KIND_INT },   { "<i4", 4, KIND_INT },
    { "<i2", 2, KIND_INT },   { "|i1", 1, KIND_INT },
    { "<u8", 8, KIND_UINT },  { "<u4", 4, KIND_UINT },
    { "<u2", 2, KIND_UINT },  { "|u1", 1, KIND_UINT },
    { "|b1", 1, KIND_UINT },
};

/* The dictionary, and the place in it. */
struct header {
    const struct npy_array *array;
    char                   *text;
    const char             *at;
};

static mesa_status
malformed(const struct npy_array *a, const char *what, struct mesa_error *err)
{
    return mesa_fail(err, MESA_EPARSE, "%s is no NumPy file: %s", a->in.shown,
                     what);
}

static bool
take(struct header *h, char c)
{
    while (*h->at == ' ' || *h->at == '\n')
        h->at++;
    if (*h->at != c)
        return false;
    h->at++;
    return true;
}

/* A quoted string; its length is returned, SIZE_MAX if there is none. */
static size_t
take_string(struct header *h, const char **begin)
{
    char quote = take(h, '\'') ? '\'' : take(h, '"') ? '"' : '\0';
    const char *end = quote ? strchr(h->at, quote) : NULL;

    if (!end)
        return SIZE_MAX;
    *begin = h->at;
    h->at = end + 1;
    return (size_t)(end - *begin);
}

static bool
take_word(struct header *h, const char *word)
{
    while (*h->at == ' ')
        h->at++;
    if (strncmp(h->at, word, strlen(word)) != 0)
        return false;
    h->at += strlen(word);
    return true;
}

static mesa_status
take_descr(struct header *h, struct npy_array *a, struct mesa_error *err)
{
    const char *begin;
    size_t n;

    if (take(h, '['))
        return mesa_fail(err, MESA_EDATA,
                         "%s is a structured array, expected one of numbers",
                         a->in.shown);
    n = take_string(h, &begin);
    if (n >= sizeof a->descr)
        return malformed(a, "its descr is no type", err);
    memcpy(a->descr, begin, n);
    a->descr[n] = '\0';
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].descr, a->descr) == 0)
            a->type = &types[i];
    if (a->type)
        return MESA_OK;
    return mesa_fail(err, MESA_EDATA,
                     "%s has elements of type '%s', expected <f8, <f4, <i8, "
                     "<i4, <i2, |i1, <u8, <u4, <u2, |u1 or |b1; convert it "
                     "with x.astype('<f8')",
                     a->in.shown, a->descr);
}

static bool
take_size(struct header *h, size_t *out)
{
    const char *end;
    int64_t n;

    while (*h->at == ' ')
        h->at++;
    for (end = h->at; *end >= '0' && *end <= '9'; end++)
        ;
    if (!mesa_parse_int64(h->at, end, &n))
        return false;
    h->at = end;
    *out = (size_t)n;
    return true;
}

static mesa_status
take_shape(struct header *h, struct npy_array *a, struct mesa_error *err)
{
    size_t size;

    if (!take(h, '('))
        return malformed(a, "its shape is no tuple", err);
    a->rows = a->cols = 1;
    while (!take(h, ')')) {
        if (!take_size(h, &size))
            return malformed(a, "its shape is no tuple of sizes", err);
        if (a->dimensions == 0)
            a->rows = size;
        else
            a->cols = size;
        a->dimensions++;
        if (!take(h, ',') && *h->at != ')')
            return malformed(a, "its shape is no tuple of sizes", err);
    }
    if (a->dimensions != 1 && a->dimensions != 2)
        return mesa_fail(err, MESA_EDATA,
                         "%s has %zu dimensions, expected 1 or 2",
                         a->in.shown, a->dimensions);
    return MESA_OK;
}

/* One key and its value; *seen: which keys there were. */
static mesa_status
take_item(struct header *h, struct npy_array *a, unsigned *seen,
          struct mesa_error *err)
{
    static const char *const keys[] = { "descr", "fortran_order", "shape" };
    const char *begin = NULL;
    size_t n = take_string(h, &begin), k = 0;

    while (k < 3 && (n != strlen(keys[k]) || memcmp(begin, keys[k], n) != 0))
        k++;
    if (n == SIZE_MAX || k == 3 || *seen & 1u << k || !take(h, ':'))
        return malformed(a, "its header is not descr, fortran_order and "
                            "shape",
                         err);
    *seen |= 1u << k;
    if (k == 0)
        return take_descr(h, a, err);
    if (k == 2)
        return take_shape(h, a, err);
    a->fortran = take_word(h, "True");
    return a->fortran || take_word(h, "False")
               ? MESA_OK
               : malformed(a, "its fortran_order is neither True nor False",
                           err);
}

static mesa_status
parse_header(struct header *h, struct npy_array *a, struct mesa_error *err)
{
    unsigned seen = 0;
    mesa_status st = MESA_OK;

    if (!take(h, '{'))
        return malformed(a, "its header is no dictionary", err);
    while (st == MESA_OK && !take(h, '}')) {
        st = take_item(h, a, &seen, err);
        if (st == MESA_OK && !take(h, ',') && *h->at != '}')
            st = malformed(a, "its header is no dictionary", err);
    }
    if (st == MESA_OK && seen != 7)
        st = malformed(a, "its header is not descr, fortran_order and shape",
                       err);
    return st;
}

static uint64_t
little_endian(const char *p, size_t n)
{
    uint64_t v = 0;

    while (n-- > 0)
        v = v << 8 | (unsigned char)p[n];
    return v;
}

/* Magic string, version and length; then the dictionary. */
static mesa_status
read_header(struct header *h, struct npy_array *a, struct mesa_error *err)
{
    char fixed[12];
    size_t n = 10, length;
    mesa_status st;

    if (a->in.size < sizeof fixed)
        return malformed(a, "it is too short", err);
    st = csv_input_read(&a->in, 0, sizeof fixed, fixed, err);
    if (st != MESA_OK)
        return st;
    if (memcmp(fixed, "\x93NUMPY", 6) != 0)
        return malformed(a, "it does not start like one", err);
    if (fixed[6] < 1 || fixed[6] > 3 || fixed[7] != 0)
        return mesa_fail(err, MESA_EDATA,
                         "%s has version %d.%d of NumPy's format, expected "
                         "1.0, 2.0 or 3.0",
                         a->in.shown, fixed[6], fixed[7]);
    n = fixed[6] == 1 ? 10 : 12;
    length = (size_t)little_endian(fixed + 8, n - 8);
    if (length > MAX_HEADER || length > a->in.size - n)
        return malformed(a, "its header is longer than it should be", err);
    h->text = mesa_alloc_array(length + 1, 1);
    if (!h->text)
        return mesa_nomem(err, length, "bytes of a header");
    h->at = h->text;
    a->start = n + length;
    st = csv_input_read(&a->in, n, length, h->text, err);
    return st == MESA_OK ? parse_header(h, a, err) : st;
}

static mesa_status
check_size(const struct npy_array *a, struct mesa_error *err)
{
    uint64_t left = a->in.size - a->start;

    /* Divided, as products of what a file says may be anything. */
    if (a->rows == 0 || a->cols == 0)
        return mesa_fail(err, MESA_EDATA, "%s has %zu rows and %zu columns",
                         a->in.shown, a->rows, a->cols);
    if (left % a->type->size == 0 && left / a->type->size % a->cols == 0 &&
        left / a->type->size / a->cols == a->rows)
        return MESA_OK;
    return mesa_fail(err, MESA_EPARSE,
                     "%s has %llu bytes of elements, but its header says %zu "
                     "x %zu of %s",
                     a->in.shown, (unsigned long long)left, a->rows, a->cols,
                     a->descr);
}

mesa_status
npy_array_open(struct npy_array *a, const char *path, struct mesa_error *err)
{
    struct header h = { a, NULL, NULL };
    mesa_status st = csv_input_open(&a->in, path, err);

    if (st == MESA_OK)
        st = read_header(&h, a, err);
    if (st == MESA_OK)
        st = check_size(a, err);
    mesa_free(h.text);
    return st;
}

void
npy_array_close(struct npy_array *a)
{
    csv_input_close(&a->in);
}

static double
element(const struct npy_type *type, const char *p)
{
    uint64_t bits = little_endian(p, type->size);
    uint64_t sign = UINT64_C(1) << (type->size * 8 - 1);
    uint32_t half = (uint32_t)bits;
    double d;
    float f;

    if (type->kind == KIND_UINT)
        return (double)bits;
    if (type->kind == KIND_INT)
        return bits & sign ? -(double)((~bits & (sign - 1)) + 1)
                           : (double)bits;
    if (type->size == 8) {
        memcpy(&d, &bits, sizeof d);
        return d;
    }
    memcpy(&f, &half, sizeof f);
    return f;
}

/* Where columns go that are not apart. */
static double *
place(double *x, size_t row, size_t j, size_t cols, size_t apart)
{
    size_t width = cols - (apart < cols);

    return x + row * width + j - (j > apart);
}

/* n elements, whose numbers in the file start at `first`, to rows and columns
 * (row, j), (row, j + 1), ... or one below the other. */
struct run {
    size_t first, n, row, j;
    bool   down;
};

static mesa_status
read_run(const struct npy_array *a, const struct run *run, size_t apart,
         double *x, double *column, char *buffer, struct mesa_error *err)
{
    size_t size = a->type->size, row = run->row, j = run->j;
    mesa_status st = csv_input_read(&a->in,
                                    a->start + (uint64_t)run->first * size,
                                    run->n * size, buffer, err);

    for (size_t i = 0; i < run->n && st == MESA_OK; i++) {
        double v = element(a->type, buffer + i * size);

        if (j == apart && column)
            column[row] = v;
        else if (j != apart && x)
            *place(x, row, j, a->cols, apart) = v;
        if (run->down) {
            row++;
        } else if (++j == a->cols) {
            j = 0;
            row++;
        }
    }
    return st;
}

size_t
npy_array_block(const struct npy_array *a)
{
    size_t n = BLOCK_BYTES / a->type->size / a->cols;

    return a->fortran ? BLOCK_ROWS : n ? n : 1;
}

mesa_status
npy_array_read(const struct npy_array *a, size_t first, size_t n, size_t apart,
               double *x, double *column, struct mesa_error *err)
{
    size_t length = a->fortran ? n : n * a->cols;
    char *buffer = mesa_alloc_raw(length, a->type->size);
    mesa_status st = MESA_OK;

    if (!buffer)
        return mesa_nomem(err, length, "elements");
    for (size_t j = 0; j < (a->fortran ? a->cols : 1) && st == MESA_OK; j++) {
        struct run run = { a->fortran ? j * a->rows + first : first * a->cols,
                           length, 0, j, a->fortran };

        if (a->fortran && j != apart && !x)
            continue;
        st = read_run(a, &run, apart, x, column, buffer, err);
    }
    mesa_free(buffer);
    return st;
}
