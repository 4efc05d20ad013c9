/* SPDX-License-Identifier: MIT */
/* onehot.h - what the files of the onehot transform share. */
#ifndef MESA_TRANSFORMS_ONEHOT_H
#define MESA_TRANSFORMS_ONEHOT_H

#include <mesa/mesa.h>

enum drop { DROP_NONE, DROP_FIRST, DROP_IF_BINARY };
enum unknown { UNKNOWN_ERROR, UNKNOWN_IGNORE, UNKNOWN_INFREQUENT };

/* A known value of a column; where its 1 goes, counted from the first column
 * that is made of the column; NOWHERE if that was dropped. */
enum { NOWHERE = -1 };

struct value {
    double  value;
    int64_t to;
};

struct onehot {
    struct mesa_list columns;
    int              drop, handle_unknown;
    double           min_frequency;
    int64_t          max_categories;

    size_t  cols, width;
    size_t *first; /* cols + 1: known values of each; none: it stays */
    size_t *base;  /* cols + 1: the first column made of each        */
    bool   *rare;  /* is the last one made of each for rare values?  */
    struct value                 *known;
    struct mesa_transform_column *column; /* NULL: all stay */
    size_t *n_words; /* of each column */
    char   *words;   /* each with its '\0' */
    size_t  words_size;
};

/* Ascending, NaN last: for qsort. */
int onehot_compare(const void *a, const void *b);

/* Nothing is known of so many columns. */
mesa_status onehot_resize(struct onehot *s, size_t cols,
                          struct mesa_error *err);
size_t onehot_n_known(const struct onehot *s, size_t j);
/* The columns of the result, once first, known and rare are right. */
mesa_status onehot_list(struct onehot *s, struct mesa_error *err);

mesa_status onehot_fit(void *self, const struct mesa_dataset *train,
                       struct mesa_error *err);
mesa_status onehot_save(const void *self, struct mesa_archive *to,
                        struct mesa_error *err);
mesa_status onehot_load(void *self, const struct mesa_archive *from,
                        struct mesa_error *err);
mesa_status onehot_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
                           uint32_t *out, struct mesa_error *err);

#endif
