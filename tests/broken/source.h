/* SPDX-License-Identifier: MIT */
/*
 * source.h - a source that keeps its promises, for plugins that break one:
 * twenty rows of one column, five at a time, of no file at all.
 *
 * A module defines its own slots and names them in FAULTY_SOURCE; those it
 * does not name are these.
 */
#ifndef MESA_TESTS_SOURCE_H
#define MESA_TESTS_SOURCE_H

#include <mesa/mesa.h>

#include <string.h>

enum { FLOW_ROWS = 20, FLOW_BLOCK = 5 };

struct flow {
    const char *file;
    double      x[FLOW_ROWS];
    int32_t     y[FLOW_ROWS];
    size_t      at;
    void       *block; /* for those that need memory */
};

static const struct mesa_param flow_params[] = {
    MESA_STRING(struct flow, file, "file", "rows", "What is not read"),
    MESA_PARAM_END
};

static inline void
flow_fill(double *x, int32_t *y)
{
    for (int r = 0; r < FLOW_ROWS; r++) {
        x[r] = r;
        y[r] = r % 2;
    }
}

static inline mesa_status
flow_open(void *self, struct mesa_bundle *out, struct mesa_rng *rng,
          struct mesa_error *err)
{
    static const char *const names[] = { "even", "odd" };
    double *x;
    int32_t *y;
    mesa_status st = mesa_bundle_columns(out, 1, NULL, err);

    (void)self, (void)rng;
    if (st == MESA_OK)
        st = mesa_bundle_classes(out, 2, names, NULL, err);
    if (st == MESA_OK)
        st = mesa_bundle_part(out, MESA_PART_ALL, FLOW_ROWS, &x, &y, err);
    if (st == MESA_OK)
        flow_fill(x, y);
    return st;
}

static inline mesa_status
flow_stream(void *self, const char *path, const struct mesa_schema *schema,
            bool labels, struct mesa_error *err)
{
    struct flow *f = self;

    (void)schema, (void)labels;
    if (strstr(path, "not-there"))
        return mesa_fail(err, MESA_EIO, "cannot read %s", path);
    flow_fill(f->x, f->y);
    f->at = 0;
    return MESA_OK;
}

/* So many rows of the rest. */
static inline mesa_status
flow_next(void *self, struct mesa_dataset *out, struct mesa_error *err)
{
    struct flow *f = self;
    size_t n = f->at < FLOW_ROWS ? FLOW_BLOCK : 0;

    (void)err;
    *out = (struct mesa_dataset){
        .struct_size = sizeof *out, .n_classes = 2, .y = f->y + f->at,
        .x = { f->x + f->at, n, 1, 1, NULL }
    };
    f->at += n;
    return MESA_OK;
}

/* The class table; the last arguments are more designators. */
#define FAULTY_SOURCE(id, ...)                                          \
    static const struct mesa_source_class id = {                        \
        MESA_SOURCE(struct flow), .head.name = #id,                     \
        .head.title = "A source for tests", .head.params = flow_params, \
        .head.flags = MESA_CLASS_DETERMINISTIC, .open = flow_open,      \
        .stream = flow_stream, .next = flow_next, __VA_ARGS__           \
    };                                                                  \
    MESA_PLUGIN(.name = #id, .version = "1.0", .license = "MIT",        \
                .classes = MESA_CLASSES(&id.head))

/* Overriding a designator is the point of this; compilers warn of it. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#elif defined(__GNUC__)
#pragma GCC diagnostic ignored "-Woverride-init"
#endif

#endif
