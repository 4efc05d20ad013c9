/* SPDX-License-Identifier: MIT */
/*
 * test_state.c - what components have learnt: handed over, written, read
 * again, refused; and what a host lends to loops.
 */
#include "test.h"

#include "host.h"
#include "instance.h"
#include "state.h"

#include <unistd.h>

/* A sampler whose state is one number. */
struct number {
    uint64_t value;
};

static mesa_status
number_resample(void *self, const struct mesa_dataset *data,
                const struct mesa_feedback *feedback, struct mesa_sample *out,
                struct mesa_rng *rng, struct mesa_error *err)
{
    (void)self;
    (void)data;
    (void)feedback;
    (void)rng;
    (void)err;
    return mesa_sample_keep(out, 0);
}

static mesa_status
number_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct number *n = self;

    return mesa_archive_put_vector(to, "value", MESA_U64, 1, &n->value, err);
}

static mesa_status
number_load(void *self, const struct mesa_archive *from,
            struct mesa_error *err)
{
    struct number *n = self;
    const size_t one = 1;
    const void *data;
    mesa_status st = mesa_archive_expect(from, "value", MESA_U64, 1, &one,
                                         &data, err);

    if (st == MESA_OK)
        n->value = *(const uint64_t *)data;
    return st == MESA_OK && n->value == 13
               ? mesa_fail(err, MESA_EPARSE, "13 is no number")
               : st;
}

#define NUMBER(c_name, ...)                                                  \
    static const struct mesa_sampler_class c_name = {                        \
        MESA_SAMPLER(struct number), .head.name = #c_name,                   \
        .head.title = "A number", .resample = number_resample, __VA_ARGS__ }
NUMBER(number, .head.save = number_save, .head.load = number_load);
NUMBER(other, .head.save = number_save, .head.load = number_load);
NUMBER(forgetful, .head.save = NULL);

static char section[] = "sampler";

static struct mesa_component
component_of(const struct mesa_class *c)
{
    return (struct mesa_component){ .class_ = c, .section = section,
                                    .complete = true };
}

static uint64_t
value_of(const struct mesa_component *c)
{
    struct mesa_instance *i;
    uint64_t value;

    assert_ok(mesa_instance_new(c, &i, err));
    value = ((struct number *)mesa_instance_self(i))->value;
    mesa_instance_free(i);
    return value;
}

/* One component, and an instance that has learnt a number. */
static mesa_status
teach(struct mesa_recipe *r, struct mesa_component *c, uint64_t value,
      struct mesa_error *err)
{
    struct mesa_instance *trained;
    mesa_status st = mesa_instance_new(c, &trained, err);

    assert_int_equal(st, MESA_OK);
    ((struct number *)mesa_instance_self(trained))->value = value;
    st = mesa_state_take(r, trained, err);
    mesa_instance_free(trained);
    return st;
}

static void
forget(struct mesa_component *c)
{
    mesa_archive_free(c->learnt);
    c->learnt = NULL;
    c->trained = false;
}

static const char *const file = "sampler.safetensors";

/* In a folder of its own, gone afterwards. */
static void
leave_state(uint64_t value)
{
    struct mesa_component c = component_of(&number.head);
    struct mesa_recipe r = { .components = &c };

    assert_ok(teach(&r, &c, value, err));
    assert_ok(mesa_states_write(&r, ".", err));
    forget(&c);
}

static void
test_taught(void **state)
{
    struct mesa_component c = component_of(&number.head);
    struct mesa_recipe r = { .components = &c };

    (void)state;
    assert_int_equal(value_of(&c), 0);
    assert_ok(teach(&r, &c, 7, err));
    assert_int_equal(value_of(&c), 7);
    /* Taught once more, it is the last that counts. */
    assert_ok(teach(&r, &c, 8, err));
    assert_int_equal(value_of(&c), 8);
    forget(&c);
}

