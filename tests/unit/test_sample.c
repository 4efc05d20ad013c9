/* SPDX-License-Identifier: MIT */
/*
 * test_sample.c - what samplers report against a plain list of the same: any
 * mixture of kept and made rows, weights, and memory running out anywhere.
 */
#include "test.h"

#include <math.h>

enum { ROWS = 40, COLS = 3, REPORTS = 9000 };

static double x[ROWS * COLS], weight[ROWS];
static int32_t y[ROWS];

static struct mesa_dataset
rows(bool weighted)
{
    for (size_t r = 0; r < ROWS; r++) {
        y[r] = (int32_t)(r * r % 3);
        weight[r] = r == 7 ? 0 : 1.0 / (double)(r + 1);
        for (size_t j = 0; j < COLS; j++)
            x[r * COLS + j] = (double)((r * 31 + j * 17) % 101) - 50;
    }
    return (struct mesa_dataset){ .struct_size = sizeof(struct mesa_dataset),
                                  .x = { x, ROWS, COLS, COLS, NULL },
                                  .y = y,
                                  .weight = weighted ? weight : NULL,
                                  .n_classes = 3 };
}

/* What is reported at place i, and what is to come of it. */
struct report {
    size_t a, b;
    bool   made, own, weighted;
    double step, weight, x[COLS];
};

/* Neither all kept first nor any order among them; every fourth weighted. */
static struct report
report_of(size_t i, bool made, bool weights)
{
    struct report r = { .a = i * 13 % ROWS, .b = i * 7 % ROWS,
                        .made = made && i * i % 7 < 3,
                        .own = i % 5 == 0,
                        .step = (double)(i % 9) / 4 - 1,
                        .weighted = weights && i % 4 == 1, .weight = 1 };

    if (r.weighted)
        r.weight = (double)(i % 11) / 2;
    for (size_t j = 0; j < COLS; j++) {
        const double a = x[r.a * COLS + j], b = x[r.b * COLS + j];

        r.x[j] = !r.made ? a : r.own ? (double)(i + j) : a + r.step * (b - a);
    }
    return r;
}

static mesa_status
tell(struct mesa_sample *s, const struct report *r)
{
    mesa_status st = r->made ? mesa_sample_make(s, r->a, r->b, r->step,
                                                r->own ? r->x : NULL)
                             : mesa_sample_keep(s, r->a);

    return st == MESA_OK && r->weighted ? mesa_sample_weight(s, r->weight)
                                        : st;
}

static void
check_row(const struct mesa_sample *s, const struct mesa_dataset *d, size_t i,
          const struct report *r)
{
    const struct mesa_origin o = mesa_sample_origin(s, i);
    double row[COLS];

    assert_int_equal(o.kept, r->made ? SIZE_MAX : r->a);
    assert_int_equal(o.parent_a, r->made ? r->a : SIZE_MAX);
    assert_int_equal(o.parent_b, r->made ? r->b : SIZE_MAX);
    assert_bits_equal(o.step, r->made ? r->step : 0.0);
    assert_int_equal(d->y[i], y[r->a]);
    mesa_sample_row(s, i, row);
    for (size_t j = 0; j < COLS; j++) {
        assert_bits_equal(row[j], r->x[j]);
        assert_bits_equal(mesa_row(&d->x, i)[j], r->x[j]);
    }
}

static void
check_reports(bool made, bool weights, bool weighted)
{
    const struct mesa_dataset data = rows(weighted);
    struct mesa_sample *s = mesa_sample_new(&data);
    const struct mesa_dataset *d, *again;

    assert_non_null(s);
    for (size_t i = 0; i < REPORTS; i++) {
        const struct report r = report_of(i, made, weights);

        assert_int_equal(tell(s, &r), MESA_OK);
    }
    assert_ok(mesa_sample_dataset(s, &d, err));
    assert_int_equal(d->x.rows, REPORTS);
    assert_int_equal(d->x.cols, COLS);
    assert_int_equal(d->n_classes, 3);
    assert_int_equal(d->weight != NULL, weights || weighted);
    for (size_t i = 0; i < REPORTS; i++) {
        const struct report r = report_of(i, made, weights);

        check_row(s, d, i, &r);
        if (d->weight)
            assert_bits_equal(d->weight[i],
                              r.weight * (weighted ? weight[r.a] : 1));
    }
    /* Asked again it is the same, and weights are not multiplied again. */
    assert_ok(mesa_sample_dataset(s, &again, err));
    assert_ptr_equal(again, d);
    if (weighted)
        assert_bits_equal(d->weight[1],
                          report_of(1, made, weights).weight *
                              weight[report_of(1, made, weights).a]);
    mesa_sample_free(s);
}

