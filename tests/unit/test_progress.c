/* SPDX-License-Identifier: MIT */
/* test_progress.c - bars and lines, on a clock of our own. */
#include "test.h"

#include "progress.h"

#include <string.h>

/* After 120 of 360 steps, 4 in a second. */
static struct mesa_progress
under_way(size_t width)
{
    struct mesa_progress p = { .terminal = { .draws = true, .width = width },
                               .name = "mesa",
                               .score = "valid aucprc 0.481",
                               .at = 120,
                               .total = 360,
                               .steps = 40,
                               .seconds = 10,
                               .last = 42 };

    return p;
}

static void
assert_bar(const struct mesa_progress *p, const char *expected)
{
    char text[MESA_PROGRESS_TEXT];

    mesa_progress_bar(p, 42.0, text);
    assert_string_equal(text, expected);
    assert_true(mesa_display_width(text) < p->terminal.width);
}

static void
test_widths(void **state)
{
    struct mesa_progress p;

    (void)state;
    p = under_way(80);
    assert_bar(&p, "mesa  ######..............  120/360  4.0 steps/s  1:00 "
                   "left  valid aucprc 0.481");
    p = under_way(120);
    assert_bar(&p, "mesa  #############...........................  120/360  "
                   "4.0 steps/s  1:00 left  valid aucprc 0.481");
    p = under_way(60);
    assert_bar(&p, "mesa  ####.........  120/360  1:00 left  valid aucprc "
                   "0.481");
    p = under_way(50);
    assert_bar(&p, "###......  120/360  1:00 left  valid aucprc 0.481");
    p = under_way(40);
    assert_bar(&p, "120/360  1:00 left  valid aucprc 0.481");
    p = under_way(20);
    assert_bar(&p, "120/360  1:00 left");
    p.at = UINT64_MAX / 2;
    p.total = UINT64_MAX;
    assert_bar(&p, "9223372036854775807");
}

/* Whatever there is to say: never more than there is room for. */
static void
test_never_wraps(void **state)
{
    char text[MESA_PROGRESS_TEXT];

    (void)state;
    for (size_t width = 20; width <= 500; width++) {
        struct mesa_progress p = under_way(width);

        memset(p.name, 'n', sizeof p.name - 1);
        for (uint64_t total = 0; total < UINT64_MAX / 16;
             total = total * 15 + 1) {
            p.total = total;
            p.terminal.utf8 = total % 2;
            mesa_progress_bar(&p, 1e6, text);
            assert_true(mesa_display_width(text) < width);
        }
    }
}

static void
test_unknown_total(void **state)
{
    struct mesa_progress p = under_way(80);

    (void)state;
    p.total = 0;
    assert_bar(&p, "mesa  120  4.0 steps/s  0:42 so far  valid aucprc 0.481");
    p.steps = p.seconds = 0;
    p.score[0] = '\0';
    assert_bar(&p, "mesa  120  0:42 so far");
}

static void
test_characters(void **state)
{
    struct mesa_progress p = under_way(40);

    (void)state;
    p.score[0] = '\0';
    p.terminal.utf8 = true;
    assert_bar(&p, "mesa  \xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88"
                   "\xe2\x96\x91\xe2\x96\x91\xe2\x96\x91\xe2\x96\x91\xe2\x96"
                   "\x91\xe2\x96\x91\xe2\x96\x91\xe2\x96\x91\xe2\x96\x91  "
                   "120/360  1:00 left");
    p = under_way(60);
    snprintf(p.score, sizeof p.score,
             "\033[2J gr\xc3\xb6\xc3\x9f"
             "e 1\x9f");
    assert_bar(&p, "mesa  ######............  120/360  1:00 left  ?[2J "
                   "gr??e 1?");
    p.terminal.utf8 = true;
    p.terminal.width = 20;
    assert_bar(&p, "120/360  1:00 left");
}

static void
test_colour(void **state)
{
    struct mesa_progress p = under_way(80);
    char text[MESA_PROGRESS_TEXT];

    (void)state;
    p.terminal.colour = true;
    mesa_progress_bar(&p, 42.0, text);
    assert_string_equal(text,
                        "mesa  \033[36m######..............\033[0m  120/360  "
                        "4.0 steps/s  1:00 left  valid aucprc 0.481");
}

