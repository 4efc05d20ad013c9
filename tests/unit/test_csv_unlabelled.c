/* SPDX-License-Identifier: MIT */
/*
 * test_csv_unlabelled.c - rows whose label nobody knows yet: single ones, all
 * of them, files without the column; and what is refused.
 */
#include "csv_fixture.h"

#include "warn.h"

/* The dataset in one line: names>classes|x,x>class|... , ? for no label. */
static const char *
dump(const struct mesa_dataset *d)
{
    static char out[4000];
    char number[MESA_DOUBLE_TEXT];
    bool unlabelled = false;
    size_t n = 0;

#define PUT(...) (n += (size_t)snprintf(out + n, sizeof out - n, __VA_ARGS__))
    for (size_t j = 0; j < d->x.cols; j++)
        PUT("%s%s", j ? "," : "", d->schema->column[j].name);
    PUT(">%s:", d->schema->label);
    for (uint32_t c = 0; c < d->n_classes; c++)
        PUT("%s%s", c ? "," : "", d->schema->class_name[c]);
    for (size_t r = 0; r < d->x.rows; r++) {
        for (size_t j = 0; j < d->x.cols; j++) {
            mesa_format_double(mesa_row(&d->x, r)[j], number);
            PUT("%c%s", j ? ',' : '|', number);
        }
        PUT(">%s", d->y[r] < 0 ? "?" : d->schema->class_name[d->y[r]]);
        unlabelled |= d->y[r] < 0;
    }
#undef PUT
    assert_true(n < sizeof out);
    assert_int_equal(unlabelled, (d->flags & MESA_DATA_UNLABELLED) != 0);
    return out;
}

static void
test_some(void **state)
{
    (void)state;
    CHECK({ "a,y\n1,p\n2,\n3,q\n4,NA\n", "unlabelled = yes\n",
            "a>y:p,q|1>p|2>?|3>q|4>?" },
          { "a,y\n1,\n2,\n3,\n4,q\n5,q\n6,p\n", "unlabelled = yes\n",
            "a>y:p,q|1>?|2>?|3>?|4>q|5>q|6>p" },
          /* what means missing is no class; numbers go by value */
          { "y,a\n-1,1\n1.0,2\n-1.0,3\n01,4\n\"\",5\n0,6\n",
            "label = y\nunlabelled = yes\nmissing = -1\n",
            "a>y:0,1|1>?|2>1|3>?|4>1|5>?|6>0" },
          /* unless it is declared */
          { "a,y\n1,NA\n2,?\n3,EU\n",
            "unlabelled = yes\nclasses = EU, NA\n",
            "a>y:EU,NA|1>NA|2>?|3>EU" },
          /* complete data stay so */
          { "a,y\n1,p\n2,q\n", "unlabelled = yes\n", "a>y:p,q|1>p|2>q" });
}

static void
test_none(void **state)
{
    (void)state;
    CHECK({ "a,y\n1,\n2,?\n", "unlabelled = yes\nclasses = q, p\n",
            "a>y:q,p|1>?|2>?" },
          { "1,2,\n3,4,\n",
            "unlabelled = yes\nclasses = 0, 1\nheader = no\n",
            "x0,x1>label:0,1|1,2>?|3,4>?" });
}

static void
keep_warning(void *context, const char *line)
{
    snprintf(context, 400, "%s", line);
}

/* Without the column there is nothing but the parameters to go by. */
static void
test_no_column(void **state)
{
    const char *lines = "file = a.csv\nlabel = y\nclasses = 0, 1\n"
                        "unlabelled = yes\n";
    char warning[400] = "", expected[400];
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "a,b\n1,2\n3,4\n");
    mesa_warn_to(keep_warning, warning);
    assert_ok(fixture_open(&fx, csv_plugin(), lines, 1, err));
    mesa_warn_to(NULL, NULL);
    assert_string_equal(dump(fixture_part(&fx, MESA_PART_ALL)),
                        "a,b>y:0,1|1,2>?|3,4>?");
    snprintf(expected, sizeof expected,
             "%s/a.csv has no column 'y': none of its rows has a label",
             fx.folder);
    assert_string_equal(warning, expected);
    fixture_free(&fx);
}

/* Test rows have the label that the training rows lack, in any place. */
static void
test_parts(void **state)
{
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "train.csv", "a,b\n1,2\n");
    fixture_text(&fx, "valid.csv", "b,a\n4,3\n");
    fixture_text(&fx, "test.csv", "y,b,a\n1.0,6,5\n");
    mesa_warn_to(keep_warning, (char[400]){ "" });
    assert_ok(fixture_open(&fx, csv_plugin(),
                           "train = train.csv\nvalid = valid.csv\n"
                           "test = test.csv\nlabel = y\nclasses = 0, 1\n"
                           "unlabelled = yes\n",
                           1, err));
    mesa_warn_to(NULL, NULL);
    assert_string_equal(dump(fixture_part(&fx, MESA_PART_TRAIN)),
                        "a,b>y:0,1|1,2>?");
    assert_string_equal(dump(fixture_part(&fx, MESA_PART_VALID)),
                        "a,b>y:0,1|3,4>?");
    assert_string_equal(dump(fixture_part(&fx, MESA_PART_TEST)),
                        "a,b>y:0,1|5,6>1");
    fixture_free(&fx);
}

static void
check_refused(const char *text, const char *lines, mesa_status status,
              const char *expected)
{
    struct example e = { text, lines, expected };
    struct fixture fx;
    char message[600];

    fixture_init(&fx);
    fixture_text(&fx, "a.csv", text);
    snprintf(message, sizeof message, expected, fx.folder);
    for (size_t k = 0; k < MESA_COUNT(block_size); k++)
        assert_error(open_example(&fx, &e, k, err), status, message);
    fixture_free(&fx);
}

static void
test_refused(void **state)
{
    (void)state;
    check_refused("a,y\n1,\n2,NA\n", "unlabelled = yes\n", MESA_EDATA,
                  "[data] csv: no row of %s/a.csv has a label: say with "
                  "classes = ... what classes there are");
    check_refused("a,y\n1,p\n2,r\n", "unlabelled = yes\nclasses = p, q\n",
                  MESA_EDATA,
                  "[data] csv: %s/a.csv:3: class 'r' is not one of p, q");
    check_refused("a,b,y\n1,2,p\n3,4\n", "unlabelled = yes\n", MESA_EPARSE,
                  "[data] csv: %s/a.csv:3: 2 fields, expected 3");
    check_refused("a,y\n1,\n2,3\n", "unlabelled = yes\ntarget = y\n",
                  MESA_EINVAL,
                  "[data] csv: target and unlabelled are both given: rows "
                  "have either numbers to predict or classes");
    /* Which classes the column would have nobody knows. */
    check_refused("a,b\n1,2\n",
                  "unlabelled = yes\nlabel = class\nheader = yes\n",
                  MESA_EDATA,
                  "[data] csv: %s/a.csv has no label column 'class' (its "
                  "columns are: a, b)");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_some),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_no_column),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
