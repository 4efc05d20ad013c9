/* SPDX-License-Identifier: MIT */
/* test_learned_files.c - what a loss has learnt: kept, refused, no memory. */
#include "maker.h"

#include <math.h>

const struct mesa_plugin *learned_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "losses", "learned", learned_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

static const struct mesa_loss_shape shape = { sizeof shape, 1, 1, 2, 0 };

enum { N_TENSORS = 4, UNITS = 3, WIDTH = 4, N_TERMS = 4 };

static const struct mesa_loss_class *
learned_class(void)
{
    return (const void *)learned_plugin()->classes[0];
}

/* A loss that looks at a prediction, a target and two inputs. */
static void
make(struct maker *m)
{
    assert_ok(maker_make(m, MESA_KIND_LOSS, "learned",
                         "hidden_layer_sizes=3 use_input=yes", err));
}

static void
teach(struct maker *m, uint64_t seed)
{
    struct mesa_weights *w;
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    assert_ok(mesa_loss_weights(m->made, &shape, MESA_F32, &rng, &w, err));
    assert_ok(mesa_loss_learn(m->made, &shape, w, err));
    mesa_weights_free(w);
}

static struct mesa_archive *
saved(const struct maker *m)
{
    struct mesa_archive *a = mesa_archive_new();

    assert_non_null(a);
    assert_ok(learned_class()->head.save(mesa_instance_view(m->made), a,
                                         err));
    return a;
}

static void
test_round_trip(void **state)
{
    static const size_t counts[N_TENSORS] = { WIDTH * UNITS, UNITS, UNITS,
                                              1 };
    struct maker from = empty, to = empty;
    const struct mesa_weights *a, *b;
    struct mesa_loss_shape of = { .struct_size = sizeof of };
    struct mesa_archive *file;

    (void)state;
    make(&from);
    make(&to);
    assert_null(learned_class()->learnt(mesa_instance_view(to.made), &of));
    teach(&from, 1);
    teach(&to, 2);
    file = saved(&from);
    assert_ok(learned_class()->head.load(mesa_instance_self(to.made), file,
                                         err));
    mesa_archive_free(file);
    a = learned_class()->learnt(mesa_instance_view(from.made), &of);
    b = learned_class()->learnt(mesa_instance_view(to.made), &of);
    assert_int_equal(of.n_outputs, 1);
    assert_int_equal(of.n_targets, 1);
    assert_int_equal(of.n_inputs, 2);
    assert_int_equal(of.n_extra, 0);
    for (size_t i = 0; i < N_TENSORS; i++)
        assert_memory_equal(
            mesa_weights_data((struct mesa_weights *)(uintptr_t)a, i),
            mesa_weights_data((struct mesa_weights *)(uintptr_t)b, i),
            counts[i] * sizeof(float));
    maker_free(&from);
    maker_free(&to);
}

static void
test_nothing(void **state)
{
    struct maker m = empty;
    struct mesa_archive *a = mesa_archive_new();

    (void)state;
    make(&m);
    assert_error(learned_class()->head.save(mesa_instance_view(m.made), a,
                                            err),
                 MESA_ESTATE, "loss learned has learnt nothing");
    mesa_archive_free(a);
    maker_free(&m);
}

/* What an archive says of a loss, good unless changed. */
struct claim {
    uint64_t columns[N_TERMS + 1];
    size_t   n_columns;
    size_t   width; /* of coef.0 */
    size_t   n;     /* tensors that are there */
    float    first; /* of intercept.0 */
};

static const struct claim good = { { 1, 1, 2, 0, 0 }, N_TERMS, WIDTH,
                                   N_TENSORS, 0.5F };

static struct mesa_archive *
written(const struct claim *c)
{
    static const char *const name[N_TENSORS] = { "coef.0", "intercept.0",
                                                 "coef.1", "intercept.1" };
    float value[16] = { 0 };
    struct mesa_archive *a = mesa_archive_new();

    if (c->n_columns)
        assert_ok(mesa_archive_put_vector(a, "columns", MESA_U64,
                                          c->n_columns, c->columns, err));
    for (size_t i = 0; i < c->n; i++) {
        struct mesa_tensor t = { MESA_F32, i % 2 ? 1 : 2,
                                 { i == 0 ? c->width : i == 3 ? 1 : UNITS,
                                   i == 0 ? UNITS : 1 },
                                 value };

        value[0] = i == 1 ? c->first : 0;
        assert_ok(mesa_archive_put(a, name[i], &t, err));
    }
    return a;
}

