/* SPDX-License-Identifier: MIT */
/*
 * csv_fixture.h - files and what the csv source makes of them, at every small
 * size of blocks, so that the cuts fall everywhere, and by 1 to 3 threads.
 */
#ifndef MESA_TESTS_CSV_FIXTURE_H
#define MESA_TESTS_CSV_FIXTURE_H

#include "source_fixture.h"

const struct mesa_plugin *csv_plugin(void);

/* The dataset in one line, of what the test looks at. */
static const char *dump(const struct mesa_dataset *d);

struct example {
    const char *text;     /* of a.csv                        */
    const char *lines;    /* of the INI                      */
    const char *expected; /* as dump writes it, or a message */
};

static const int block_size[] = { 262144, 1, 2, 3, 5, 7, 16 };

/* With the i-th of these sizes. */
static inline mesa_status
open_example(struct fixture *fx, const struct example *e, size_t i,
             struct mesa_error *why)
{
    char lines[500];

    assert_ok(mesa_parallel_set_threads(1 + i % 3, err));
    snprintf(lines, sizeof lines, "file = a.csv\nblock_size = %d\n%s",
             block_size[i], e->lines);
    return fixture_open(fx, csv_plugin(), lines, 1, why);
}

static inline void
check_examples(const struct example *e, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct fixture fx;

        fixture_init(&fx);
        fixture_text(&fx, "a.csv", e[i].text);
        for (size_t k = 0; k < MESA_COUNT(block_size); k++) {
            assert_ok(open_example(&fx, &e[i], k, err));
            assert_string_equal(dump(fixture_part(&fx, MESA_PART_ALL)),
                                e[i].expected);
        }
        fixture_free(&fx);
    }
}

#define CHECK(...)                                                 \
    do {                                                           \
        const struct example examples_[] = { __VA_ARGS__ };        \
        check_examples(examples_, MESA_COUNT(examples_));          \
    } while (0)

#endif
