/* SPDX-License-Identifier: MIT */
/* over_fixture.h - samplers made from lines of an INI, and what they make of
 * the golden data. */
#ifndef MESA_OVER_FIXTURE_H
#define MESA_OVER_FIXTURE_H

#include "test.h"

#include "instance.h"
#include "recipe.h"

#include "../golden/over.h"

/* The golden rows, which have no names. */
static inline struct mesa_dataset
over_data(void)
{
    return (struct mesa_dataset){
        .struct_size = sizeof(struct mesa_dataset),
        .x = { over_x, OVER_ROWS, OVER_COLS, OVER_COLS, NULL },
        .y = over_y,
        .n_classes = 3
    };
}

/* A sampler at work, and what came of it. */
struct fixture {
    struct mesa_ini       ini;
    struct mesa_component component;
    struct mesa_instance *sampler;
    struct mesa_sample   *sample;
    const struct mesa_dataset *rows;
};

/* What components a test's samplers may refer to, by name. */
static inline mesa_status
no_component(void *context, uint32_t kind, const char *name,
             const char *origin, const char *folder,
             struct mesa_component **out, struct mesa_error *err)
{
    struct mesa_component *known = context;

    (void)kind;
    (void)folder;
    for (; known && known->class_; known++)
        if (strcmp(known->class_->name, name) == 0) {
            *out = known;
            return MESA_OK;
        }
    return mesa_fail(err, MESA_ENOTFOUND, "%s: no component %s", origin,
                     name);
}

/* Make the plugin's class from the lines, and a sample to fill. */
static inline void
over_make(struct fixture *fx, const struct mesa_plugin *plugin,
          const char *lines, struct mesa_component *known,
          const struct mesa_dataset *data)
{
    const struct mesa_resolver resolver = { no_component, known, NULL };
    const struct mesa_class *c = plugin->classes[0];
    static char section[] = "sampler";
    char text[400];
    int n = snprintf(text, sizeof text, "[sampler]\n%s", lines);

    memset(fx, 0, sizeof *fx);
    assert_true(n > 0 && (size_t)n < sizeof text);
    assert_ok(mesa_ini_parse(&fx->ini, text, (size_t)n, "t.ini", "./", err));
    fx->component.class_ = c;
    fx->component.section = section;
    assert_ok(mesa_settings_bind(&fx->component.settings, c->params, NULL,
                                 mesa_ini_section(&fx->ini, section), section,
                                 &resolver, err));
    assert_ok(mesa_instance_new(&fx->component, &fx->sampler, err));
    fx->sample = mesa_sample_new(data);
    assert_non_null(fx->sample);
}

/* Make it, and let it resample the data. */
static inline mesa_status
over_run(struct fixture *fx, const struct mesa_plugin *plugin,
         const char *lines, struct mesa_component *known,
         const struct mesa_dataset *data, uint64_t seed,
         struct mesa_error *err)
{
    struct mesa_rng rng;
    mesa_status st;

    over_make(fx, plugin, lines, known, data);
    mesa_rng_seed(&rng, seed);
    st = mesa_sampler_resample(fx->sampler, data, NULL, fx->sample, &rng,
                               err);
    return st == MESA_OK ? mesa_sample_dataset(fx->sample, &fx->rows, err)
                         : st;
}

static inline void
over_done(struct fixture *fx)
{
    mesa_sample_free(fx->sample);
    mesa_instance_free(fx->sampler);
    mesa_settings_free(&fx->component.settings);
    mesa_ini_free(&fx->ini);
}

/* How many made rows row r is the first parent of. */
static inline void
count_children(const struct fixture *fx, size_t *children)
{
    memset(children, 0, OVER_ROWS * sizeof *children);
    for (size_t i = 0; i < mesa_sample_rows(fx->sample); i++) {
        const struct mesa_origin o = mesa_sample_origin(fx->sample, i);

        if (o.kept == SIZE_MAX)
            children[o.parent_a]++;
    }
}

static inline const struct golden_over *
find_golden(const char *name)
{
    const struct golden_over *g = golden_over;

    while (strcmp(g->name, name) != 0)
        assert_true(++g < golden_over +
                              sizeof golden_over / sizeof *golden_over);
    return g;
}

/* How many of the made rows of classes 1 and 2 lie below each quantile of
 * each column, and how many there are. */
struct below {
    size_t n[2], count[2][OVER_COLS][OVER_LEVELS];
};

static inline void
count_below(const struct fixture *fx, const struct golden_over *g,
            struct below *b)
{
    for (size_t i = OVER_ROWS; i < fx->rows->x.rows; i++) {
        size_t c = (size_t)fx->rows->y[i] - 1;
        const double *x = mesa_row(&fx->rows->x, i);

        assert_true(c < 2);
        b->n[c]++;
        for (size_t j = 0; j < OVER_COLS; j++)
            for (size_t l = 0; l < OVER_LEVELS; l++)
                b->count[c][j][l] += x[j] <= g->quantile[c][j][l];
    }
}

/* The Kolmogorov-Smirnov distance, at the quantiles, stays below what one of
 * 1000 columns of n values exceeds; the peer's own error is small beside. */
static inline void
assert_same_distribution(const struct below *b, const char *name)
{
    for (size_t c = 0; c < 2; c++)
        for (size_t j = 0; j < OVER_COLS; j++)
            for (size_t l = 0; l < OVER_LEVELS; l++) {
                double n = (double)b->n[c];
                double share = (double)b->count[c][j][l] / n;
                double d = share - (double)(l + 1) / (OVER_LEVELS + 1);

                if (d * d * n > 1.95 * 1.95)
                    fail_msg("%s: %.17g of column %zu of class %zu are "
                             "below quantile %zu",
                             name, share, j, c + 1, l + 1);
            }
}

#endif
