/* SPDX-License-Identifier: MIT */
/* test_page.c - report.html from the files of a folder, whatever they hold. */
#include "test.h"

#include "files.h"
#include "page.h"
#include "plot.h"

#include <sys/stat.h>
#include <unistd.h>

#define EVIL "<script>alert(1)</script>"
#define TAME "&lt;script&gt;alert(1)&lt;/script&gt;"

static char folder[] = "/tmp/mesa-page-XXXXXX";

static const char *const names[] = {
    "config.ini",  "origins.ini", "summary.json", "timings.json",
    "run.log",     "metrics.csv", "extra.csv",    "checkpoint.safetensors",
    "report.html", "plots/index.csv", "plots/a.svg", "plots/a.gp",
    "plots/b.svg"
};

static void
put(const char *name, const char *text)
{
    assert_ok(mesa_file_put(folder, name, text, err));
}

static void
clear(void)
{
    char path[64];

    for (size_t i = 0; i < MESA_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/plots", folder);
    rmdir(path);
}

static int
make_folder(void **state)
{
    (void)state;
    setenv("MESA_GNUPLOT", "", 1);
    return mkdtemp(folder) ? 0 : -1;
}

static int
remove_folder(void **state)
{
    (void)state;
    clear();
    return rmdir(folder);
}

/* The page of the folder; the caller's. */
static char *
page(void)
{
    char *path = mesa_asprintf("%s/report.html", folder), *text = NULL;
    size_t n;

    assert_ok(mesa_page_write(folder, err));
    assert_ok(mesa_file_get(path, (size_t)1 << 24, &text, &n, err));
    mesa_free(path);
    return text;
}

static void
check_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no %s in %s", part, text);
}

/* In this order. */
static void
check_order(const char *text, const char *const *part, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        text = strstr(text, part[i]);
        if (!text)
            fail_msg("no %s where it belongs", part[i]);
    }
}

static void
make_run(void)
{
    char path[64];

    snprintf(path, sizeof path, "%s/plots", folder);
    mkdir(path, 0777);
    put("config.ini", "[run]\nseed = 3\n\n[estimator]\ntype = tree\n"
                      "max_depth = 4\n");
    put("origins.ini", "[run]\nseed = 3 ; default\n\n[estimator]\n"
                       "type = tree ; A <tree>\nmax_depth = 4 ; f/x.ini:3\n"
                       "splitter = best ; default\n");
    put("summary.json",
        "{\"mesa\": \"0.1.0\", \"seed\": 3, \"steps\": 2, \"data\": {\"hash\":"
        " \"00ff\", \"columns\": 2, \"train\": {\"rows\": 7, \"classes\": {"
        "\"" EVIL "\": 5, \"b\": 2}}}, \"plugins\": {\"estimator/tree\": "
        "\"1.0\"}, \"positive\": \"b\", \"scores\": {\"train\": {\"aucprc\": "
        "{\"mean\": 1, \"std\": 0, \"n\": 2}}, \"test\": {\"aucprc\": "
        "{\"mean\": 0.87654, \"std\": 0.01234, \"n\": 2}, \"none\": {\"mean\":"
        " null, \"std\": null, \"n\": 0}}}}");
    put("timings.json", "{\"wall_seconds\": 1.23456, \"threads\": 2, \"host\":"
                        " \"" EVIL "\", \"seconds\": {\"tree\": 0.25}, "
                        "\"parts\": {\"<fit>\": {\"seconds\": 0.61728, "
                        "\"calls\": 8}}}");
    put("run.log", "2026-01-01T00:00:00Z mesa-core 0.1.0: starting\n"
                   "2026-01-01T00:00:01Z warning: column '" EVIL "'\n"
                   "2026-01-01T00:00:01Z warning: column '" EVIL "'\n"
                   "2026-01-01T00:00:02Z step 2, exit status 0\n");
    put("extra.csv", "a,\"" EVIL "\"\n1,\"x\ny\"\n\"\"\"><img src=x>\","
                     "&amp;]]>\n");
    put("plots/index.csv", "section,flags,name,title,caption\n"
                           "0,0,a,Title " EVIL ",\"Caption, &amp;.\"\n"
                           "1,16,b,Second,\n");
    put("plots/a.svg", "<svg viewBox='0 0 6 4'><text>" TAME "</text></svg>");
    put("plots/a.gp", "x");
}

