/* SPDX-License-Identifier: MIT */
/* test_data.c - subsets, bundles and samples. */
#include "test.h"

#include "bundle.h"

#include <math.h>

static const double x[] = { 0, 1, -1, 10, 11, -1, 20, 21, -1, 30, 31, -1 };
static const int32_t y[] = { 0, 1, 0, 1 };
static const double weight[] = { 1, 2, 3, 4 };

/* Four rows of two columns in a matrix of stride 3. */
static const struct mesa_dataset four = {
    .struct_size = sizeof four,
    .x = { x, 4, 2, 3, NULL },
    .y = y,
    .weight = weight,
    .n_classes = 2,
};

static void
test_subset_of_subset(void **state)
{
    const size_t first[] = { 3, 1, 0 }, second[] = { 2, 0, 0 };
    struct mesa_subset a, b;

    (void)state;
    assert_ok(mesa_subset_init(&a, &four, first, 3, err));
    assert_ok(mesa_subset_init(&b, &a.data, second, 3, err));
    assert_ptr_equal(b.data.x.data, x);
    assert_int_equal(b.data.x.rows, 3);
    assert_bits_equal(mesa_row(&b.data.x, 0)[1], 1.0);
    assert_bits_equal(mesa_row(&b.data.x, 1)[0], 30.0);
    assert_int_equal(b.data.y[0], 0);
    assert_int_equal(b.data.y[2], 1);
    assert_bits_equal(b.data.weight[1], 4.0);
    mesa_subset_free(&b);
    mesa_subset_free(&a);
}

static void
test_subset_refuses_rows_out_of_range(void **state)
{
    const size_t pick[] = { 0, 4 };
    struct mesa_subset s;

    (void)state;
    assert_error(mesa_subset_init(&s, &four, pick, 2, err), MESA_EINVAL,
                 "row 4 of 4");
    mesa_subset_free(&s);
}

static void
test_class_counts(void **state)
{
    size_t count[2];

    (void)state;
    mesa_class_counts(&four, count);
    assert_int_equal(count[0], 2);
    assert_int_equal(count[1], 2);
}

static void
test_sample_that_only_keeps_is_a_view(void **state)
{
    struct mesa_sample *s = mesa_sample_new(&four);
    const struct mesa_dataset *d;

    (void)state;
    assert_int_equal(mesa_sample_keep(s, 2), MESA_OK);
    assert_int_equal(mesa_sample_keep(s, 2), MESA_OK);
    assert_int_equal(mesa_sample_keep(s, 1), MESA_OK);
    assert_int_equal(mesa_sample_keep(s, 4), MESA_EINVAL);
    assert_int_equal(mesa_sample_weight(s, 0.5), MESA_OK);
    assert_int_equal(mesa_sample_weight(s, -1.0), MESA_EINVAL);
    assert_int_equal(mesa_sample_rows(s), 3);
    assert_ok(mesa_sample_dataset(s, &d, err));
    assert_ptr_equal(d->x.data, x);
    assert_bits_equal(mesa_row(&d->x, 1)[0], 20.0);
    assert_int_equal(d->y[2], 1);
    assert_bits_equal(d->weight[0], 3.0);
    assert_bits_equal(d->weight[2], 1.0);
    assert_int_equal(mesa_sample_origin(s, 1).kept, 2);
    mesa_sample_free(s);
}

