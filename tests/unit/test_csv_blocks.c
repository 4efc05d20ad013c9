/* SPDX-License-Identifier: MIT */
/*
 * test_csv_blocks.c - tables written at random and read back to the bit,
 * whatever the blocks, threads, quotes and line ends; and memory.
 */
#include "source_fixture.h"

#include <math.h>

const struct mesa_plugin *csv_plugin(void);

/* Labels that need all of the quoting rules. */
static const char *const label_text[] = { "plain", "with, comma", "q\"uote",
                                          "\"", "line\nbreak", "crlf\r\nend",
                                          "\n", " blank ", "1e3x", "a;b\tc" };

/* A table as it was meant, and its text. */
struct table {
    size_t   rows, cols, n;
    double  *x;
    int32_t *y;
    char    *text;
};

struct style {
    char        delimiter;
    const char *line_end;
    bool        quote_all, blanks, last_line_end;
};

static void
put(struct table *t, const char *text)
{
    size_t n = strlen(text);

    memcpy(t->text + t->n, text, n);
    t->n += n;
}

/* A double of any kind: short, long, tiny, huge, integer, missing. */
static double
random_value(struct mesa_rng *rng)
{
    uint64_t bits = mesa_rng_bits(rng);
    double v;

    switch (mesa_rng_below(rng, 5)) {
    case 0:
        return (double)(bits % 2000) - 1000;
    case 1:
        return (double)(bits % 2000001) / 1000 - 1000;
    case 2:
        return mesa_rng_normal(rng);
    case 3:
        memcpy(&v, &bits, sizeof v);
        return isfinite(v) ? v : 0.0;
    default:
        return bits % 4 ? 0.0 : NAN;
    }
}

static void
put_blanks(struct table *t, const struct style *s, struct mesa_rng *rng)
{
    while (s->blanks && mesa_rng_below(rng, 3) == 0)
        put(t, s->delimiter != '\t' && mesa_rng_below(rng, 2) ? "\t" : " ");
}

static void
put_quoted(struct table *t, const char *text)
{
    put(t, "\"");
    for (; *text; text++)
        put(t, *text == '"' ? "\"\"" : (char[]){ *text, '\0' });
    put(t, "\"");
}

static void
put_value(struct table *t, const struct style *s, double v,
          struct mesa_rng *rng)
{
    static const char *const missing[] = { "", "?", "NA", "nan" };
    char number[MESA_DOUBLE_TEXT];

    mesa_format_double(v, number);
    if (isnan(v))
        strcpy(number, missing[mesa_rng_below(rng, 4)]);
    put_blanks(t, s, rng);
    if (s->quote_all || mesa_rng_below(rng, 20) == 0)
        put_quoted(t, number);
    else
        put(t, number);
    put_blanks(t, s, rng);
}

static void
put_label(struct table *t, const struct style *s, int32_t y,
          struct mesa_rng *rng)
{
    const char *text = label_text[y];

    put_blanks(t, s, rng);
    if (y > 0 || s->quote_all || mesa_rng_below(rng, 2))
        put_quoted(t, text);
    else
        put(t, text);
    put_blanks(t, s, rng);
}

/* Column `label` holds the label. */
static void
make_table(struct table *t, const struct style *s, size_t rows, size_t cols,
           size_t label, struct mesa_rng *rng)
{
    char name[32], delimiter[2] = { s->delimiter, '\0' };

    *t = (struct table){ rows, cols, 0, malloc(rows * cols * sizeof(double)),
                         malloc(rows * sizeof(int32_t)),
                         malloc((rows + 1) * (cols + 1) * 96) };
    assert_true(t->x && t->y && t->text);
    for (size_t k = 0; k <= cols; k++) {
        snprintf(name, sizeof name, k == label ? "the label" : "c%zu", k);
        put(t, k ? delimiter : "");
        put(t, name);
    }
    put(t, s->line_end);
    for (size_t r = 0, j = 0; r < rows; r++, j = 0) {
        while (mesa_rng_below(rng, 8) == 0)
            put(t, s->line_end);
        for (size_t k = 0; k <= cols; k++) {
            put(t, k ? delimiter : "");
            if (k == label) {
                t->y[r] = (int32_t)mesa_rng_below(rng,
                                                  MESA_COUNT(label_text));
                put_label(t, s, t->y[r], rng);
            } else {
                t->x[r * cols + j] = random_value(rng);
                put_value(t, s, t->x[r * cols + j++], rng);
            }
        }
        if (r + 1 < rows || s->last_line_end)
            put(t, s->line_end);
    }
}

static void
free_table(struct table *t)
{
    free(t->x);
    free(t->y);
    free(t->text);
}