static void
test_reports(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++)
        check_reports(i & 1, i & 2, i & 4);
}

/* One copied report by report is the same sample, weights included; of other
 * data, or of other rows of the same, it is none. */
static void
test_copies(void **state)
{
    const struct mesa_dataset data = rows(true);
    struct mesa_dataset unweighted = data, fewer = data, other = data;
    int32_t labels[ROWS];
    struct mesa_sample *from = mesa_sample_new(&data);
    struct mesa_sample *to = mesa_sample_new(&unweighted), *wrong;
    const struct mesa_dataset *d;

    (void)state;
    unweighted.weight = NULL;
    for (size_t i = 0; i < 500; i++) {
        const struct report r = report_of(i, true, true);

        assert_int_equal(tell(from, &r), MESA_OK);
    }
    for (size_t i = 500; i-- > 0;)
        assert_int_equal(mesa_sample_copy(to, from, i), MESA_OK);
    assert_ok(mesa_sample_dataset(to, &d, err));
    for (size_t i = 0; i < 500; i++) {
        const struct report r = report_of(499 - i, true, true);

        check_row(to, d, i, &r);
        assert_bits_equal(d->weight[i], r.weight);
    }
    fewer.x.rows--;
    wrong = mesa_sample_new(&fewer);
    assert_int_equal(mesa_sample_copy(wrong, from, 0), MESA_EINVAL);
    mesa_sample_free(wrong);
    memcpy(labels, y, sizeof labels);
    other.y = labels;
    wrong = mesa_sample_new(&other);
    assert_int_equal(mesa_sample_copy(wrong, from, 0), MESA_EINVAL);
    assert_int_equal(mesa_sample_rows(wrong), 0);
    mesa_sample_free(wrong);
    mesa_sample_free(to);
    mesa_sample_free(from);
}

/* What is refused leaves no trace. */
static void
test_refusals(void **state)
{
    const struct mesa_dataset data = rows(false);
    const size_t beyond[] = { 1, ROWS, 2 };
    struct mesa_sample *s = mesa_sample_new(&data);
    const struct mesa_dataset *d;
    double own[COLS] = { 1, 2, 3 };

    (void)state;
    assert_int_equal(mesa_sample_weight(s, 1.0), MESA_EINVAL);
    assert_int_equal(mesa_sample_keep(s, ROWS), MESA_EINVAL);
    assert_int_equal(mesa_sample_keep(s, SIZE_MAX), MESA_EINVAL);
    assert_int_equal(mesa_sample_make(s, ROWS, 0, 0, NULL), MESA_EINVAL);
    assert_int_equal(mesa_sample_make(s, 0, SIZE_MAX, 0, own), MESA_EINVAL);
    assert_int_equal(mesa_sample_make(s, SIZE_MAX, 0, 0, own), MESA_EINVAL);
    assert_int_equal(mesa_sample_make(s, 0, 1, INFINITY, own), MESA_EINVAL);
    assert_int_equal(mesa_sample_make(s, 0, 1, -INFINITY, NULL), MESA_EINVAL);
    assert_int_equal(mesa_sample_rows(s), 0);
    assert_int_equal(mesa_sample_make(s, 3, 4, 0.5, NULL), MESA_OK);
    assert_int_equal(mesa_sample_weight(s, INFINITY), MESA_EINVAL);
    assert_int_equal(mesa_sample_weight(s, NAN), MESA_EINVAL);
    assert_int_equal(mesa_sample_weight(s, -1e-300), MESA_EINVAL);
    assert_int_equal(mesa_sample_weight(s, 1e300), MESA_OK);
    assert_int_equal(mesa_sample_weight(s, 0.0), MESA_OK);
    /* Rows before the one that is refused are kept. */
    assert_int_equal(mesa_sample_keep_rows(s, beyond, 3), MESA_EINVAL);
    assert_int_equal(mesa_sample_rows(s), 2);
    assert_ok(mesa_sample_dataset(s, &d, err));
    assert_int_equal(d->x.rows, 2);
    assert_bits_equal(d->weight[0], 0.0);
    assert_bits_equal(d->weight[1], 1.0);
    assert_bits_equal(mesa_row(&d->x, 0)[0], x[9] + 0.5 * (x[12] - x[9]));
    mesa_sample_free(s);
    mesa_sample_free(NULL);
}

