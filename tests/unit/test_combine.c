/* SPDX-License-Identifier: MIT */
/* test_combine.c - a sampler that makes rows, then one that drops some: what
 * remains keeps its parents. */
#include "over_fixture.h"

const struct mesa_plugin *random_over_plugin(void);
const struct mesa_plugin *random_under_plugin(void);
const struct mesa_plugin *smote_plugin(void);
const struct mesa_plugin *smote_enn_plugin(void);
const struct mesa_plugin *smote_tomek_plugin(void);

/* Components with defaults, named after their classes; the last one ends
 * them. */
struct known {
    struct mesa_component component[4];
};

static void
bind_known(struct known *k)
{
    const struct mesa_plugin *const plugins[] = { smote_plugin(),
                                                  random_over_plugin(),
                                                  random_under_plugin() };
    const struct mesa_resolver resolver = { no_component, NULL, NULL };
    static char section[] = "part";

    memset(k, 0, sizeof *k);
    for (size_t i = 0; i < 3; i++) {
        struct mesa_component *c = &k->component[i];

        c->class_ = plugins[i]->classes[0];
        c->section = section;
        assert_ok(mesa_settings_bind(&c->settings, c->class_->params, NULL,
                                     NULL, section, &resolver, err));
    }
}

/* Another class, which has no parameters, in place of the last one. */
static void
replace_last(struct known *k, const struct mesa_sampler_class *class_)
{
    mesa_settings_free(&k->component[2].settings);
    memset(&k->component[2].settings, 0, sizeof k->component[2].settings);
    k->component[2].class_ = &class_->head;
}

static void
free_known(struct known *k)
{
    for (size_t i = 0; i < 3; i++)
        mesa_settings_free(&k->component[i].settings);
}

struct nothing {
    char unused;
};

/* After smote all three classes have 100 rows. */
static mesa_status
every_second_resample(void *self, const struct mesa_dataset *data,
                    const struct mesa_feedback *feedback,
                    struct mesa_sample *out, struct mesa_rng *rng,
                    struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    (void)self;
    (void)rng;
    (void)err;
    assert_null(feedback);
    assert_int_equal(data->x.rows, 300);
    for (size_t r = data->x.rows; r > 0 && st == MESA_OK; r -= 2)
        st = mesa_sample_keep(out, r - 1);
    return st;
}

static const struct mesa_sampler_class every_second = {
    MESA_SAMPLER(struct nothing),
    .head.name = "every_second",
    .head.title = "Every second row, from the end",
    .head.flags = MESA_CLASS_MULTICLASS,
    .resample = every_second_resample,
};

static mesa_status
inventing_resample(void *self, const struct mesa_dataset *data,
                   const struct mesa_feedback *feedback,
                   struct mesa_sample *out, struct mesa_rng *rng,
                   struct mesa_error *err)
{
    (void)self;
    (void)data;
    (void)feedback;
    (void)rng;
    (void)err;
    return mesa_sample_make(out, 0, 1, 0.5, NULL);
}

static const struct mesa_sampler_class inventing = {
    MESA_SAMPLER(struct nothing),
    .head.name = "inventing",
    .head.title = "A row between others",
    .head.flags = MESA_CLASS_MULTICLASS,
    .resample = inventing_resample,
};

/* The order is that of the second step, the parents those of the first. */
static void
test_parents(void **state)
{
    const struct mesa_dataset d = over_data();
    struct known k;
    struct fixture fx;

    (void)state;
    bind_known(&k);
    replace_last(&k, &every_second);
    assert_ok(over_run(&fx, smote_enn_plugin(), "enn = every_second\n",
                       k.component, &d, 1, err));
    assert_int_equal(fx.rows->x.rows, 150);
    for (size_t i = 0; i < 150; i++) {
        const struct mesa_origin o = mesa_sample_origin(fx.sample, i);
        size_t row = 299 - 2 * i;

        if (row < OVER_ROWS) {
            assert_int_equal(o.kept, row);
            continue;
        }
        assert_int_equal(o.kept, SIZE_MAX);
        assert_int_equal(over_y[o.parent_a], fx.rows->y[i]);
        for (size_t j = 0; j < OVER_COLS; j++) {
            double a = over_x[o.parent_a * OVER_COLS + j];
            double b = over_x[o.parent_b * OVER_COLS + j];

            assert_bits_equal(mesa_row(&fx.rows->x, i)[j],
                              a + o.step * (b - a));
        }
    }
    over_done(&fx);
    free_known(&k);
}

/* Weights travel with the rows, once. */
static void
test_weights(void **state)
{
    double weight[OVER_ROWS];
    struct mesa_dataset d = over_data();
    struct known k;
    struct fixture fx;

    (void)state;
    for (size_t r = 0; r < OVER_ROWS; r++)
        weight[r] = 1 + (double)r;
    d.weight = weight;
    bind_known(&k);
    assert_ok(over_run(&fx, smote_tomek_plugin(), "tomek = random_under\n",
                       k.component, &d, 1, err));
    assert_int_equal(fx.rows->x.rows, 300);
    for (size_t i = 0; i < 300; i++) {
        const struct mesa_origin o = mesa_sample_origin(fx.sample, i);
        size_t row = o.kept == SIZE_MAX ? o.parent_a : o.kept;

        assert_bits_equal(fx.rows->weight[i], weight[row]);
    }
    over_done(&fx);
    free_known(&k);
}

static void
test_refusals(void **state)
{
    const struct mesa_dataset d = over_data();
    struct known k;
    struct fixture fx;

    (void)state;
    bind_known(&k);
    replace_last(&k, &inventing);
    assert_error(over_run(&fx, smote_enn_plugin(), "enn = inventing\n",
                          k.component, &d, 1, err),
                 MESA_EINVAL,
                 "[sampler] smote_enn: inventing makes rows, where a sampler "
                 "that keeps some is wanted");
    over_done(&fx);
    free_known(&k);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parents),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
