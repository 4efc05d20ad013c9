/* SPDX-License-Identifier: MIT */
/* test_report.c - figures and lines of a metalearner, collected. */
#include "test.h"

#include "report.h"

#include <math.h>

struct desk {
    struct mesa_text        summary, table;
    struct mesa_json_writer json;
    struct mesa_report      report;
};

static void
open_desk(struct desk *d)
{
    memset(d, 0, sizeof *d);
    d->json = mesa_json_writer(&d->summary);
    d->report = (struct mesa_report){ .summary = &d->json,
                                      .table = &d->table };
}

static void
close_desk(struct desk *d)
{
    mesa_report_free(&d->report);
    mesa_free(d->summary.at);
    mesa_free(d->table.at);
}

static void
test_files(void **state)
{
    struct desk d;

    (void)state;
    open_desk(&d);
    mesa_report_print(&d.report, "a.csv", "x,%s\n", "y");
    mesa_report_print(&d.report, NULL, "%d ", 7);
    mesa_report_print(&d.report, "b_times.csv", "t\n");
    mesa_report_print(&d.report, "a.csv", "%d,%d\n", 1, 2);
    mesa_report_print(&d.report, NULL, "%5.1f", 0.25);
    mesa_report_value(&d.report, "v.csv", "", 0.1);
    mesa_report_value(&d.report, "v.csv", ",", -1e300);
    mesa_report_value(&d.report, "v.csv", ",", copysign(NAN, -1));
    mesa_report_value(&d.report, "v.csv", ",", INFINITY);
    mesa_report_value(&d.report, "v.csv", ",", -INFINITY);
    assert_int_equal(d.report.n_files, 3);
    assert_string_equal(d.report.file[2].text.at,
                        "0.1,-1e+300,nan,inf,-inf");
    assert_string_equal(d.report.file[0].name, "a.csv");
    assert_string_equal(d.report.file[0].text.at, "x,y\n1,2\n");
    assert_string_equal(d.report.file[1].text.at, "t\n");
    assert_string_equal(d.table.at, "7   0.2");
    assert_false(d.report.failed);
    close_desk(&d);
}

static void
test_summary(void **state)
{
    struct desk d;

    (void)state;
    open_desk(&d);
    mesa_json_open(&d.json, '{');
    mesa_report_open(&d.report, "m");
    mesa_report_number(&d.report, "x", 0.5);
    mesa_report_count(&d.report, "n", 3);
    mesa_report_close(&d.report);
    mesa_report_text(&d.report, "s", "a\"b");
    mesa_json_close(&d.json, '}');
    assert_string_equal(d.summary.at, "{\n  \"m\": {\n    \"x\": 0.5,\n    "
                                      "\"n\": 3\n  },\n  \"s\": "
                                      "\"a\\\"b\"\n}");
    mesa_report_seconds(&d.report, "fit", 1.5);
    assert_int_equal(d.report.n_times, 1);
    assert_string_equal(d.report.time[0].key, "fit");
    assert_bits_equal(d.report.time[0].value, 1.5);
    close_desk(&d);
}