static void
test_plain(void **state)
{
    struct mesa_progress p = under_way(80);
    char text[MESA_PROGRESS_TEXT];

    (void)state;
    mesa_progress_plain(&p, 42.0, text);
    assert_string_equal(text, "mesa 120/360, 33 %, 4.0 steps/s, 1:00 left, "
                              "valid aucprc 0.481");
    p.at = 359;
    p.score[0] = '\0';
    p.seconds = 400;
    mesa_progress_plain(&p, 42.0, text);
    assert_string_equal(text, "mesa 359/360, 99 %, 10 s/step, 0:10 left");
    p.total = 0;
    mesa_progress_plain(&p, 42.0, text);
    assert_string_equal(text, "mesa 359, 10 s/step, 0:42 so far");
}

/* A stream that ends up in memory. */
struct heard {
    char *text;
    size_t n;
};

static struct mesa_progress
listen(struct heard *heard, enum mesa_progress_style style)
{
    struct mesa_progress p = { .style = style,
                               .fd = -1,
                               .terminal = { .draws = true } };

    p.to = open_memstream(&heard->text, &heard->n);
    assert_non_null(p.to);
    return p;
}

static size_t
times(const char *text, const char *what)
{
    size_t n = 0;

    for (; (text = strstr(text, what)) != NULL; text += strlen(what))
        n++;
    return n;
}

static void
test_ten_a_second(void **state)
{
    struct heard heard;
    struct mesa_progress p = listen(&heard, MESA_PROGRESS_BAR);

    (void)state;
    mesa_progress_start(&p, "evaluate", 0, 1000, 5.0);
    for (uint64_t i = 1; i <= 1000; i++)
        mesa_progress_step(&p, i, 1000, "", 5.0 + 0.001 * (double)i);
    mesa_progress_end(&p);
    mesa_progress_end(&p);
    fclose(p.to);
    /* One at the start, one at the end, nine or ten between; then none. */
    assert_true(times(heard.text, "\r\033[K") == 1);
    assert_true(times(heard.text, "evaluate") >= 10);
    assert_true(times(heard.text, "evaluate") <= 12);
    assert_non_null(strstr(heard.text, "1000/1000"));
    assert_null(strchr(heard.text, '\n'));
    free(heard.text);
}

static void
test_other_lines(void **state)
{
    struct heard heard;
    struct mesa_progress p = listen(&heard, MESA_PROGRESS_BAR);

    (void)state;
    /* Nothing is drawn yet: there is nothing to make room for. */
    mesa_progress_clear(&p);
    mesa_progress_redraw(&p, 0.0);
    mesa_progress_start(&p, "loop", 3, 0, 0.0);
    mesa_progress_clear(&p);
    fputs("a line\n", p.to);
    mesa_progress_redraw(&p, 0.0);
    mesa_progress_end(&p);
    mesa_progress_redraw(&p, 0.0);
    fclose(p.to);
    assert_string_equal(heard.text, "\rloop  3  0:00 so far\033[K\r\033[K"
                                    "a line\n\rloop  3  0:00 so far\033[K"
                                    "\r\033[K");
    free(heard.text);
}

static void
test_lines(void **state)
{
    struct heard heard;
    struct mesa_progress p = listen(&heard, MESA_PROGRESS_LINES);

    (void)state;
    mesa_progress_start(&p, "maml", 0, 100, 0.0);
    for (uint64_t i = 1; i <= 100; i++)
        mesa_progress_step(&p, i, 100, i % 30 == 10 ? "test loss 2.5" : "",
                           0.25 * (double)i);
    mesa_progress_end(&p);
    fclose(p.to);
    assert_string_equal(heard.text,
                        "maml 40/100, 40 %, 4.0 steps/s, 0:15 left, test "
                        "loss 2.5\n"
                        "maml 80/100, 80 %, 4.0 steps/s, 0:05 left, test "
                        "loss 2.5\n");
    free(heard.text);
}