static void
test_sample_that_makes_is_a_copy(void **state)
{
    const double own[] = { 7.0, 8.0 };
    struct mesa_sample *s = mesa_sample_new(&four);
    const struct mesa_dataset *d;
    struct mesa_origin o;

    (void)state;
    assert_int_equal(mesa_sample_make(s, 1, 3, 0.25, NULL), MESA_OK);
    assert_int_equal(mesa_sample_keep(s, 0), MESA_OK);
    assert_int_equal(mesa_sample_make(s, 2, 2, 0.0, own), MESA_OK);
    assert_int_equal(mesa_sample_make(s, 1, 4, 0.5, NULL), MESA_EINVAL);
    assert_int_equal(mesa_sample_make(s, 1, 3, NAN, NULL), MESA_EINVAL);
    assert_ok(mesa_sample_dataset(s, &d, err));
    assert_int_equal(d->x.rows, 3);
    for (size_t i = 0; i < 3; i++) {
        double row[2];

        mesa_sample_row(s, i, row);
        assert_memory_equal(row, mesa_row(&d->x, i), sizeof row);
    }
    assert_bits_equal(mesa_row(&d->x, 0)[0], 15.0);
    assert_bits_equal(mesa_row(&d->x, 0)[1], 16.0);
    assert_bits_equal(mesa_row(&d->x, 1)[1], 1.0);
    assert_bits_equal(mesa_row(&d->x, 2)[0], 7.0);
    assert_int_equal(d->y[0], 1);
    assert_int_equal(d->y[2], 0);
    o = mesa_sample_origin(s, 0);
    assert_true(o.kept == SIZE_MAX);
    assert_int_equal(o.parent_a, 1);
    assert_int_equal(o.parent_b, 3);
    assert_bits_equal(o.step, 0.25);
    mesa_sample_free(s);
}

static void
test_class_rows(void **state)
{
    size_t rows[2];

    (void)state;
    assert_int_equal(mesa_class_rows(&four, 1, NULL), 2);
    assert_int_equal(mesa_class_rows(&four, 1, rows), 2);
    assert_int_equal(rows[0], 1);
    assert_int_equal(rows[1], 3);
    assert_int_equal(mesa_class_rows(&four, 2, rows), 0);
}

static void
test_sample_of_many_rows(void **state)
{
    const size_t rows[] = { 3, 3, 4 };
    struct mesa_sample *s = mesa_sample_new(&four);

    (void)state;
    assert_int_equal(mesa_sample_keep_rows(s, NULL, 4), MESA_OK);
    assert_int_equal(mesa_sample_keep_rows(s, rows, 2), MESA_OK);
    assert_int_equal(mesa_sample_origin(s, 5).kept, 3);
    assert_int_equal(mesa_sample_keep_rows(s, rows, 3), MESA_EINVAL);
    mesa_sample_free(s);
}

/* Kept, made, made otherwise, and weighted rows pass through a copy. */
static void
test_sample_copies(void **state)
{
    const double own[] = { 7.0, 8.0 };
    struct mesa_sample *from = mesa_sample_new(&four);
    struct mesa_sample *to = mesa_sample_new(&four);
    const struct mesa_dataset *a, *b;

    (void)state;
    assert_int_equal(mesa_sample_keep(from, 2), MESA_OK);
    assert_int_equal(mesa_sample_make(from, 1, 3, 0.25, NULL), MESA_OK);
    assert_int_equal(mesa_sample_make(from, 0, 2, 0.5, own), MESA_OK);
    assert_int_equal(mesa_sample_weight(from, 0.5), MESA_OK);
    for (size_t i = 3; i-- > 0;)
        assert_int_equal(mesa_sample_copy(to, from, i), MESA_OK);
    assert_int_equal(mesa_sample_copy(to, from, 3), MESA_EINVAL);
    assert_ok(mesa_sample_dataset(from, &a, err));
    assert_ok(mesa_sample_dataset(to, &b, err));
    assert_int_equal(b->x.rows, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_memory_equal(mesa_row(&a->x, i), mesa_row(&b->x, 2 - i),
                            sizeof own);
        assert_bits_equal(a->weight[i], b->weight[2 - i]);
    }
    assert_int_equal(mesa_sample_origin(to, 0).parent_b, 2);
    assert_int_equal(mesa_sample_origin(to, 2).kept, 2);
    mesa_sample_free(from);
    mesa_sample_free(to);
}

static void
test_sample_grows(void **state)
{
    struct mesa_sample *s = mesa_sample_new(&four);
    const struct mesa_dataset *d;

    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(i % 3 ? mesa_sample_keep(s, i % 4)
                               : mesa_sample_make(s, i % 4, 0, 0.5, NULL),
                         MESA_OK);
        assert_int_equal(mesa_sample_weight(s, (double)i), MESA_OK);
    }
    assert_ok(mesa_sample_dataset(s, &d, err));
    assert_int_equal(d->x.rows, 1000);
    assert_bits_equal(d->weight[999], 999.0 * weight[999 % 4]);
    assert_int_equal(mesa_sample_origin(s, 999).parent_a, 3);
    mesa_sample_free(s);
}