/* Whatever keys and values are called, what comes out is JSON. */
static void
test_hostile_names(void **state)
{
    static const char *const name[] = {
        "", "a\"b", "tab\there", "line\nbreak", "back\\slash",
        "tree(max_depth=1, \xC3\xA9=2)",
    };
    static const char expected[] =
        "{\n  \"\": \"\",\n"
        "  \"a\\\"b\": \"a\\\"b\",\n"
        "  \"tab\\u0009here\": \"tab\\u0009here\",\n"
        "  \"line\\nbreak\": \"line\\nbreak\",\n"
        "  \"back\\\\slash\": \"back\\\\slash\",\n"
        "  \"tree(max_depth=1, \xC3\xA9=2)\": "
        "\"tree(max_depth=1, \xC3\xA9=2)\",\n"
        "  \"nan\": null,\n  \"inf\": null,\n  \"least\": 5e-324,\n"
        "  \"minus\": -0,\n  \"most\": 18446744073709551615,\n"
        "  \"empty\": {}\n}";
    struct desk d;

    (void)state;
    open_desk(&d);
    mesa_json_open(&d.json, '{');
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        mesa_report_text(&d.report, name[i], name[i]);
    mesa_report_number(&d.report, "nan", NAN);
    mesa_report_number(&d.report, "inf", -INFINITY);
    mesa_report_number(&d.report, "least", 5e-324);
    mesa_report_number(&d.report, "minus", -0.0);
    mesa_report_count(&d.report, "most", UINT64_MAX);
    mesa_report_open(&d.report, "empty");
    mesa_report_close(&d.report);
    mesa_json_close(&d.json, '}');
    assert_string_equal(d.summary.at, expected);
    close_desk(&d);
}

/* Many files and times: each by its name, in the order of their first
 * lines, long ones whole. */
static void
test_many_files(void **state)
{
    char name[20], line[3000];
    struct desk d;

    (void)state;
    open_desk(&d);
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    for (int round = 0; round < 3; round++)
        for (int i = 39; i >= 0; i--) {
            snprintf(name, sizeof name, "f%d.csv", i);
            mesa_report_print(&d.report, name, "%d,%s\n", round, line);
            mesa_report_seconds(&d.report, name, round);
        }
    assert_int_equal(d.report.n_files, 40);
    assert_int_equal(d.report.n_times, 120);
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "f%d.csv", 39 - i);
        assert_string_equal(d.report.file[i].name, name);
        assert_int_equal(d.report.file[i].text.n, 3 * (sizeof line + 2));
        assert_string_equal(d.report.time[80 + i].key, name);
        assert_bits_equal(d.report.time[80 + i].value, 2);
    }
    assert_null(d.table.at);
    assert_false(d.report.failed);
    close_desk(&d);
    assert_int_equal(d.report.n_files, 0);
}

/* Kept in order, and only where somebody looks at them. */
static void
test_events(void **state)
{
    struct desk d;
    char label[] = "learning begins";

    (void)state;
    open_desk(&d);
    mesa_report_event(&d.report, 7, label);
    assert_int_equal(d.report.n_events, 0);
    d.report.draws = true;
    mesa_report_event(&d.report, 7, label);
    mesa_report_event(&d.report, 3, "");
    label[0] = 'L';
    assert_int_equal(d.report.n_events, 2);
    assert_int_equal(d.report.event[0].step, 7);
    assert_string_equal(d.report.event[0].label, "learning begins");
    assert_int_equal(d.report.event[1].step, 3);
    assert_string_equal(d.report.event[1].label, "");
    close_desk(&d);
    assert_int_equal(d.report.n_events, 0);
}

/* The first failure is remembered, and nothing is lost or leaks. */
static void
test_memory(void **state)
{
    bool failed = true;

    (void)state;
    for (uint64_t k = 0; failed; k++) {
        uint64_t live = mesa_memory_live();
        struct desk d;

        open_desk(&d);
        mesa_memory_fail_at(k);
        mesa_report_print(&d.report, "a.csv", "x\n");
        mesa_report_seconds(&d.report, "fit", 1.5);
        d.report.draws = true;
        mesa_report_event(&d.report, 1, "begins");
        mesa_memory_fail_at(UINT64_MAX);
        failed = d.report.failed ||
                 (d.report.n_files && d.report.file[0].text.failed);
        assert_true(failed || (d.report.n_files && d.report.n_times &&
                               d.report.n_events));
        close_desk(&d);
        assert_int_equal(mesa_memory_live(), live);
    }
}

