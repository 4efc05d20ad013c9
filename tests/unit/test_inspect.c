/* SPDX-License-Identifier: MIT */
/*
 * test_inspect.c - a model cut short at each byte, and with each byte
 * replaced: it is refused in one line, or told.
 */
#include "test.h"

#include "builtin.h"
#include "files.h"
#include "inspect.h"

#include <fcntl.h>
#include <unistd.h>

static char folder[] = "/tmp/mesa-inspect-XXXXXX";

static const char config[] =
    "[run]\nseed = 3\noutput = out\nreport = no\n"
    "[data]\ntype = checkerboard\nn_minority = 12\nimbalance_ratio = 2\n"
    "[estimator]\ntype = gnb\n";

/* What goes to standard output goes nowhere until *was is back. */
static void
silence(int *was)
{
    int nowhere = open("/dev/null", O_WRONLY);

    fflush(stdout);
    *was = dup(STDOUT_FILENO);
    assert_true(*was >= 0 && nowhere >= 0);
    dup2(nowhere, STDOUT_FILENO);
    close(nowhere);
}

static void
speak(int was)
{
    fflush(stdout);
    dup2(was, STDOUT_FILENO);
    close(was);
}

/* One small run in a folder of its own. */
static int
make_run(void **state)
{
    const struct mesa_run_control control = { .quiet = true };
    struct mesa_registry *registry = malloc(sizeof *registry);
    struct mesa_recipe recipe;
    enum mesa_exit code;
    int was;

    assert_non_null(registry);
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    assert_ok(mesa_file_put(".", "run.ini", config, err));
    assert_ok(mesa_registry_init(registry, mesa_builtins, err));
    assert_ok(mesa_recipe_init(&recipe, registry, "run.ini", NULL, 0, err));
    silence(&was);
    code = mesa_run(&recipe, &control, NULL);
    speak(was);
    assert_int_equal(code, MESA_EXIT_OK);
    mesa_recipe_free(&recipe);
    *state = registry;
    return 0;
}

static int
remove_run(void **state)
{
    char command[64];

    mesa_registry_free(*state);
    free(*state);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command); /* NOLINT: the name is our own */
}

static enum mesa_exit
inspect(struct mesa_registry *registry, const char *path, bool json,
        struct mesa_error *err)
{
    enum mesa_exit code;
    int was;

    silence(&was);
    code = mesa_inspect(registry, path, json, true, err);
    speak(was);
    return code;
}

static enum mesa_exit
inspect_bytes(struct mesa_registry *registry, const char *bytes, size_t n,
              bool json)
{
    struct mesa_error e = { MESA_OK, 0, "", "" };
    FILE *to = fopen("mutant.safetensors", "wb");
    enum mesa_exit code;

    assert_non_null(to);
    assert_int_equal(fwrite(bytes, 1, n, to), n);
    assert_int_equal(fclose(to), 0);
    code = inspect(registry, "mutant.safetensors", json, &e);
    if (code == MESA_EXIT_OK)
        return code;
    assert_true(e.message[0] != '\0');
    assert_null(strchr(e.message, '\n'));
    assert_true(code == MESA_EXIT_DATA || code == MESA_EXIT_FAILED ||
                code == MESA_EXIT_PLUGIN || code == MESA_EXIT_CONFIG);
    return code;
}

static void
test_whole(void **state)
{
    struct mesa_error e;

    assert_int_equal(inspect(*state, "out/model.safetensors", false, &e),
                     MESA_EXIT_OK);
    assert_int_equal(inspect(*state, "out/model.safetensors", true, &e),
                     MESA_EXIT_OK);
    assert_int_equal(inspect(*state, "out", false, &e), MESA_EXIT_OK);
    assert_int_equal(inspect(*state, "out", true, &e), MESA_EXIT_OK);
}

static void
test_truncated(void **state)
{
    char *bytes;
    size_t n;

    assert_ok(mesa_file_get("out/model.safetensors", SIZE_MAX / 4, &bytes, &n,
                            err));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(inspect_bytes(*state, bytes, i, i % 2),
                         MESA_EXIT_DATA);
    assert_int_equal(inspect_bytes(*state, bytes, n, false), MESA_EXIT_OK);
    mesa_free(bytes);
}

static void
test_replaced(void **state)
{
    static const char other[] = "\n\r ,'\"\\{}@?%#:-.0a\x80\xff";
    char *bytes;
    size_t n;

    assert_ok(mesa_file_get("out/model.safetensors", SIZE_MAX / 4, &bytes, &n,
                            err));
    for (size_t i = 0; i < n; i++) {
        char was = bytes[i];

        bytes[i] = other[i * 7 % (sizeof other - 1)];
        inspect_bytes(*state, bytes, n, i % 2);
        bytes[i] = (char)(was ^ 1 << i % 8);
        inspect_bytes(*state, bytes, n, (i + 1) % 2);
        bytes[i] = was;
    }
    mesa_free(bytes);
}

/* A file of strangers, with names that are not fit for a terminal. */
static void
test_stranger(void **state)
{
    static const double value[] = { 1.0, 2.0, 3.0 };
    struct mesa_archive *a = mesa_archive_new();
    struct mesa_error e;

    assert_non_null(a);
    for (size_t i = 0; i < 40; i++) {
        char name[32];

        snprintf(name, sizeof name, "layer.%zu.\033[2J", i);
        assert_ok(mesa_archive_put_vector(a, name, MESA_F64, i % 4, value,
                                          err));
    }
    assert_ok(mesa_archive_put_vector(a, "..", MESA_F64, 3, value, err));
    assert_ok(mesa_archive_put_vector(a, "run", MESA_U64, 3, value, err));
    assert_ok(mesa_archive_write(a, "stranger.safetensors", err));
    assert_int_equal(inspect(*state, "stranger.safetensors", false, &e),
                     MESA_EXIT_OK);
    assert_int_equal(inspect(*state, "stranger.safetensors", true, &e),
                     MESA_EXIT_OK);
    /* A checkpoint that does not say enough. */
    assert_ok(mesa_archive_note(a, "mesa.loop", "evaluate", err));
    assert_ok(mesa_archive_write(a, "short.safetensors", err));
    assert_int_equal(inspect(*state, "short.safetensors", false, &e),
                     MESA_EXIT_DATA);
    assert_string_equal(e.message,
                        "the checkpoint does not say where the run is");
    mesa_archive_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_replaced),
        cmocka_unit_test(test_stranger),
    };

    return cmocka_run_group_tests(tests, make_run, remove_run);
}