/* Room does not show, but for room that nothing has. */
static void
test_sample_reserves(void **state)
{
    struct mesa_sample *s = mesa_sample_new(&four);
    uint64_t before;

    (void)state;
    assert_int_equal(mesa_sample_keep(s, 1), MESA_OK);
    assert_int_equal(mesa_sample_weight(s, 2.0), MESA_OK);
    assert_int_equal(mesa_sample_reserve(s, 100, 200), MESA_OK);
    assert_int_equal(mesa_sample_rows(s), 1);
    before = mesa_memory_calls();
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(i < 100 ? mesa_sample_keep(s, 0)
                                 : mesa_sample_make(s, 0, 1, 0.5, NULL),
                         MESA_OK);
    assert_int_equal(mesa_memory_calls(), before);
    assert_int_equal(mesa_sample_rows(s), 301);
    assert_int_equal(mesa_sample_reserve(s, SIZE_MAX, 1), MESA_ENOMEM);
    assert_int_equal(mesa_sample_reserve(s, 1, SIZE_MAX), MESA_ENOMEM);
    mesa_memory_fail_at(0);
    assert_int_equal(mesa_sample_reserve(s, 1000, 0), MESA_ENOMEM);
    mesa_memory_fail_at(UINT64_MAX);
    assert_int_equal(mesa_sample_rows(s), 301);
    mesa_sample_free(s);
}

/* A bundle with the given rows in one part. */
static struct mesa_bundle *
bundle_of(size_t rows, size_t cols, double **bx, int32_t **by)
{
    static const char *const classes[] = { "no", "yes" };
    struct mesa_bundle *b = mesa_bundle_new();

    assert_ok(mesa_bundle_columns(b, cols, NULL, err));
    assert_ok(mesa_bundle_classes(b, 2, classes, NULL, err));
    assert_ok(mesa_bundle_part(b, MESA_PART_ALL, rows, bx, by, err));
    for (size_t i = 0; i < rows * cols; i++)
        (*bx)[i] = (double)i;
    for (size_t i = 0; i < rows; i++)
        (*by)[i] = (int32_t)(i % 2);
    return b;
}

static void
test_bundle(void **state)
{
    double *bx;
    int32_t *by;
    struct mesa_bundle *b = bundle_of(5, 3, &bx, &by);
    const struct mesa_dataset *d;

    (void)state;
    bx[4] = NAN;
    assert_ok(mesa_bundle_check(b, err));
    d = mesa_bundle_dataset(b, MESA_PART_ALL);
    assert_null(mesa_bundle_dataset(b, MESA_PART_TEST));
    assert_int_equal(d->flags, MESA_DATA_MISSING);
    assert_string_equal(d->schema->column[2].name, "x2");
    assert_string_equal(d->schema->class_name[1], "yes");
    assert_string_equal(d->schema->label, "label");
    assert_error(mesa_bundle_columns(b, 3, NULL, err), MESA_ESTATE,
                 "columns are given twice");
    assert_error(mesa_bundle_classes(b, 0, NULL, NULL, err), MESA_ESTATE,
                 "classes are given twice");
    assert_error(mesa_bundle_part(b, MESA_PART_ALL, 1, &bx, &by, err),
                 MESA_ESTATE, "part all is given twice");
    mesa_bundle_free(b);
}

