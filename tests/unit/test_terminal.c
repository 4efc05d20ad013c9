/* SPDX-License-Identifier: MIT */
/* test_terminal.c - widths, durations and rates as people read them. */
#include "test.h"

#include "terminal.h"

#include <math.h>
#include <unistd.h>

static void
test_durations(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } list[] = { { 0.0, "0:00" },
                 { 0.4, "0:00" },
                 { 7.0, "0:07" },
                 { 59.6, "1:00" },
                 { 83.2, "1:23" },
                 { 3599.4, "59:59" },
                 { 3599.6, "1 h 00" },
                 { 7500.0, "2 h 05" },
                 { 86399.0, "23 h 59" },
                 { 86400.0, "1 d 00 h" },
                 { 273600.0, "3 d 04 h" },
                 { 1e300, "-" },
                 { -1.0, "-" },
                 { NAN, "-" },
                 { INFINITY, "-" } };
    char text[MESA_SHOWN_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        assert_string_equal(mesa_show_duration(list[i].seconds, text),
                            list[i].text);
}

static void
test_rates(void **state)
{
    static const struct {
        double rate;
        const char *text;
    } list[] = { { 4.1, "4.1 steps/s" },
                 { 9.96, "10 steps/s" },
                 { 41234.4, "41234 steps/s" },
                 { 1.0, "1.0 steps/s" },
                 { 0.5, "2.0 s/step" },
                 { 1 / 12.3, "12 s/step" },
                 { 0.9, "1.1 s/step" },
                 { 1e-3, "1000 s/step" },
                 { 1e-300, "-" },
                 { 0.0, "-" },
                 { -1.0, "-" },
                 { NAN, "-" } };
    char text[MESA_SHOWN_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        assert_string_equal(mesa_show_rate(list[i].rate, text), list[i].text);
}

static void
test_widths(void **state)
{
    (void)state;
    assert_int_equal(mesa_display_width(""), 0);
    assert_int_equal(mesa_display_width("tree"), 4);
    assert_int_equal(mesa_display_width("Stra\xc3\x9f"
                                        "e"),
                     6);
    assert_int_equal(mesa_display_width("e\xcc\x81"), 1); /* e, accent */
    assert_int_equal(mesa_display_width("\xe6\xa8\xb9\xe6\x9c\xa8"), 4);
    assert_int_equal(mesa_display_width("\xf0\x9f\x8c\xb3"), 2);
    /* What is no UTF-8: a column for each byte, and no end missed. */
    assert_int_equal(mesa_display_width("\xff\xfe"), 2);
    assert_int_equal(mesa_display_width("a\xe6\xa8"), 3);
    assert_int_equal(mesa_display_width("\xe6"), 1);
    assert_int_equal(mesa_display_width("\x80z"), 2);
}

static void
test_characters(void **state)
{
    const char *text = "z\xc3\x9f\xe2\x96\x88\xf0\x9f\x8c\xb3\xc3";
    const char *at = text;

    (void)state;
    assert_int_equal(mesa_utf8_next(&at), 'z');
    assert_int_equal(mesa_utf8_next(&at), 0xdf);
    assert_int_equal(mesa_utf8_next(&at), 0x2588);
    assert_int_equal(mesa_utf8_next(&at), 0x1f333);
    assert_int_equal(mesa_utf8_next(&at), 0xc3);
    assert_int_equal(*at, '\0');
}

static void
test_shown(void **state)
{
    char text[40] = "a\033[2J\x7f\t\xc2\x9f\xc3\x9f\x9fz";

    (void)state;
    mesa_show_text(text, sizeof text, text, true); /* in place */
    assert_string_equal(text, "a?[2J???\xc3\x9f?z");
    mesa_show_text(text, sizeof text, text, false);
    assert_string_equal(text, "a?[2J?????z");
    /* Cut between characters. */
    mesa_show_text(text, 4, "ab\xc3\x9f", true);
    assert_string_equal(text, "ab");
    mesa_show_text(text, 5, "ab\xc3\x9f", true);
    assert_string_equal(text, "ab\xc3\x9f");
}

/* A pipe is none, whatever the environment promises. */
static void
test_no_terminal(void **state)
{
    struct mesa_terminal t;
    int fd[2];

    (void)state;
    assert_int_equal(pipe(fd), 0);
    assert_int_equal(setenv("TERM", "xterm-256color", 1), 0);
    assert_int_equal(setenv("COLUMNS", "33", 1), 0);
    assert_int_equal(setenv("LC_ALL", "C", 1), 0);
    unsetenv("NO_COLOR");
    t = mesa_terminal_of(fd[1]);
    assert_false(t.draws);
    assert_false(t.colour);
    assert_false(t.utf8);
    assert_int_equal(t.width, 33);
    assert_int_equal(setenv("COLUMNS", "3", 1), 0);
    assert_int_equal(mesa_terminal_width(fd[1]), 20);
    assert_int_equal(setenv("COLUMNS", "99999", 1), 0);
    assert_int_equal(mesa_terminal_width(fd[1]), 500);
    assert_int_equal(setenv("COLUMNS", "many", 1), 0);
    assert_int_equal(mesa_terminal_width(fd[1]), 80);
    unsetenv("COLUMNS");
    assert_int_equal(mesa_terminal_width(fd[1]), 80);
    close(fd[0]);
    close(fd[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_durations),
                                        cmocka_unit_test(test_rates),
                                        cmocka_unit_test(test_widths),
                                        cmocka_unit_test(test_characters),
                                        cmocka_unit_test(test_shown),
                                        cmocka_unit_test(test_no_terminal) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
