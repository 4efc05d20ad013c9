/* SPDX-License-Identifier: MIT */
/*
 * asker.h - a metalearner of rows without labels that keeps its promises, for
 * plugins that break one: it asks for two rows in each step, the first that
 * have no label, and learns nothing from them.
 *
 * A module defines its own slots and names them in FAULTY_ASKER; those it does
 * not name are these.
 */
#ifndef MESA_TESTS_ASKER_H
#define MESA_TESTS_ASKER_H

#include <mesa/mesa.h>

#include <string.h>

enum { ASKER_ROWS = 256, ASKER_EACH = 2 };

struct asker {
    const struct mesa_dataset *data;
    int32_t                    label[ASKER_ROWS]; /* -1: not known */
    int32_t                    given[ASKER_ROWS]; /* to what is fitted on */
    struct mesa_subset         known;
    uint64_t                   told_later; /* for those that count */
};

static inline mesa_status
asker_begin(void *self, const struct mesa_host *host, struct mesa_error *err)
{
    struct asker *a = self;

    a->data = mesa_host_data(host, MESA_PART_TRAIN);
    if (!a->data || !a->data->y || a->data->x.rows > ASKER_ROWS)
        return mesa_fail(err, MESA_EDATA, "no rows to ask about");
    for (size_t r = 0; r < a->data->x.rows; r++)
        a->label[r] = a->data->flags & MESA_DATA_UNLABELLED ? a->data->y[r]
                                                            : -1;
    return MESA_OK;
}

/* The first rows without a label, into row; how many. */
static inline size_t
asker_choose(const struct asker *a, size_t *row, size_t most)
{
    size_t n = 0;

    for (size_t r = 0; r < a->data->x.rows && n < most; r++)
        if (a->label[r] < 0)
            row[n++] = r;
    return n;
}

/* Ask, and take in what is said. */
static inline mesa_status
asker_ask(struct asker *a, const struct mesa_host *host, const size_t *row,
          size_t n, enum mesa_answer *answer, struct mesa_error *err)
{
    const struct mesa_question q = { .struct_size = sizeof q, .n = n,
                                     .row = row };
    int32_t label[2 * ASKER_EACH];
    mesa_status st = mesa_host_ask(host, &q, label, answer, err);

    for (size_t i = 0; i < n; i++)
        if (st == MESA_OK && *answer == MESA_ANSWER_GIVEN)
            a->label[row[i]] = label[i];
    return st;
}

static inline mesa_status
asker_step(void *self, const struct mesa_host *host, uint64_t i,
           struct mesa_metrics *metrics, bool *done, struct mesa_error *err)
{
    enum mesa_answer answer = MESA_ANSWER_NEVER;
    size_t row[ASKER_EACH], n = asker_choose(self, row, ASKER_EACH);
    mesa_status st = n ? asker_ask(self, host, row, n, &answer, err)
                       : MESA_OK;

    (void)i;
    *done = answer == MESA_ANSWER_NEVER;
    return st == MESA_OK
               ? mesa_metrics_add(metrics, "", "asked", (double)n)
               : st;
}

static inline mesa_status
asker_finish(void *self, const struct mesa_host *host, struct mesa_error *err)
{
    struct asker *a = self;
    size_t row[ASKER_ROWS], n = 0;
    mesa_status st;

    for (size_t r = 0; r < a->data->x.rows; r++)
        if (a->label[r] >= 0) {
            a->given[n] = a->label[r];
            row[n++] = r;
        }
    mesa_subset_free(&a->known);
    st = mesa_subset_init(&a->known, a->data, row, n, err);
    a->known.data.y = a->given;
    a->known.data.flags &= ~(uint32_t)MESA_DATA_UNLABELLED;
    if (st == MESA_OK)
        mesa_host_train_on(host, &a->known.data);
    return st;
}

static inline void
asker_fini(void *self)
{
    mesa_subset_free(&((struct asker *)self)->known);
}

static inline mesa_status
asker_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct asker *a = self;
    mesa_status st = mesa_archive_put_vector(to, "label", MESA_I32,
                                             ASKER_ROWS, a->label, err);

    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "told_later", MESA_U64, 1,
                                     &a->told_later, err);
    return st;
}

static inline mesa_status
asker_load(void *self, const struct mesa_archive *from,
           struct mesa_error *err)
{
    static const size_t rows = ASKER_ROWS, one = 1;
    struct asker *a = self;
    const void *label, *told;
    mesa_status st = mesa_archive_expect(from, "label", MESA_I32, 1, &rows,
                                         &label, err);

    if (st == MESA_OK)
        st = mesa_archive_expect(from, "told_later", MESA_U64, 1, &one, &told,
                                 err);
    if (st == MESA_OK) {
        memcpy(a->label, label, sizeof a->label);
        a->told_later = *(const uint64_t *)told;
    }
    return st;
}

/* The class table; the last arguments are more designators. */
#define FAULTY_ASKER(id, ...)                                               \
    static const struct mesa_metalearner_class id = {                       \
        MESA_METALEARNER(struct asker), .head.name = #id,                   \
        .head.title = "A metalearner for tests",                            \
        .head.flags = MESA_CLASS_MULTICLASS | MESA_CLASS_UNLABELLED,        \
        .head.fini = asker_fini, .head.save = asker_save,                   \
        .head.load = asker_load, .begin = asker_begin, .step = asker_step,  \
        .finish = asker_finish, __VA_ARGS__                                 \
    };                                                                      \
    MESA_PLUGIN(.name = #id, .version = "1.0", .license = "MIT",            \
                .classes = MESA_CLASSES(&id.head))

/* Overriding a designator is the point of this; compilers warn of it. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#elif defined(__GNUC__)
#pragma GCC diagnostic ignored "-Woverride-init"
#endif

#endif