static void
test_short_runs(void **state)
{
    struct heard heard;
    struct mesa_progress p = listen(&heard, MESA_PROGRESS_LINES);
    struct mesa_progress none = { .style = MESA_PROGRESS_NONE };

    (void)state;
    mesa_progress_start(&p, "maml", 0, 100, 0.0);
    mesa_progress_step(&p, 100, 100, "test loss 2.5", 9.9);
    mesa_progress_end(&p);
    fclose(p.to);
    assert_string_equal(heard.text, "");
    free(heard.text);
    mesa_progress_start(&none, "maml", 0, 100, 0.0);
    mesa_progress_step(&none, 1, 100, "", 99.0);
    mesa_progress_clear(&none);
    mesa_progress_end(&none);
}

/* Who waits for a long step sees that time passes. */
static void
test_long_steps(void **state)
{
    struct heard heard;
    struct mesa_progress p = listen(&heard, MESA_PROGRESS_BAR);
    struct mesa_progress nobody = { .style = MESA_PROGRESS_NONE };

    (void)state;
    mesa_progress_wait(&nobody, 100.0);
    mesa_progress_start(&p, "ml3", 0, 5, 0.0);
    for (int i = 0; i <= 20; i++)
        mesa_progress_wait(&p, 0.1 * i);
    mesa_progress_step(&p, 1, 5, "", 20.0);
    mesa_progress_wait(&p, 20.9);
    mesa_progress_wait(&p, 30.0);
    mesa_progress_wait(&p, 300.0);
    mesa_progress_end(&p);
    mesa_progress_wait(&p, 400.0);
    fclose(p.to);
    assert_int_equal(times(heard.text, "so far"), 3);
    assert_int_equal(times(heard.text, "0:02 so far"), 1);
    assert_int_equal(times(heard.text, "left"), 3);
    assert_int_equal(times(heard.text, "1:20 left"), 1);
    assert_int_equal(times(heard.text, "1:10 left"), 1);
    assert_int_equal(times(heard.text, "0:00 left"), 1);
    free(heard.text);
    p = listen(&heard, MESA_PROGRESS_LINES);
    mesa_progress_start(&p, "ml3", 0, 5, 0.0);
    for (int i = 0; i <= 250; i++)
        mesa_progress_wait(&p, 0.1 * i);
    fclose(p.to);
    assert_string_equal(heard.text, "ml3 0/5, 0 %, 0:10 so far\n"
                                    "ml3 0/5, 0 %, 0:20 so far\n");
    free(heard.text);
}

/* The rate is that of late: it follows a loop that becomes slower. */
static void
test_recent_rate(void **state)
{
    struct heard heard;
    struct mesa_progress p = listen(&heard, MESA_PROGRESS_NONE);
    double now = 0.0;
    uint64_t at = 500; /* after a resume: the first ones say nothing */

    (void)state;
    mesa_progress_start(&p, "loop", at, 2000, now);
    for (; at < 1500; at++, now += 0.01)
        mesa_progress_step(&p, at, 2000, "", now);
    assert_float_equal(p.steps / p.seconds, 100.0, 0.5);
    for (int i = 0; i < 60; i++)
        mesa_progress_step(&p, ++at, 2000, "", now += 1.0);
    assert_true(p.steps / p.seconds > 0.9);
    assert_true(p.steps / p.seconds < 2.0);
    fclose(p.to);
    free(heard.text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_widths),
                                        cmocka_unit_test(test_never_wraps),
                                        cmocka_unit_test(test_unknown_total),
                                        cmocka_unit_test(test_characters),
                                        cmocka_unit_test(test_colour),
                                        cmocka_unit_test(test_plain),
                                        cmocka_unit_test(test_ten_a_second),
                                        cmocka_unit_test(test_other_lines),
                                        cmocka_unit_test(test_lines),
                                        cmocka_unit_test(test_short_runs),
                                        cmocka_unit_test(test_long_steps),
                                        cmocka_unit_test(test_recent_rate) };

    unsetenv("COLUMNS");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