static void
test_run(void **state)
{
    static const char *const order[] = {
        "<!DOCTYPE html>\n<html lang=\"en\">", "<h1>mesa-page-",
        "A &lt;tree&gt; <code>tree</code>", "id=\"result\"",
        "<strong>0.877 \xc2\xb1 0.012</strong> <span>aucprc on test data; "
        "mean \xc2\xb1 standard deviation of 2 fits", "id=\"scores\"",
        "<th scope=\"col\">test</th><th scope=\"col\">train</th>",
        "<td data-value=\"0.87654\">0.877 \xc2\xb1 0.012</td><td "
        "data-value=\"1\">1.000 \xc2\xb1 0.000</td>",
        "<td data-value=\"null\">\xe2\x80\x93</td>",
        "<figure id=\"picture-a\">", "<svg viewBox=\"0 0 6 4\" role=\"img\" "
        "aria-label=\"Title " TAME "\"><text>" TAME "</text></svg>",
        "<b>Title " TAME ".</b> Caption, &amp;amp;.", "id=\"learning\"",
        "<figure id=\"picture-b\">", "gnuplot makes it of plots/b.gp",
        "class=\"stop\"", "id=\"data\"", "00ff",
        "<th scope=\"row\">" TAME "</th><td>5</td>", "id=\"tables\"",
        "extra.csv <span>2 rows", "<th scope=\"col\">" TAME "</th>",
        "<td>x\ny</td>",
        "<td>&quot;&gt;&lt;img src=x&gt;</td><td>&amp;amp;]]&gt;</td>",
        "id=\"config\"",
        "<tr class=\"given\"><th scope=\"row\">max_depth</th><td>4</td><td "
        "title=\"f/x.ini:3\">x.ini:3</td>",
        "<tr><th scope=\"row\">splitter</th>", "id=\"versions\"",
        "estimator/tree</dt><dd>1.0", "id=\"timings\"",
        "wall time</dt><dd>1.235 s", "<dd>" TAME,
        "<th scope=\"row\">tree</th><td data-value=\"0.25\">0.250</td><td>"
        "20.3</td><td></td>",
        "<th scope=\"row\">&lt;fit&gt;</th><td data-value=\"0.61728\">0.617"
        "</td><td>50.0</td><td>8</td>", "id=\"warnings\"",
        "<li>column &#39;" TAME "&#39;</li>\n</ul>", "id=\"again\"",
        "mesa-core -c ", "</html>\n"
    };
    char *text;

    (void)state;
    make_run();
    text = page();
    check_order(text, order, MESA_COUNT(order));
    assert_null(strstr(text, "<script>alert"));
    assert_null(strstr(text, "<img src=x"));
    assert_null(strstr(text, "http://"));
    assert_null(strstr(text, "https://"));
    mesa_free(text);
    clear();
}

/* Stopped, or of an older version: what there is. */
static void
test_little(void **state)
{
    char *text;

    (void)state;
    put("config.ini", "[estimator]\ntype = tree\n");
    text = page();
    check_has(text, "This run is not finished.");
    check_has(text, "There is none yet.");
    check_has(text, "<dd><code>tree</code></dd>");
    assert_null(strstr(text, "--resume"));
    mesa_free(text);
    put("checkpoint.safetensors", "x");
    put("run.log", "T mesa-core\nT step 5, exit status 75: stopped\n");
    text = page();
    check_has(text, "stopped with a checkpoint");
    check_has(text, "says: step 5, exit status 75: stopped.");
    mesa_free(text);
    clear();
}

/* The first rows of many. */
static void
test_many_rows(void **state)
{
    struct mesa_text t = { 0 };
    char *text;

    (void)state;
    put("config.ini", "");
    mesa_text_add(&t, "step,split,metric,value\n");
    for (int i = 0; i < 3000; i++)
        mesa_text_printf(&t, "%d,test,m,0.5\n", i);
    put("metrics.csv", t.at);
    text = page();
    check_has(text, "metrics.csv <span>3000 rows");
    check_has(text, "The first 200 of 3000 rows; all are in the file "
                    "metrics.csv.");
    check_has(text, "<td>199</td>");
    assert_null(strstr(text, "<td>200</td>"));
    mesa_free(text);
    mesa_free(t.at);
    clear();
}

/* Figures that say more than mean and deviation; the last of its kind
 * leads.  Then methods, and facts. */
