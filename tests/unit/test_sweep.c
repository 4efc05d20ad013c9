/* SPDX-License-Identifier: MIT */
/*
 * test_sweep.c - a whole run with the k-th allocation failing, for every k.
 *
 * The quick start and a comparison, made small.  Each attempt must end with
 * "out of memory" and give back every block; the one that is not disturbed
 * must succeed.
 */
#include "test.h"

#include "builtin.h"
#include "run.h"

#include <fcntl.h>
#include <ftw.h>
#include <unistd.h>

#define MOST 20000 /* allocations of an undisturbed run: far fewer */

enum { SETTINGS = 12 };

static const char *const quickstart[SETTINGS] = {
    "evaluate.repeats=2",           "mesa.n_estimators=2",
    "run.threads=1",                "run.checkpoint_interval=0",
    "data.imbalance_ratio=3",       "data.n_minority=40",
    "metalearner.start_steps=1",    "metalearner.update_steps=2",
    "metalearner.max_estimators=3", "sampler.hidden_size=4",
    "sampler.replay_size=10",       "sampler.batch_size=2",
};
static const char *const comparison[SETTINGS] = {
    "evaluate.repeats=2",           "evaluate.folds=2",
    "run.threads=1",                "run.checkpoint_interval=0",
    "data.n_samples=60",            "network.max_iter=1",
    "network.hidden_layer_sizes=2", "metalearner.data=data, more",
    "more.type=moons",              "more.n_samples=40",
    "more.noise=0.4",               "more.imbalance_ratio=2",
};

static char output[] = "run.output=/tmp/mesa-sweep-XXXXXX";

/* One run from nothing to nothing; its exit code. */
static int
attempt(const char *ini, const char *const *settings, bool reports,
        struct mesa_error *err)
{
    const struct mesa_run_control control = { .force = true, .quiet = true };
    const char *set[SETTINGS + 3];
    struct mesa_registry registry;
    struct mesa_recipe recipe;
    mesa_status st = mesa_registry_init(&registry, mesa_builtins, err);
    int code = MESA_EXIT_FAILED;

    memcpy(set, settings, SETTINGS * sizeof *set);
    set[SETTINGS] = output;
    set[SETTINGS + 1] = reports ? "run.report=true" : "run.report=false";
    set[SETTINGS + 2] = "run.tensorboard=false";
    memset(&recipe, 0, sizeof recipe);
    if (st == MESA_OK)
        st = mesa_recipe_init(&recipe, &registry, ini, set, MESA_COUNT(set),
                              err);
    if (st == MESA_OK)
        code = mesa_run(&recipe, &control, err);
    mesa_recipe_free(&recipe);
    mesa_registry_free(&registry);
    return code;
}

/* The table that a finished run prints would disturb the test's output. */
static int
silenced(const char *ini, const char *const *settings, bool reports,
         struct mesa_error *err)
{
    int nowhere = open("/dev/null", O_WRONLY), out = dup(STDOUT_FILENO);
    int code;

    fflush(stdout);
    dup2(nowhere, STDOUT_FILENO);
    code = attempt(ini, settings, reports, err);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    close(out);
    close(nowhere);
    return code;
}

/* From allocation k on, every so many; how many there are, about. */
static uint64_t
fail_allocations(const char *ini, const char *const *settings, bool reports,
                 uint64_t k, uint64_t stride)
{
    struct mesa_error err;
    int code = silenced(ini, settings, reports, &err);
    uint64_t live;

    if (code != MESA_EXIT_OK)
        fail_msg("undisturbed: %s", err.message);
    live = mesa_memory_live();
    for (;; k += stride) {
        mesa_memory_fail_at(k);
        code = silenced(ini, settings, reports, &err);
        mesa_memory_fail_at(UINT64_MAX);
        if (mesa_memory_live() != live)
            fail_msg("allocation %llu: %llu blocks lost",
                     (unsigned long long)k,
                     (unsigned long long)(mesa_memory_live() - live));
        if (code != MESA_EXIT_OK && err.status != MESA_ENOMEM)
            fail_msg("allocation %llu: %s: %s", (unsigned long long)k,
                     mesa_status_name(err.status), err.message);
        if (code == MESA_EXIT_OK || k >= MOST)
            break;
    }
    assert_int_equal(code, MESA_EXIT_OK);
    return k;
}

/* Those of reports come last, are many, and have tests of their own. */
static void
fail_every_allocation(const char *conf, const char *const *settings)
{
    char *ini = mesa_asprintf("%s/conf/%s.ini",
                              getenv("top_srcdir") ? getenv("top_srcdir")
                                                   : ".",
                              conf);
    const uint64_t n = fail_allocations(ini, settings, false, 0, 1);

    assert_true(n > 100);
    fail_allocations(ini, settings, true, n, 41);
    mesa_free(ini);
}

static void
test_quickstart(void **state)
{
    (void)state;
    fail_every_allocation("quickstart", quickstart);
}

static void
test_comparison(void **state)
{
    (void)state;
    fail_every_allocation("compare_moons", comparison);
}

static int
make_folder(void **state)
{
    (void)state;
    setenv("MESA_GNUPLOT", "", 1);
    return mkdtemp(strchr(output, '/')) ? 0 : -1;
}

static int
remove_one(const char *path, const struct stat *s, int type,
           struct FTW *where)
{
    (void)s;
    (void)type;
    (void)where;
    return remove(path);
}

static int
remove_folder(void **state)
{
    (void)state;
    return nftw(strchr(output, '/'), remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quickstart),
        cmocka_unit_test(test_comparison),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