static void
test_not_taught(void **state)
{
    struct mesa_component c = component_of(&number.head);
    struct mesa_component stranger = component_of(&number.head);
    struct mesa_component f = component_of(&forgetful.head);
    struct mesa_recipe r = { .components = &c };

    (void)state;
    assert_error(teach(&r, &stranger, 7, err), MESA_EINVAL,
                 "number that has learnt is of no section of this run");
    r.components = &f;
    assert_error(teach(&r, &f, 7, err), MESA_ENOTSUP,
                 "forgetful cannot be saved");
    assert_null(f.learnt);
    assert_ok(mesa_states_write(&r, ".", err));
    assert_int_not_equal(access(file, F_OK), 0);
}

static void
test_read_again(void **state)
{
    struct mesa_component c = component_of(&number.head);
    struct mesa_recipe r = { .components = &c };
    struct mesa_archive *a;

    (void)state;
    leave_state(9);
    c.state.file = file;
    assert_ok(mesa_states_read(&r, err));
    assert_true(c.state_hash != 0);
    assert_int_equal(value_of(&c), 9);
    /* What was read is not what this run has learnt. */
    unlink(file);
    assert_ok(mesa_states_write(&r, ".", err));
    assert_int_not_equal(access(file, F_OK), 0);
    forget(&c);

    leave_state(9);
    assert_ok(mesa_archive_read(file, &a, err));
    assert_string_equal(mesa_archive_get_note(a, "mesa.kind"), "sampler");
    assert_string_equal(mesa_archive_get_note(a, "mesa.type"), "number");
    assert_string_equal(mesa_archive_get_note(a, "mesa.state"), "1");
    assert_string_equal(mesa_archive_get_note(a, "mesa.version"),
                        MESA_VERSION);
    assert_string_equal(mesa_archive_get_note(a, "mesa.config"),
                        "\n[sampler]\ntype = number\n");
    mesa_archive_free(a);
    unlink(file);
}

static void
test_refused(void **state)
{
    struct mesa_component c = component_of(&other.head);
    struct mesa_recipe r = { .components = &c };
    struct mesa_archive *a = mesa_archive_new();

    (void)state;
    c.state.file = file;
    assert_error(mesa_states_read(&r, err), MESA_ENOTFOUND,
                 "[sampler] state: cannot read sampler.safetensors: No such "
                 "file or directory");
    leave_state(9);
    assert_error(mesa_states_read(&r, err), MESA_EPARSE,
                 "[sampler] state: sampler.safetensors is what sampler number "
                 "has learnt, not sampler other");
    forget(&c);
    leave_state(13);
    c.class_ = &number.head;
    assert_error(mesa_states_read(&r, err), MESA_EPARSE,
                 "[sampler] number: 13 is no number");
    forget(&c);
    assert_ok(mesa_archive_write(a, file, err));
    assert_error(mesa_states_read(&r, err), MESA_EPARSE,
                 "[sampler] state: sampler.safetensors is not what a run has "
                 "learnt");
    forget(&c);
    mesa_archive_free(a);
    unlink(file);
}

/* Samplers and losses that can be loaded have the key; nobody else has. */
static void
test_who_has_the_key(void **state)
{
    (void)state;
    assert_non_null(mesa_state_params(&number.head));
    assert_null(mesa_state_params(&forgetful.head));
    assert_null(mesa_state_params(&mesa_evaluate_class.head));
}

static void
test_allocation_failures(void **state)
{
    struct mesa_component c = component_of(&number.head);
    struct mesa_recipe r = { .components = &c };
    uint64_t live;
    mesa_status st = MESA_ENOMEM;

    (void)state;
    leave_state(9);
    live = mesa_memory_live();
    c.state.file = file;
    for (uint64_t k = 0; st == MESA_ENOMEM; k++) {
        struct mesa_instance *trained;
        struct mesa_error err;

        assert_true(k < 1000);
        assert_int_equal(mesa_instance_new(&c, &trained, &err), MESA_OK);
        mesa_memory_fail_at(k);
        st = mesa_states_read(&r, &err);
        if (st == MESA_OK)
            st = mesa_state_take(&r, trained, &err);
        if (st == MESA_OK)
            st = mesa_states_write(&r, ".", &err);
        mesa_memory_fail_at(UINT64_MAX);
        mesa_instance_free(trained);
        forget(&c);
        assert_int_equal(mesa_memory_live(), live);
    }
    assert_int_equal(st, MESA_OK);
    unlink(file);
}

