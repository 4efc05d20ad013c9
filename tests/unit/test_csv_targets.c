/* SPDX-License-Identifier: MIT */
/*
 * test_csv_targets.c - numbers to predict instead of classes: which columns
 * they come from, what is refused, and what becomes of them in a split.
 */
#include "csv_fixture.h"

#include "host.h"

#include <math.h>

/* The dataset in one line: names>targets|x,x>t,t|... */
static const char *
dump(const struct mesa_dataset *d)
{
    static char out[4000];
    char number[MESA_DOUBLE_TEXT];
    size_t n = 0;

#define PUT(...) (n += (size_t)snprintf(out + n, sizeof out - n, __VA_ARGS__))
    assert_null(d->y);
    assert_int_equal(d->n_classes, 0);
    assert_int_equal(d->schema->n_targets, d->target.cols);
    assert_int_equal(d->target.rows, d->x.rows);
    for (size_t j = 0; j < d->x.cols; j++)
        PUT("%s%s", j ? "," : "", d->schema->column[j].name);
    for (size_t t = 0; t < d->target.cols; t++)
        PUT("%c%s", t ? ',' : '>', d->schema->target[t]);
    for (size_t r = 0; r < d->x.rows; r++) {
        for (size_t j = 0; j < d->x.cols; j++) {
            mesa_format_double(mesa_row(&d->x, r)[j], number);
            PUT("%c%s", j ? ',' : '|', number);
        }
        for (size_t t = 0; t < d->target.cols; t++) {
            mesa_format_double(mesa_row(&d->target, r)[t], number);
            PUT("%c%s", t ? ',' : '>', number);
        }
    }
#undef PUT
    assert_true(n < sizeof out);
    return out;
}

static const char *
message(const struct fixture *fx, const char *text)
{
    static char out[1000];
    size_t n = (size_t)sprintf(out, "[data] csv: ");

    for (; *text; text++)
        n += (size_t)snprintf(out + n, sizeof out - n,
                              *text == '@' ? "%s/a.csv" : "%.1s",
                              *text == '@' ? fx->folder : text);
    assert_true(n < sizeof out);
    return out;
}

static void
check_refused(mesa_status status, const struct example *e, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct fixture fx;

        fixture_init(&fx);
        fixture_text(&fx, "a.csv", e[i].text);
        for (size_t k = 0; k < MESA_COUNT(block_size); k++)
            assert_error(open_example(&fx, &e[i], k, err), status,
                         message(&fx, e[i].expected));
        fixture_free(&fx);
    }
}

#define REFUSE(status, ...)                                        \
    do {                                                           \
        const struct example examples_[] = { __VA_ARGS__ };        \
        check_refused(status, examples_, MESA_COUNT(examples_));   \
    } while (0)

static void
test_columns(void **state)
{
    const char *text = "a,b,c\n1,2,3.5\n4,?,-6e1\n";

    (void)state;
    CHECK({ text, "target = c\n", "a,b>c|1,2>3.5|4,nan>-60" },
          { text, "target = -1\n", "a,b>c|1,2>3.5|4,nan>-60" },
          { text, "target = 0\n", "b,c>a|2,3.5>1|nan,-60>4" },
          { text, "target = a\nignore = b\n", "c>a|3.5>1|-60>4" },
          /* in the order of the parameter, not in that of the fields */
          { text, "target = c, a\n", "b>c,a|2>3.5,1|nan>-60,4" },
          { text, "target = a, -1\n", "b>a,c|2>1,3.5|nan>4,-60" },
          /* a name wins over a number */
          { "a,0,1\n1,2,3\n", "target = 0\nheader = yes\n",
            "a,1>0|1,3>2" });
}