/* And what was learnt before stays. */
static void
refuses(const struct claim *claim, const char *text)
{
    struct maker m = empty;
    struct mesa_archive *a = written(claim);
    const struct mesa_weights *before, *after;
    struct mesa_loss_shape of = { .struct_size = sizeof of };

    make(&m);
    teach(&m, 1);
    before = learned_class()->learnt(mesa_instance_view(m.made), &of);
    assert_error(learned_class()->head.load(mesa_instance_self(m.made), a,
                                            err),
                 MESA_EPARSE, text);
    after = learned_class()->learnt(mesa_instance_view(m.made), &of);
    assert_ptr_equal(before, after);
    assert_int_equal(of.n_inputs, 2);
    mesa_archive_free(a);
    maker_free(&m);
}

static void
test_hostile(void **state)
{
    struct maker m = empty;
    struct mesa_archive *a = written(&good);
    struct claim c = good;

    (void)state;
    make(&m);
    assert_ok(learned_class()->head.load(mesa_instance_self(m.made), a, err));
    mesa_archive_free(a);
    maker_free(&m);
    c.n_columns = 0;
    refuses(&c, "there is no tensor 'columns'");
    c.n_columns = N_TERMS + 1;
    refuses(&c, "tensor 'columns' is U64 of 5, expected U64 of 4");
    c = good;
    c.columns[0] = 0;
    refuses(&c, "columns[0] is 0");
    c = good;
    c.columns[2] = UINT64_MAX;
    refuses(&c, "columns[2] is 18446744073709551615");
    /* Room for so many is never asked for. */
    c.columns[2] = 1000000;
    refuses(&c, "tensor 'coef.0' is F32 of 4 by 3, expected F32 of 1000002 "
                "by 3");
    c = good;
    c.width = 5;
    refuses(&c, "tensor 'coef.0' is F32 of 5 by 3, expected F32 of 4 by 3");
    c = good;
    c.n = 3;
    refuses(&c, "there is no tensor 'intercept.1'");
    c = good;
    c.first = NAN;
    refuses(&c, "intercept.0 has values that are not finite");
    c.first = INFINITY;
    refuses(&c, "intercept.0 has values that are not finite");
}

/* Draw, learn, compute with what was learnt, save and load. */
static mesa_status
all_of_it(struct mesa_error *err)
{
    struct maker m = empty;
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    struct mesa_archive *a = mesa_archive_new();
    struct mesa_loss_terms terms = { sizeof terms, 0, 0, 0, 0 };
    struct mesa_weights *w = NULL;
    struct mesa_program *p = NULL;
    struct mesa_rng rng;
    mesa_node y = 0;
    mesa_status st = g && a ? maker_make(&m, MESA_KIND_LOSS, "learned",
                                         "use_input=yes", err)
                            : MESA_ENOMEM;

    mesa_rng_seed(&rng, 1);
    if (st == MESA_OK)
        st = mesa_loss_weights(m.made, &shape, MESA_F32, &rng, &w, err);
    if (st == MESA_OK)
        st = mesa_loss_learn(m.made, &shape, w, err);
    if (st == MESA_OK) {
        terms.prediction = mesa_input(g, MESA_SHARED, MESA_SHAPE(5, 1));
        terms.target = mesa_input(g, MESA_SHARED, MESA_SHAPE(5, 1));
        terms.input = mesa_input(g, MESA_SHARED, MESA_SHAPE(5, 2));
        /* Not looked at, so that tensors have to be compared. */
        terms.extra = mesa_input(g, MESA_SHARED, MESA_SHAPE(5, 2));
        y = mesa_loss_build_terms(m.made, g, NULL, &terms);
        st = mesa_program_new(g, &y, 1, &p, err);
    }
    if (st == MESA_OK)
        st = mesa_instance_save(m.made, a, "it", 0, err);
    if (st == MESA_OK)
        st = mesa_instance_load(m.made, a, "it", 0, err);
    mesa_program_free(p);
    mesa_weights_free(w);
    mesa_archive_free(a);
    mesa_graph_free(g);
    maker_free(&m);
    return st;
}

static void
test_memory(void **state)
{
    uint64_t live = mesa_memory_live(), k;
    mesa_status st = MESA_ENOMEM;
    struct mesa_error err;

    (void)state;
    for (k = 0; st == MESA_ENOMEM; k++) {
        mesa_memory_fail_at(k);
        st = all_of_it(&err);
        mesa_memory_fail_at(UINT64_MAX);
        assert_int_equal(mesa_memory_live(), live);
    }
    if (st != MESA_OK)
        fail_msg("%s: %s", mesa_status_name(st), err.message);
    assert_true(k > 50);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests_name("learned_files", tests, NULL, NULL);
}