/* Numbers to predict, in two parts. */
static void
test_bundle_targets(void **state)
{
    static const char *const names[] = { "price", "age" };
    struct mesa_bundle *b = mesa_bundle_new();
    const struct mesa_dataset *d;
    double *bx, *target;
    int32_t *by;

    (void)state;
    assert_ok(mesa_bundle_columns(b, 1, NULL, err));
    assert_ok(mesa_bundle_targets(b, 2, names, err));
    for (int part = MESA_PART_TRAIN; part <= MESA_PART_VALID; part++) {
        by = (void *)&by;
        assert_ok(mesa_bundle_part(b, (enum mesa_part)part, 3, &bx, &by, err));
        assert_null(by);
        memset(bx, 0, 3 * sizeof *bx);
        assert_error(mesa_bundle_check(b, err), MESA_EDATA,
                     part == MESA_PART_TRAIN ? "train has no targets"
                                             : "valid has no targets");
        assert_ok(mesa_bundle_part_targets(b, (enum mesa_part)part, &target,
                                           err));
        for (size_t i = 0; i < 6; i++)
            target[i] = (double)i / 4;
    }
    assert_ok(mesa_bundle_check(b, err));
    d = mesa_bundle_dataset(b, MESA_PART_VALID);
    assert_null(d->y);
    assert_int_equal(d->n_classes, 0);
    assert_int_equal(d->schema->n_classes, 0);
    assert_int_equal(d->schema->n_targets, 2);
    assert_string_equal(d->schema->target[1], "age");
    assert_int_equal(d->target.rows, 3);
    assert_int_equal(d->target.cols, 2);
    assert_bits_equal(mesa_row(&d->target, 2)[1], 1.25);
    target[3] = NAN;
    assert_error(mesa_bundle_check(b, err), MESA_EDATA,
                 "valid: row 1, target 'age' is missing");
    target[3] = -INFINITY;
    assert_error(mesa_bundle_check(b, err), MESA_EDATA,
                 "valid: row 1, target 'age' is infinite");
    mesa_bundle_free(b);
}

static void
test_bundle_target_refusals(void **state)
{
    static const char *const names[] = { "price", "\xE9t\xE9" };
    struct mesa_bundle *b = mesa_bundle_new();
    double *bx, *target;
    int32_t *by;

    (void)state;
    assert_ok(mesa_bundle_columns(b, 1, NULL, err));
    assert_error(mesa_bundle_targets(b, 0, names, err), MESA_EINVAL,
                 "there are no targets");
    assert_ok(mesa_bundle_targets(b, 1, names, err));
    assert_error(mesa_bundle_targets(b, 1, names, err), MESA_ESTATE,
                 "targets are given twice");
    assert_error(mesa_bundle_classes(b, 1, names, NULL, err), MESA_ESTATE,
                 "both classes and targets are given");
    assert_error(mesa_bundle_part_targets(b, MESA_PART_TEST, &target, err),
                 MESA_ESTATE, "targets before the rows of part test");
    assert_ok(mesa_bundle_part(b, MESA_PART_TEST, 1, &bx, &by, err));
    assert_ok(mesa_bundle_part_targets(b, MESA_PART_TEST, &target, err));
    assert_error(mesa_bundle_part_targets(b, MESA_PART_TEST, &target, err),
                 MESA_ESTATE, "targets of part test are given twice");
    mesa_bundle_free(b);
    b = bundle_of(2, 1, &bx, &by);
    assert_error(mesa_bundle_targets(b, 1, names, err), MESA_ESTATE,
                 "both classes and targets are given");
    assert_error(mesa_bundle_part_targets(b, MESA_PART_ALL, &target, err),
                 MESA_ESTATE, "no targets are named, but part all gives some");
    mesa_bundle_free(b);
    b = mesa_bundle_new();
    assert_error(mesa_bundle_targets(b, 2, names, err), MESA_EPARSE,
                 "the name of target 1 is not UTF-8: save the file as UTF-8");
    mesa_bundle_free(b);
}

/* Whatever counts or lists the rows of classes finds none. */
static void
test_rows_without_classes(void **state)
{
    const double v[] = { 1, 2 };
    const struct mesa_dataset d = { .struct_size = sizeof d,
                                    .x = { v, 2, 1, 1, NULL },
                                    .target = { v, 2, 1, 1, NULL },
                                    .n_classes = 1 };
    size_t count = 7;

    (void)state;
    mesa_class_counts(&d, &count);
    assert_int_equal(count, 0);
    assert_int_equal(mesa_class_rows(&d, 0, NULL), 0);
}