static void
test_fields(void **state)
{
    (void)state;
    CHECK({ "\"a\", \"t\"\r\n1,\" 2.5 \"\r\n\n3 ,4\t\r\n", "target = t\n",
            "a>t|1>2.5|3>4" },
          { "t;a\n\"1\";\"2\"\n3;4", "target = t\n", "a>t|2>1|4>3" },
          /* without a header */
          { "1,2\n3,4\n", "target = 1\n", "x0>x1|1>2|3>4" },
          { "1,2\n3,4\n", "target = x0\n", "x1>x0|2>1|4>3" },
          /* the name of a target tells a header */
          { "size,price\n1,2\n", "target = price\n",
            "size>price|1>2" },
          { "0,1,price\n5,6,7\n", "target = price\n",
            "0,1>price|5,6>7" });
}

static void
test_categories_beside(void **state)
{
    struct fixture fx;
    const struct mesa_dataset *d;

    (void)state;
    CHECK({ "t,c,a\n1.5,red,7\n2,blue,8\n3,red,9\n",
            "target = t\ncategorical = c\n",
            "c,a>t|1,7>1.5|0,8>2|1,9>3" },
          { "c,a,t\nred,7,1\nblue,8,2\n",
            "target = t\ncategorical = auto\n", "c,a>t|1,7>1|0,8>2" });
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "t,c\n1,red\n2,blue\n");
    assert_ok(fixture_open(&fx, csv_plugin(),
                           "file = a.csv\ntarget = t\ncategorical = auto\n",
                           1, err));
    d = fixture_part(&fx, MESA_PART_ALL);
    assert_string_equal(d->schema->column[0].category[1], "red");
    assert_null(d->schema->class_name);
    assert_null(d->schema->label);
    fixture_free(&fx);
}

static void
test_parts(void **state)
{
    struct mesa_error why;
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "train.csv", "a,b,u,t\n1,2,3,4\n");
    fixture_text(&fx, "valid.csv", "t;u;b;a\n8;7;6;5\n");
    fixture_text(&fx, "test.csv", "9,10,11,12\n13,14,15,16\n");
    fixture_text(&fx, "short.csv", "a,b,u\n9,10,11\n");
    assert_ok(fixture_open(&fx, csv_plugin(),
                           "train = train.csv\nvalid = valid.csv\n"
                           "test = test.csv\ntarget = t, u\n",
                           1, err));
    assert_string_equal(dump(fixture_part(&fx, MESA_PART_TRAIN)),
                        "a,b>t,u|1,2>4,3");
    assert_string_equal(dump(fixture_part(&fx, MESA_PART_VALID)),
                        "a,b>t,u|5,6>8,7");
    assert_string_equal(dump(fixture_part(&fx, MESA_PART_TEST)),
                        "a,b>t,u|9,10>12,11|13,14>16,15");
    assert_int_equal(fixture_open(&fx, csv_plugin(),
                                  "train = train.csv\ntest = short.csv\n"
                                  "target = t\n",
                                  1, &why),
                     MESA_EDATA);
    assert_non_null(strstr(why.message, "; missing: t"));
    fixture_free(&fx);
}

#define HOUSE "a,b,price\n1,2,3\n"

static void
test_refused_columns(void **state)
{
    (void)state;
    REFUSE(MESA_EDATA,
           { HOUSE, "target = prize\n",
             "@ has no target column 'prize', did you mean 'price'? (its "
             "columns are: a, b, price)" },
           { "1,2\n3,4\n", "target = t\n",
             "@ has no target column 't' (without a header its columns are: "
             "x0, x1)" },
           { HOUSE, "target = 3\n", "@: target is column 3 but there are 3" },
           { HOUSE, "target = -4\n",
             "@: target is column -4 but there are 3" },
           { HOUSE, "target = price, a, 2\n",
             "@: target has column 'price' twice" },
           { HOUSE, "target = price, b\nignore = b\n",
             "@: 'b' is a target and in ignore" },
           { HOUSE, "target = price, b\ncategorical = b\n",
             "@: 'b' is a target and in categorical" },
           { HOUSE, "target = price, b, a\n",
             "@ has no columns but targets and ignored ones" },
           { "1\n2\n", "target = 0\n",
             "@:1: one field with the delimiter ',', expected a target and at "
             "least one feature" });
}