/* Values by bits, but any NaN is a NaN; labels by name. */
static void
assert_read_back(const struct table *t, const struct mesa_dataset *d)
{
    assert_int_equal(d->x.rows, t->rows);
    assert_int_equal(d->x.cols, t->cols);
    for (size_t r = 0; r < t->rows; r++) {
        for (size_t j = 0; j < t->cols; j++) {
            double v = mesa_row(&d->x, r)[j], e = t->x[r * t->cols + j];

            if (isnan(e))
                assert_true(isnan(v));
            else
                assert_bits_equal(v, e);
        }
        assert_string_equal(d->schema->class_name[d->y[r]],
                            label_text[t->y[r]]);
    }
}

static void
test_random_tables(void **state)
{
    static const struct style style[] = {
        { ',', "\n", false, false, true },   { ';', "\r\n", false, true, true },
        { '\t', "\n", false, true, false },
        { ',', "\r\n", true, false, false },
        { ',', "\n", true, true, true },     { '|', "\n", false, true, true },
    };
    struct mesa_rng rng;

    (void)state;
    mesa_rng_seed(&rng, 20);
    for (size_t trial = 0; trial < 120; trial++) {
        const struct style *s = &style[trial % MESA_COUNT(style)];
        size_t cols = 1 + mesa_rng_below(&rng, 6);
        size_t label = mesa_rng_below(&rng, cols + 1);
        struct fixture fx;
        struct table t;
        char lines[200];

        make_table(&t, s, 1 + mesa_rng_below(&rng, 60), cols, label, &rng);
        fixture_init(&fx);
        fixture_write(&fx, "a.csv", t.text, t.n);
        for (size_t k = 0; k < 6; k++) {
            assert_ok(mesa_parallel_set_threads(1 + k % 3 * 2, err));
            snprintf(lines, sizeof lines,
                     "file = a.csv\nheader = yes\nlabel = the label\n"
                     "missing = ?, NA, nan,\ndelimiter = %s\n"
                     "block_size = %zu\n",
                     s->delimiter == '\t'  ? "tab"
                     : s->delimiter == ';' ? "semicolon"
                                           : (char[]){ s->delimiter, '\0' },
                     k == 5 ? 262144
                            : 1 + mesa_rng_below(&rng, (size_t)1 << k * 2));
            assert_ok(fixture_open(&fx, csv_plugin(), lines, 1, err));
            assert_read_back(&t, fixture_part(&fx, MESA_PART_ALL));
        }
        fixture_free(&fx);
        free_table(&t);
    }
}

/* All block sizes up to beyond the file's end give the same. */
static void
test_every_block_size(void **state)
{
    static const char text[] = "\"a\r\n\",b,y\r\n1,\"2\",\"p\n,\"\"\n\"\r\n\n"
                               "\r\n3,4,q\n\n\"5\",6,\"\n\n\n\"\r\n";
    struct fixture one, fx;

    (void)state;
    fixture_init(&one);
    fixture_init(&fx);
    fixture_text(&one, "a.csv", text);
    fixture_text(&fx, "a.csv", text);
    assert_ok(fixture_open(&one, csv_plugin(), "file = a.csv\n", 1, err));
    assert_int_equal(fixture_part(&one, MESA_PART_ALL)->x.rows, 3);
    for (size_t block = 1; block < sizeof text + 3; block++) {
        char lines[80];

        snprintf(lines, sizeof lines, "file = a.csv\nblock_size = %zu\n",
                 block);
        assert_ok(fixture_open(&fx, csv_plugin(), lines, 1, err));
        assert_same_data(fixture_part(&fx, MESA_PART_ALL),
                         fixture_part(&one, MESA_PART_ALL));
    }
    fixture_free(&fx);
    fixture_free(&one);
}

/* A row and a header much longer than what is first read of them. */
static void
test_long_rows(void **state)
{
    size_t cols = 30000, n = 0;
    char *text = malloc(cols * 24);
    struct fixture fx;
    const struct mesa_dataset *d;

    (void)state;
    assert_non_null(text);
    for (size_t j = 0; j < cols; j++)
        n += (size_t)sprintf(text + n, "c%zu,", j);
    n += (size_t)sprintf(text + n, "y\n");
    for (size_t j = 0; j < cols; j++)
        n += (size_t)sprintf(text + n, "%zu,", j);
    n += (size_t)sprintf(text + n, "0\n");
    for (size_t j = 0; j < cols; j++)
        n += (size_t)sprintf(text + n, "%zu,", j * 2);
    n += (size_t)sprintf(text + n, "1\n");
    fixture_init(&fx);
    fixture_write(&fx, "a.csv", text, n);
    for (int block = 1000; block < 1000000; block *= 10) {
        char lines[80];

        snprintf(lines, sizeof lines, "file = a.csv\nblock_size = %d\n",
                 block);
        assert_ok(fixture_open(&fx, csv_plugin(), lines, 1, err));
        d = fixture_part(&fx, MESA_PART_ALL);
        assert_int_equal(d->x.cols, cols);
        assert_int_equal(d->x.rows, 2);
        for (size_t j = 0; j < cols; j++)
            assert_true(d->x.data[j] == (double)j &&
                        d->x.data[cols + j] == (double)(2 * j));
    }
    free(text);
    fixture_free(&fx);
}