static void
test_kinds_of_scores(void **state)
{
    char *text;

    (void)state;
    put("config.ini", "");
    put("summary.json",
        "{\"scores\": {\"test\": {\"mse@0\": {\"mean\": 2, \"std\": 1, \"n\": "
        "9, \"ci95\": 0.5}, \"mse@10\": {\"mean\": 0.00012346, \"std\": 1e-5, "
        "\"n\": 9, \"ci95\": 12345.6}, \"mse@99\": {\"mean\": 1e9, \"std\": "
        "1, \"n\": 8, \"diverged\": 1}}}}");
    text = page();
    check_has(text, "<strong>0.0001235 \xc2\xb1 1e-05</strong> <span>mse@10 "
                    "on test data");
    check_has(text, "\xc2\xb1 (95 %)");
    check_has(text, "<td data-value=\"12345.6\">1.235e+04</td>");
    mesa_free(text);
    put("summary.json",
        "{\"methods\": {\"one\": {\"test\": {\"acc\": {\"mean\": 0.5, \"std\":"
        " 0.1, \"n\": 4}}}, \"<two>\": {\"test\": {\"acc\": {\"mean\": 0.75, "
        "\"std\": 0.1, \"n\": 4}}}}, \"friedman\": {\"p\": 0.01, \"why\": "
        "\"<x>\"}}");
    text = page();
    check_has(text, "<strong>&lt;two&gt;: 0.750 \xc2\xb1 0.100</strong> <span>"
                    "the best of 2 methods by acc on test data");
    check_has(text, "id=\"scores\"");
    check_has(text, "<th scope=\"row\">&lt;two&gt;</th><td>test</td><td "
                    "data-value=\"0.75\">");
    check_has(text, "<h3>friedman</h3>");
    check_has(text, "<th scope=\"row\">why</th><td data-value=\"&lt;x&gt;\">"
                    "&lt;x&gt;</td>");
    mesa_free(text);
    put("summary.json", "{\"friedman\": {\"mean_ranks\": {\"a\": 2.5, "
                        "\"b\": 1.25}}}");
    text = page();
    check_has(text, "<strong>b</strong> <span>has the best mean rank of 2 "
                    "methods, 1.250");
    mesa_free(text);
    clear();
}

static void
test_refused(void **state)
{
    char message[200];

    (void)state;
    assert_error(mesa_page_write("/nonexistent/run", err), MESA_ENOTFOUND,
                 "there is no folder /nonexistent/run");
    snprintf(message, sizeof message,
             "%s is no folder of a run: it has no config.ini", folder);
    assert_error(mesa_page_write(folder, err), MESA_ENOTFOUND, message);
    put("config.ini", "");
    put("summary.json", "{\"a\": }");
    snprintf(message, sizeof message,
             "%s: summary.json, byte 6: expected a value", folder);
    assert_error(mesa_page_write(folder, err), MESA_EPARSE, message);
    clear();
}

/* Every allocation fails once; a page is whole or not there. */
static void
sweep(const char *const *run, size_t n, const char *output)
{
    const struct mesa_page_options options = { .output = output,
                                               .draw = true };
    const uint64_t live = mesa_memory_live();
    struct mesa_error error;
    enum mesa_exit code = MESA_EXIT_FAILED;

    for (uint64_t k = 0; code != MESA_EXIT_OK; k++) {
        char *why;

        mesa_memory_fail_at(k);
        code = mesa_page_report(run, n, &options, &why, &error);
        mesa_memory_fail_at(UINT64_MAX);
        mesa_free(why);
        if (code != MESA_EXIT_OK)
            assert_memory_equal(error.message, "out of memory", 13);
        assert_int_equal(mesa_memory_live(), live);
        assert_true(code == MESA_EXIT_OK || code == MESA_EXIT_FAILED);
        assert_true(code == MESA_EXIT_OK || access(output, F_OK) != 0);
    }
    unlink(output);
}

static void
test_memory(void **state)
{
    char output[64], plots[64];
    const char *runs[2] = { folder, plots };

    (void)state;
    make_run();
    snprintf(output, sizeof output, "%s/page.html", folder);
    snprintf(plots, sizeof plots, "%s/plots", folder);
    sweep(runs, 1, output);
    put("plots/config.ini", "[run]\nseed = 4\n");
    sweep(runs, 2, output);
    strcat(plots, "/config.ini");
    unlink(plots);
    clear();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run),       cmocka_unit_test(test_little),
        cmocka_unit_test(test_many_rows), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_kinds_of_scores),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