static void
test_bundle_refusals(void **state)
{
    static const char *const colours[] = { "red", "green" };
    double *bx;
    int32_t *by;
    struct mesa_bundle *b = bundle_of(5, 3, &bx, &by);

    (void)state;
    by[3] = 2;
    assert_error(mesa_bundle_check(b, err), MESA_EDATA,
                 "all: row 3 has label 2 but there are 2 classes");
    by[3] = -2;
    assert_error(mesa_bundle_check(b, err), MESA_EDATA,
                 "all: row 3 has label -2 but there are 2 classes");
    /* Not known, which is not wrong. */
    by[3] = -1;
    assert_ok(mesa_bundle_check(b, err));
    assert_int_equal(mesa_bundle_dataset(b, MESA_PART_ALL)->flags,
                     MESA_DATA_UNLABELLED);
    by[3] = 1;
    bx[7] = INFINITY;
    assert_error(mesa_bundle_check(b, err), MESA_EDATA,
                 "all: row 2, column 'x1' is infinite");
    bx[7] = 1.0;
    assert_ok(mesa_bundle_categories(b, 1, 2, colours, err));
    assert_error(mesa_bundle_check(b, err), MESA_EDATA,
                 "all: row 1, column 'x1': 4 is none of its 2 categories");
    assert_error(mesa_bundle_categories(b, 1, 2, colours, err), MESA_ESTATE,
                 "categories are given twice");
    assert_error(mesa_bundle_categories(b, 3, 2, colours, err), MESA_EINVAL,
                 "column 3 of 3");
    mesa_bundle_free(b);
}

static void
test_incomplete_bundles(void **state)
{
    static const char *const classes[] = { "no" };
    static const char *const latin[] = { "a", "\xE9t\xE9" };
    struct mesa_bundle *b = mesa_bundle_new();
    double *bx;
    int32_t *by;

    (void)state;
    assert_error(mesa_bundle_part(b, MESA_PART_TRAIN, 1, &bx, &by, err),
                 MESA_ESTATE, "rows before columns and classes or targets");
    assert_error(mesa_bundle_check(b, err), MESA_EDATA,
                 "the source gave no rows");
    assert_ok(mesa_bundle_columns(b, 1, NULL, err));
    assert_ok(mesa_bundle_classes(b, 1, classes, "y", err));
    assert_ok(mesa_bundle_part(b, MESA_PART_TRAIN, 0, &bx, &by, err));
    assert_error(mesa_bundle_check(b, err), MESA_EDATA, "train has no rows");
    assert_ok(mesa_bundle_part(b, MESA_PART_ALL, 0, &bx, &by, err));
    assert_error(mesa_bundle_check(b, err), MESA_EDATA,
                 "the source gave both one table and a training part");
    mesa_bundle_free(b);
    b = mesa_bundle_new();
    assert_error(mesa_bundle_columns(b, 2, latin, err), MESA_EPARSE,
                 "the name of column 1 is not UTF-8: save the file as UTF-8");
    assert_error(mesa_bundle_classes(b, 2, latin, "y", err), MESA_EPARSE,
                 "the name of class 1 is not UTF-8: save the file as UTF-8");
    mesa_bundle_free(b);
    b = mesa_bundle_new();
    assert_ok(mesa_bundle_columns(b, 0, NULL, err));
    assert_ok(mesa_bundle_classes(b, 1, classes, "y", err));
    assert_ok(mesa_bundle_part(b, MESA_PART_TRAIN, 1, &bx, &by, err));
    assert_error(mesa_bundle_check(b, err), MESA_EDATA,
                 "there are no feature columns");
    mesa_bundle_free(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subset_of_subset),
        cmocka_unit_test(test_subset_refuses_rows_out_of_range),
        cmocka_unit_test(test_class_counts),
        cmocka_unit_test(test_sample_that_only_keeps_is_a_view),
        cmocka_unit_test(test_sample_that_makes_is_a_copy),
        cmocka_unit_test(test_class_rows),
        cmocka_unit_test(test_sample_of_many_rows),
        cmocka_unit_test(test_sample_copies),
        cmocka_unit_test(test_sample_grows),
        cmocka_unit_test(test_sample_reserves),
        cmocka_unit_test(test_bundle),
        cmocka_unit_test(test_bundle_targets),
        cmocka_unit_test(test_bundle_target_refusals),
        cmocka_unit_test(test_rows_without_classes),
        cmocka_unit_test(test_bundle_refusals),
        cmocka_unit_test(test_incomplete_bundles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