/* Many rows in blocks of the usual size, with any number of threads. */
static void
test_threads(void **state)
{
    static const size_t threads[] = { 2, 5, 16 };
    size_t rows = 60000, n;
    char *text = malloc(rows * 40);
    struct fixture one, fx;
    struct mesa_rng rng;

    (void)state;
    assert_non_null(text);
    mesa_rng_seed(&rng, 5);
    n = (size_t)sprintf(text, "a,b,y\n");
    for (size_t r = 0; r < rows; r++)
        n += (size_t)sprintf(text + n, "%.9g,%zu,\"%zu\"\n",
                             mesa_rng_normal(&rng), r,
                             mesa_rng_below(&rng, 9));
    fixture_init(&one);
    fixture_init(&fx);
    fixture_write(&one, "a.csv", text, n);
    fixture_write(&fx, "a.csv", text, n);
    assert_ok(mesa_parallel_set_threads(1, err));
    assert_ok(fixture_open(&one, csv_plugin(), "file = a.csv\n", 1, err));
    for (size_t r = 0; r < rows; r++)
        assert_bits_equal(fixture_part(&one, MESA_PART_ALL)->x.data[2 * r + 1],
                          (double)r);
    for (size_t i = 0; i < MESA_COUNT(threads); i++) {
        assert_ok(mesa_parallel_set_threads(threads[i], err));
        assert_ok(fixture_open(&fx, csv_plugin(), "file = a.csv\n", 1, err));
        assert_same_data(fixture_part(&fx, MESA_PART_ALL),
                         fixture_part(&one, MESA_PART_ALL));
    }
    assert_ok(mesa_parallel_set_threads(1, err));
    free(text);
    fixture_free(&fx);
    fixture_free(&one);
}

/* Random bytes from the alphabet of CSV: an answer or an error, the same for
 * any blocks, and nothing left behind. */
static void
test_noise(void **state)
{
    static const char alphabet[] = "\"\"\"\",,,,\n\n\n\r 1234567890.ab-e";
    struct mesa_rng rng;
    uint64_t before = mesa_memory_live();
    size_t n_good = 0;
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    mesa_rng_seed(&rng, 3);
    for (size_t trial = 0; trial < 3000; trial++) {
        char text[80], lines[100];
        size_t n = 8, length = mesa_rng_below(&rng, sizeof text - 8);
        struct mesa_error first, err;
        mesa_status st, again;

        memcpy(text, "a,b\n1,2\n", 8);
        while (n < 8 + length)
            text[n++] = alphabet[mesa_rng_below(&rng, sizeof alphabet - 1)];
        fx.n_files = 0;
        fixture_write(&fx, "a.csv", text, n);
        st = fixture_open(&fx, csv_plugin(), "file = a.csv\n", 1, &first);
        n_good += st == MESA_OK;
        snprintf(lines, sizeof lines, "file = a.csv\nblock_size = %zu\n",
                 1 + mesa_rng_below(&rng, 20));
        again = fixture_open(&fx, csv_plugin(), lines, 1, &err);
        assert_int_equal(st, again);
        if (st != MESA_OK)
            assert_string_equal(first.message, err.message);
    }
    fixture_free(&fx);
    assert_true(n_good > 30);
    assert_int_equal(mesa_memory_live(), before);
}

/* Each allocation in turn fails: a clear status, and nothing leaks. */
static void
test_lost_memory(void **state)
{
    static const char lines[] = "train = a.csv\nvalid = b.csv\n"
                                "ignore = c\nblock_size = 20\n";
    uint64_t before = mesa_memory_live(), k;
    mesa_status st = MESA_ENOMEM;
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "a,c,y\n1,z,\"p\"\"q\"\n2,z,0.5\n3,z,1.0\n"
                               "4,z,2\n5,z,3\n6,z,4\n7,z,5\n8,z,6\n9,z,7\n");
    fixture_text(&fx, "b.csv", "y,a\n\"p\"\"q\",1\n1,2\n");
    for (k = 0; st != MESA_OK; k++) {
        struct mesa_error why;
        struct mesa_rng rng;

        assert_ok(fixture_make(&fx, csv_plugin(), lines, err));
        fx.bundle = mesa_bundle_new();
        mesa_rng_seed(&rng, 1);
        mesa_memory_fail_at(k);
        st = mesa_source_open(fx.source, fx.bundle, &rng, &why);
        mesa_memory_fail_at(UINT64_MAX);
        if (st != MESA_OK) {
            assert_int_equal(st, MESA_ENOMEM);
            assert_non_null(strstr(why.message, "out of memory"));
        }
        fixture_close(&fx);
        assert_int_equal(mesa_memory_live(), before);
        assert_true(k < 10000);
    }
    assert_true(k > 50);
    fixture_free(&fx);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_tables),
        cmocka_unit_test(test_every_block_size),
        cmocka_unit_test(test_long_rows),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_lost_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
