/* SPDX-License-Identifier: MIT */
/*
 * bench_csv - how fast the csv source reads, and what memory it needs.
 *
 * bench_csv [ROWS [COLS [DIGITS]]] writes a file of ROWS (1,000,000) rows of
 * COLS (30) columns and a label, then opens it five times with one thread and
 * five times with all.  Numbers have DIGITS significant digits; 0, the
 * default, means 7 to 10, changing from value to value.  Peak memory is what
 * the first of these opens added to the process, over the size of the matrix.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <mesa/mesa.h>

#define REPEATS 5

const struct mesa_plugin *mesa_plugin(void);

static void
die(const char *what)
{
    fprintf(stderr, "bench_csv: %s\n", what);
    exit(1);
}

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Kilobytes at the worst moment so far. */
static double
peak(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return (double)use.ru_maxrss;
}

/* A number of that many significant digits, without printf. */
static size_t
put_number(char *to, uint64_t bits, size_t digits)
{
    size_t n = 0;

    if (bits & 1)
        to[n++] = '-';
    to[n++] = (char)('1' + (bits >> 1) % 9);
    to[n++] = '.';
    bits = bits >> 5 | 1;
    for (size_t i = 1; i < digits; i++) {
        to[n++] = (char)('0' + bits % 10);
        bits = bits >= 10 ? bits / 10 : bits * UINT64_C(6364136223846793005);
    }
    return n;
}

/* Write the table; returns its size in bytes. */
static double
write_table(const char *path, size_t rows, size_t cols, size_t digits)
{
    FILE *to = fopen(path, "wb");
    char *line = malloc(cols * 32 + 8);
    struct mesa_rng rng;
    double bytes = 0;

    if (!to || !line)
        die("cannot write the table");
    mesa_rng_seed(&rng, 1);
    for (size_t r = 0; r < rows; r++) {
        size_t n = 0;

        for (size_t j = 0; j < cols; j++) {
            uint64_t bits = mesa_rng_bits(&rng);

            n += put_number(line + n, bits,
                            digits ? digits : 7 + (bits >> 60) % 4);
            line[n++] = ',';
        }
        line[n++] = mesa_rng_below(&rng, 10) ? '0' : '1';
        line[n++] = '\n';
        bytes += (double)n;
        if (fwrite(line, 1, n, to) != n)
            die("cannot write the table");
    }
    if (fclose(to) != 0)
        die("cannot write the table");
    free(line);
    return bytes;
}

/* An instance with default parameters, as the core would fill them. */
static char *
new_source(const struct mesa_source_class *c, const char *path)
{
    static const char *const missing[] = { "?", "NA", "NaN", "nan", "" };
    const struct mesa_list words = { 5, missing, NULL };
    char *self = calloc(1, c->head.self_size);
    struct mesa_error err;

    if (!self)
        die("out of memory");
    for (const struct mesa_param *p = c->head.params; p->type; p++) {
        if (p->type == MESA_TYPE_INT)
            memcpy(self + p->offset, &p->dflt.i, sizeof p->dflt.i);
        if (strcmp(p->name, "file") == 0)
            memcpy(self + p->offset, &path, sizeof path);
        if (strcmp(p->name, "missing") == 0)
            memcpy(self + p->offset, &words, sizeof words);
    }
    if (c->head.init(self, &err) != MESA_OK)
        die(err.message);
    return self;
}

static double
time_open(const struct mesa_source_class *c, const char *path)
{
    char *self = new_source(c, path);
    struct mesa_bundle *bundle = mesa_bundle_new();
    struct mesa_rng rng = { 0 };
    struct mesa_error err;
    double start = now();

    if (!bundle || c->open(self, bundle, &rng, &err) != MESA_OK)
        die(bundle ? err.message : "out of memory");
    start = now() - start;
    mesa_bundle_free(bundle);
    c->head.fini(self);
    free(self);
    return start;
}

static double
median_open(const struct mesa_source_class *c, const char *path,
            size_t threads)
{
    double t[REPEATS];
    struct mesa_error err;

    if (mesa_parallel_set_threads(threads, &err) != MESA_OK)
        die(err.message);
    for (size_t i = 0; i < REPEATS; i++)
        t[i] = time_open(c, path);
    qsort(t, REPEATS, sizeof *t, compare);
    return t[REPEATS / 2];
}

int
main(int argc, char **argv)
{
    size_t rows = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    size_t cols = argc > 2 ? strtoull(argv[2], NULL, 10) : 30;
    size_t digits = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    const struct mesa_source_class *c =
        (const void *)mesa_plugin()->classes[0];
    char path[] = "/tmp/bench_csv_XXXXXX";
    int fd = mkstemp(path);
    double bytes, before, t;

    if (fd < 0)
        die("cannot make a temporary file");
    close(fd);
    bytes = write_table(path, rows, cols, digits);
    before = peak();
    t = time_open(c, path);
    printf("csv_memory_ratio %.3f\n",
           (peak() - before) * 1024 / ((double)(rows * cols) * sizeof t));
    t = median_open(c, path, 1);
    printf("csv_1_thread_mb_s %.0f\n", bytes / t / 1e6);
    t = median_open(c, path, 0);
    printf("csv_%zu_threads_mb_s %.0f\n", mesa_parallel_threads(),
           bytes / t / 1e6);
    unlink(path);
    return 0;
}