/* A view of a view: row numbers are those of the data that was given. */
static void
test_indexed(void **state)
{
    const struct mesa_dataset data = rows(false);
    const size_t pick[] = { 30, 4, 4, 19, 0, 8 };
    struct mesa_subset part;
    struct mesa_sample *s;
    const struct mesa_dataset *d;

    (void)state;
    assert_ok(mesa_subset_init(&part, &data, pick, 6, err));
    for (int made = 0; made < 2; made++) {
        s = mesa_sample_new(&part.data);
        assert_int_equal(mesa_sample_keep(s, 3), MESA_OK);
        assert_int_equal(made ? mesa_sample_make(s, 0, 5, 0.25, NULL)
                              : mesa_sample_keep(s, 0),
                         MESA_OK);
        assert_int_equal(mesa_sample_keep(s, 6), MESA_EINVAL);
        assert_ok(mesa_sample_dataset(s, &d, err));
        assert_bits_equal(mesa_row(&d->x, 0)[2], x[19 * COLS + 2]);
        assert_bits_equal(mesa_row(&d->x, 1)[1],
                          x[30 * COLS + 1] +
                              (made ? 0.25 : 0) * (x[8 * COLS + 1] -
                                                   x[30 * COLS + 1]));
        assert_int_equal(d->y[1], y[30]);
        mesa_sample_free(s);
    }
    mesa_subset_free(&part);
}

/* Threads divide the copying. */
static void
test_threads(void **state)
{
    static double first[REPORTS * COLS];
    const struct mesa_dataset data = rows(true);

    (void)state;
    for (size_t threads = 1; threads <= 5; threads += 4) {
        struct mesa_sample *s = mesa_sample_new(&data);
        const struct mesa_dataset *d;

        assert_ok(mesa_parallel_set_threads(threads, err));
        for (size_t i = 0; i < REPORTS; i++) {
            const struct report r = report_of(i, true, true);

            assert_int_equal(tell(s, &r), MESA_OK);
        }
        assert_ok(mesa_sample_dataset(s, &d, err));
        if (threads == 1)
            memcpy(first, d->x.data, sizeof first);
        assert_memory_equal(first, d->x.data, sizeof first);
        mesa_sample_free(s);
    }
    assert_ok(mesa_parallel_set_threads(1, err));
}

/* 60 reports and the dataset, when the k-th allocation fails; whatever was
 * refused is then asked for again. */
static bool
report_without_memory(uint64_t k, bool made)
{
    const struct mesa_dataset data = rows(true);
    struct mesa_sample *s = mesa_sample_new(&data);
    const struct mesa_dataset *d;
    struct mesa_error e;
    bool out = false;
    mesa_status st;

    mesa_memory_fail_at(k);
    for (size_t i = 0; i < 60; i++) {
        struct report r = report_of(i, made, true);
        size_t before = mesa_sample_rows(s);

        st = tell(s, &r);
        if (st == MESA_OK)
            continue;
        mesa_memory_fail_at(UINT64_MAX);
        assert_false(out);
        out = true;
        assert_int_equal(st, MESA_ENOMEM);
        /* The row may be there when only its weight found no room. */
        assert_in_range(mesa_sample_rows(s), before, before + r.weighted);
        assert_int_equal(mesa_sample_rows(s) == before
                             ? tell(s, &r)
                             : mesa_sample_weight(s, r.weight),
                         MESA_OK);
    }
    while ((st = mesa_sample_dataset(s, &d, &e)) != MESA_OK) {
        assert_int_equal(st, MESA_ENOMEM);
        assert_false(out);
        assert_true(strncmp(e.message, "out of memory: 60 ", 18) == 0);
        out = true;
        mesa_memory_fail_at(UINT64_MAX);
    }
    mesa_memory_fail_at(UINT64_MAX);
    for (size_t i = 0; i < 60; i++) {
        const struct report r = report_of(i, made, true);

        check_row(s, d, i, &r);
        assert_bits_equal(d->weight[i], r.weight * weight[r.a]);
    }
    mesa_sample_free(s);
    return out;
}

static void
test_memory_running_out(void **state)
{
    const uint64_t live = mesa_memory_live();

    (void)state;
    for (int made = 0; made < 2; made++) {
        uint64_t k = 0;

        while (report_without_memory(k, made))
            k++;
        assert_in_range(k, made ? 10 : 5, 30);
        assert_int_equal(mesa_memory_live(), live);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_indexed),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_memory_running_out),
    };

    return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