static void
test_refused_together(void **state)
{
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    assert_error(fixture_make(&fx, csv_plugin(),
                              "file = a.csv\ntarget = t\nlabel = y\n", err),
                 MESA_EINVAL,
                 "[data] csv: target and label are both given: rows have "
                 "either numbers to predict or classes");
    assert_error(fixture_make(&fx, csv_plugin(),
                              "file = a.csv\ntarget = t\nclasses = a, b\n",
                              err),
                 MESA_EINVAL,
                 "[data] csv: target and classes are both given: rows have "
                 "either numbers to predict or classes");
    fixture_free(&fx);
}

static void
test_refused_values(void **state)
{
    (void)state;
    REFUSE(MESA_EDATA,
           { "a,t\n1,2\n3,\n5,6\n", "target = t\n",
             "@:3: target column 't' is empty" },
           { "t,a\n1,2\n\" \",4\n", "target = t\n",
             "@:3: target column 't' is empty" },
           { "a,t\n1,2\n3,?\n", "target = t\n",
             "@:3: target column 't' holds '?', which means missing" },
           { "a,t\n1,2\n3,-9.0\n", "target = t\nmissing = -9\n",
             "@:3: target column 't' holds '-9.0', which means missing" });
    REFUSE(MESA_EPARSE,
           /* and no advice to make categories of it */
           { "a,t\n1,2\n\n3,low\n", "target = t\n",
             "@:4: column 't' holds 'low', expected a number" },
           { "a,t\n1,2\n3,1e999\n", "target = t\n",
             "@:3: column 't' holds '1e999', which is not finite" },
           { "a,t\n1,2\n3,\n", "target = t\nmissing = ?\n",
             "@:3: column 't' is empty, expected a number" },
           { "a,t,b\n1,2,3\n3,,\"4\n5,6,7\n", "target = t\n",
             "@:3: the quoted field that starts here has no end" },
           /* ragged is the better explanation */
           { "a,t,b\n1,2,3\n3,\n5,6,7\n", "target = t\n",
             "@:3: 2 fields, expected 3" },
           { "a,t,b\n1,2,3\n3,?,5,6\n", "target = t\n",
             "@:3: 4 fields, expected 3" });
}

/* A stream has the columns of the model; what it knows to be a target is no
 * surprise there, and nobody asks for labels. */
static void
test_stream(void **state)
{
    struct fixture fx;
    const struct mesa_source_class *c;
    const struct mesa_dataset *all;
    struct mesa_dataset d;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "t,b,a\nlow,4,3\n,6,5\n");
    fixture_text(&fx, "b.csv", "a,b,t\n1,2,3\n");
    assert_ok(fixture_open(&fx, csv_plugin(), "file = b.csv\ntarget = t\n", 1,
                           err));
    all = fixture_part(&fx, MESA_PART_ALL);
    c = (const void *)mesa_instance_class(fx.source);
    assert_true(c->has_targets(mesa_instance_view(fx.source)));
    assert_error(c->stream(mesa_instance_self(fx.source), fx.path[0],
                           all->schema, true, err),
                 MESA_EDATA,
                 "the model has no classes: there are no labels to read");
    assert_ok(c->stream(mesa_instance_self(fx.source), fx.path[0],
                        all->schema, false, err));
    assert_ok(c->next(mesa_instance_self(fx.source), &d, err));
    assert_int_equal(d.x.rows, 2);
    assert_null(d.y);
    assert_bits_equal(d.x.data[0], 3.0);
    assert_bits_equal(d.x.data[1], 4.0);
    /* The stream borrows the schema, so it has to go first. */
    mesa_instance_free(fx.source);
    fx.source = NULL;
    assert_ok(fixture_make(&fx, csv_plugin(), "file = b.csv\n", err));
    assert_false(c->has_targets(mesa_instance_view(fx.source)));
    fixture_free(&fx);
}