static char heard[500];

static void
hear(void *context, const char *line)
{
    assert_ptr_equal(context, heard);
    snprintf(heard, sizeof heard, "%s", line);
}

static void
test_say(void **state)
{
    struct mesa_host host = { .say = hear, .say_context = heard };

    (void)state;
    mesa_host_say(&host, "episode %d: %.3f", 10, 0.5);
    assert_string_equal(heard, "episode 10: 0.500");
    mesa_host_say(&host, "%0600d", 7);
    assert_int_equal(strlen(heard), 399);
    host.say = NULL;
    mesa_host_say(&host, "nobody");
}

static size_t fits; /* of the transform */

static mesa_status
shift_fit(void *self, const struct mesa_dataset *train, struct mesa_error *err)
{
    (void)err;
    ((struct number *)self)->value = train->x.rows;
    fits++;
    return MESA_OK;
}

static mesa_status
shift_apply(const void *self, const struct mesa_cmatrix *x, double *out,
            struct mesa_error *err)
{
    (void)err;
    for (size_t r = 0; r < x->rows; r++)
        out[r] = mesa_row(x, r)[0] +
                 (double)((const struct number *)self)->value;
    return MESA_OK;
}

static const struct mesa_transform_class shift = {
    MESA_TRANSFORM(struct number), .head.name = "shift",
    .head.title = "Add the number of rows", .fit = shift_fit,
    .apply = shift_apply
};

static void
test_prepared(void **state)
{
    static const double x[3] = { 1, 2, 3 };
    struct mesa_dataset train = { .x = { x, 3, 1, 1, NULL } };
    struct mesa_dataset test = { .x = { x, 2, 1, 1, NULL } };
    struct mesa_component transform = component_of(&shift.head);
    struct mesa_recipe r = { .components = &transform };
    struct mesa_prepared prepared = { .transform = NULL };
    struct mesa_host host = { .recipe = &r, .prepared = &prepared };
    const struct mesa_dataset *d, *again;

    (void)state;
    host.parts.data[MESA_PART_TEST] = &test;
    assert_ok(mesa_host_prepared(&host, MESA_PART_TEST, &d, err));
    assert_ptr_equal(d, &test);
    assert_ok(mesa_host_prepared(&host, MESA_PART_VALID, &d, err));
    assert_null(d);
    r.transform = &transform;
    assert_error(mesa_host_prepared(&host, MESA_PART_TEST, &d, err),
                 MESA_EDATA,
                 "there are no training rows to fit [transform] on");
    host.parts.data[MESA_PART_TRAIN] = &train;
    assert_ok(mesa_host_prepared(&host, MESA_PART_TEST, &d, err));
    assert_int_equal(d->x.rows, 2);
    assert_bits_equal(d->x.data[1], 5.0);
    assert_ok(mesa_host_prepared(&host, MESA_PART_TRAIN, &again, err));
    assert_bits_equal(again->x.data[2], 6.0);
    assert_ok(mesa_host_prepared(&host, MESA_PART_TEST, &again, err));
    assert_ptr_equal(again, d);
    assert_int_equal(fits, 1);
    mesa_prepared_free(&prepared);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taught),
        cmocka_unit_test(test_not_taught),
        cmocka_unit_test(test_read_again),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_who_has_the_key),
        cmocka_unit_test(test_allocation_failures),
        cmocka_unit_test(test_say),
        cmocka_unit_test(test_prepared),
    };
    char folder[] = "/tmp/mesa-state.XXXXXX";
    int failed;

    if (!mkdtemp(folder) || chdir(folder) != 0)
        return 99;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    return chdir("/") != 0 || rmdir(folder) != 0 || failed;
}