static void
test_tables(void **state)
{
    struct desk d;

    (void)state;
    open_desk(&d);
    mesa_report_row(&d.report, true); /* of nothing: none */
    for (int i = 0; i < 2; i++) {
        mesa_report_cell(&d.report, true, "rank");
        mesa_report_cell(&d.report, false, "%-8s", "name");
        mesa_report_cell(&d.report, true, "value");
        mesa_report_cell(&d.report, false, "%-9s", "note");
        mesa_report_row(&d.report, false);
        mesa_report_cell(&d.report, true, "%d", 1);
        mesa_report_cell(&d.report, false, "Stra\xc3\x9f\x65 %d", 17);
        mesa_report_cell(&d.report, true, "%.1f", 2.5);
        mesa_report_cell(&d.report, false, "%s", "");
        mesa_report_row(&d.report, true);
        mesa_report_cell(&d.report, true, "%d", 2);
        mesa_report_cell(&d.report, false, "\xe6\xa8\xb9");
        mesa_report_cell(&d.report, true, "%s", "");
        mesa_report_cell(&d.report, false, "x y ");
        mesa_report_row(&d.report, false);
        mesa_report_print(&d.report, "a.csv", "does not end the table\n");
        if (i == 0) /* on a terminal */
            mesa_report_print(&d.report, NULL, "\n");
        d.report.colour = true;
    }
    mesa_report_end_table(&d.report);
    mesa_report_end_table(&d.report);
    assert_string_equal(
        d.table.at,
        "rank  name       value  note\n"
        "   1  Stra\xc3\x9f\x65 17    2.5\n"
        "   2  \xe6\xa8\xb9                x y\n"
        "\n"
        "rank  name       value  note\n"
        "\033[1m   1  Stra\xc3\x9f\x65 17    2.5\033[0m\n"
        "   2  \xe6\xa8\xb9                x y\n");
    assert_false(d.report.failed);
    close_desk(&d);
}

/* A row that has begun is one, wherever the table ends; other tables may have
 * more columns. */
static void
test_ragged(void **state)
{
    struct desk d;

    (void)state;
    open_desk(&d);
    mesa_report_cell(&d.report, false, "a");
    mesa_report_row(&d.report, false);
    mesa_report_cell(&d.report, false, "long");
    mesa_report_cell(&d.report, true, "b");
    mesa_report_print(&d.report, NULL, "and so on\n");
    mesa_report_cell(&d.report, false, "left over");
    close_desk(&d);
    open_desk(&d);
    mesa_report_cell(&d.report, false, "a");
    mesa_report_row(&d.report, false);
    mesa_report_cell(&d.report, false, "long");
    mesa_report_cell(&d.report, true, "b");
    mesa_report_print(&d.report, NULL, "and so on\n");
    assert_string_equal(d.table.at, "a\nlong  b\nand so on\n");
    close_desk(&d);
}

/* With the k-th allocation failing: it is known, and nothing is lost. */
static void
test_tables_without_memory(void **state)
{
    const uint64_t live = mesa_memory_live();
    bool complete = false;

    (void)state;
    for (uint64_t k = 0; !complete; k++) {
        struct desk d;

        open_desk(&d);
        mesa_memory_fail_at(k);
        mesa_report_cell(&d.report, false, "a");
        mesa_report_cell(&d.report, false, "%-300s", "wide");
        mesa_report_row(&d.report, false);
        mesa_report_cell(&d.report, false, "b");
        mesa_report_print(&d.report, NULL, "\n");
        mesa_memory_fail_at(UINT64_MAX);
        complete = !d.report.failed && !d.table.failed;
        if (complete)
            assert_string_equal(d.table.at, "a  wide\nb\n\n");
        close_desk(&d);
        assert_int_equal(mesa_memory_live(), live);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files), cmocka_unit_test(test_summary),
        cmocka_unit_test(test_hostile_names),
        cmocka_unit_test(test_many_files), cmocka_unit_test(test_events),
        cmocka_unit_test(test_memory), cmocka_unit_test(test_tables),
        cmocka_unit_test(test_ragged),
        cmocka_unit_test(test_tables_without_memory)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