/* One table of rows r, 10 r + 1 > 100 r, split by the core. */
static void
open_split(struct fixture *fx, struct mesa_parts *parts)
{
    static char text[4000];
    static double share[] = { 0.5, 0.25, 0.25 };
    struct mesa_rng rng;
    size_t n = (size_t)sprintf(text, "a,b,t\n");

    for (int r = 0; r < 40; r++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%d,%d,%d\n", r,
                              10 * r + 1, 100 * r);
    fixture_init(fx);
    fixture_text(fx, "a.csv", text);
    assert_ok(fixture_make(fx, csv_plugin(), "file = a.csv\ntarget = t\n",
                           err));
    fx->component.data.split.n = 3;
    fx->component.data.split.value = share;
    mesa_rng_seed(&rng, 3);
    assert_ok(mesa_parts_open(parts, &fx->component, false, &rng, err));
}

/* Random shares, in which each row keeps its target. */
static void
test_split(void **state)
{
    static const size_t rows[] = { 0, 20, 10, 10 };
    struct mesa_parts parts;
    struct fixture fx;
    bool seen[40] = { false };
    size_t moved = 0;

    (void)state;
    open_split(&fx, &parts);
    for (int p = MESA_PART_TRAIN; p <= MESA_PART_TEST; p++) {
        const struct mesa_dataset *d = parts.data[p];

        assert_null(d->y);
        assert_int_equal(d->x.rows, rows[p]);
        assert_int_equal(d->target.rows, rows[p]);
        for (size_t r = 0; r < d->x.rows; r++) {
            double v = mesa_row(&d->x, r)[0];

            assert_bits_equal(mesa_row(&d->target, r)[0], 100 * v);
            assert_false(seen[(int)v]);
            seen[(int)v] = true;
            moved += p == MESA_PART_TRAIN && v >= 20;
        }
    }
    assert_true(moved > 0);
    mesa_parts_free(&parts);
    fixture_free(&fx);
}

static void
test_folds(void **state)
{
    struct mesa_parts parts;
    struct mesa_rng rng;
    struct fixture fx;

    (void)state;
    open_split(&fx, &parts);
    mesa_parts_free(&parts);
    mesa_rng_seed(&rng, 3);
    assert_error(mesa_parts_open(&parts, &fx.component, true, &rng, err),
                 MESA_EDATA,
                 "[evaluate] folds need classes, the data have targets");
    mesa_parts_free(&parts);
    fixture_free(&fx);
}

static void
test_no_memory(void **state)
{
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "a,u,t\n1,2,3\n4,5,6\n");
    assert_ok(mesa_parallel_set_threads(1, err));
    assert_ok(fixture_make(&fx, csv_plugin(), "file = a.csv\ntarget = t, u\n",
                           err));
    for (uint64_t at = 0;; at++) {
        struct mesa_bundle *b = mesa_bundle_new();
        struct mesa_error why;
        struct mesa_rng rng;
        mesa_status st;

        mesa_rng_seed(&rng, 1);
        mesa_memory_fail_at(at);
        st = mesa_source_open(fx.source, b, &rng, &why);
        mesa_memory_fail_at(UINT64_MAX);
        if (st == MESA_OK)
            assert_string_equal(dump(mesa_bundle_dataset(b, MESA_PART_ALL)),
                                "a>t,u|1>3,2|4>6,5");
        mesa_bundle_free(b);
        if (st == MESA_OK)
            break;
        assert_int_equal(st, MESA_ENOMEM);
    }
    fixture_free(&fx);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_categories_beside),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_refused_columns),
        cmocka_unit_test(test_refused_together),
        cmocka_unit_test(test_refused_values),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_folds),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
