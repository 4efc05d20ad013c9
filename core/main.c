/* SPDX-License-Identifier: MIT */
/* main.c - mesa-core: argument verbs, one call each. */
#include "arguments.h"
#include "builtin.h"
#include "catalogue.h"
#include "export.h"
#include "inspect.h"
#include "page.h"
#include "predict.h"
#include "query.h"
#include "resample.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stop_requested;

/* The first signal asks for a checkpoint, the second one ends at once. */
static void
request_stop(int number)
{
    stop_requested = 1;
    signal(number, SIG_DFL);
}

static void
catch_signals(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = request_stop;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* A file that cannot grow is reported by the write, with its name. */
    signal(SIGXFSZ, SIG_IGN);
}

/* A file opened while a standard descriptor is closed would take its place,
 * and messages would go into it.  Fill the gaps with what cannot be used. */
static void
occupy_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

static int
complain(const struct mesa_error *err, int code)
{
    fprintf(stderr, "mesa-core: %s\n", err->message);
    return code;
}

static int
print_config(const struct mesa_recipe *recipe, struct mesa_error *err)
{
    char *text = mesa_recipe_text(recipe, true);

    if (!text)
        return mesa_exit_code(mesa_nomem(err, 1, "configuration"),
                              MESA_STAGE_CONFIG);
    fputs(text, stdout);
    mesa_free(text);
    return MESA_EXIT_OK;
}

static int
check_config(struct arguments *a, struct mesa_recipe *recipe,
             struct mesa_error *err)
{
    int code = mesa_run_check(recipe, err);

    if (code == MESA_EXIT_OK)
        printf("%s: ok\n", a->config);
    return code;
}

static int
resample(const struct arguments *a, struct mesa_recipe *recipe,
         struct mesa_error *err)
{
    const struct mesa_resample_options options = {
        a->output, a->transformed, a->control.quiet, &stop_requested
    };

    catch_signals();
    return mesa_resample(recipe, &options, err);
}

static int
run(struct arguments *a, struct mesa_recipe *recipe, struct mesa_error *err)
{
    catch_signals();
    a->control.stop = &stop_requested;
    return mesa_run(recipe, &a->control, err);
}

static int
query(struct arguments *a, struct mesa_recipe *recipe, struct mesa_error *err)
{
    const struct mesa_query_options options = {
        .config = a->config,
        .output = a->output,
        .labels = a->labels,
        .finish = a->finish,
        .set    = a->set + 1,
        .n_set  = a->n_set - 1
    };

    catch_signals();
    a->control.stop = &stop_requested;
    return mesa_query(recipe, &options, &a->control, err);
}

static int
with_recipe(struct arguments *a, struct mesa_registry *registry)
{
    struct mesa_error err = { MESA_OK, 0, "", "" };
    struct mesa_recipe recipe;
    mesa_status st;
    int code;

    if (a->threads)
        a->set[a->n_set++] = a->threads;
    st = mesa_recipe_init(&recipe, registry, a->config, a->set + 1,
                          a->n_set - 1, &err);
    if (st == MESA_OK && a->action != DO_RESAMPLE)
        st = mesa_recipe_check_run(&recipe, &err);
    if (st == MESA_ENOTFOUND && access(a->config, F_OK) != 0)
        code = MESA_EXIT_NO_INPUT;
    else if (st != MESA_OK)
        code = mesa_exit_code(st, MESA_STAGE_CONFIG);
    else if (a->action == DO_PRINT_CONFIG)
        code = print_config(&recipe, &err);
    else if (a->action == DO_CHECK)
        code = check_config(a, &recipe, &err);
    else if (a->action == DO_RESAMPLE)
        code = resample(a, &recipe, &err);
    else if (a->action == DO_QUERY)
        code = query(a, &recipe, &err);
    else
        code = run(a, &recipe, &err);
    if (code != MESA_EXIT_OK && *err.message)
        complain(&err, code);
    mesa_recipe_free(&recipe);
    return code;
}

static int
predict(const struct arguments *a, struct mesa_registry *registry,
        struct mesa_error *err)
{
    const struct mesa_predict_options options = {
        .model   = a->model,
        .input   = a->input,
        .output  = a->output,
        .set     = a->set,
        .n_set   = a->n_set,
        .threads = a->n_threads,
        .score   = a->score,
        .quiet   = a->control.quiet,
        .stop    = &stop_requested
    };

    catch_signals();
    return mesa_predict(registry, &options, err);
}

/* That pictures are missing is worth a word, and no failure. */
static int
report(const struct arguments *a)
{
    struct mesa_error err = { MESA_OK, 0, "", "" };
    char *why;
    const struct mesa_page_options options = { a->output, a->draw,
                                               &stop_requested };
    int code;

    catch_signals();
    code = mesa_page_report(a->subject, a->n_subjects, &options, &why, &err);
    if (code != MESA_EXIT_OK)
        complain(&err, code);
    else if (why && !a->control.quiet)
        fprintf(stderr, "mesa-core: %s\n", why);
    mesa_free(why);
    return code;
}

static int
with_registry(struct arguments *a)
{
    struct mesa_registry registry;
    struct mesa_error err = { MESA_OK, 0, "", "" };
    mesa_status st = mesa_registry_init(&registry, mesa_builtins, &err);
    int code;

    if (st != MESA_OK)
        code = complain(&err, MESA_EXIT_FAILED);
    else if (a->action == DO_LIST)
        code = mesa_catalogue_list(&registry, a->subject[0], a->json,
                                   &err);
    else if (a->action == DO_DESCRIBE)
        code = mesa_catalogue_describe(&registry, a->subject[0], a->json,
                                       a->control.verbose, &err);
    else if (a->action == DO_PREDICT)
        code = predict(a, &registry, &err);
    else if (a->action == DO_EXPORT)
        code = mesa_export(&registry, a->model, a->output, &err);
    else if (a->action == DO_INSPECT)
        code = mesa_inspect(&registry, a->subject[0], a->json,
                            a->control.verbose, &err);
    else
        code = with_recipe(a, &registry);
    if (st == MESA_OK && code != MESA_EXIT_OK && a->action >= DO_PREDICT)
        complain(&err, code);
    mesa_registry_free(&registry);
    return code;
}

/* Results that did not reach their reader are no success. */
static int
finish_output(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "mesa-core: cannot write to standard output: %s\n",
            strerror(errno));
    return code == MESA_EXIT_OK ? MESA_EXIT_IO : code;
}

int
main(int argc, char **argv)
{
    struct arguments a;
    int code;

    occupy_descriptors();
    code = mesa_arguments_parse(&a, argc, argv);

    if (code == MESA_EXIT_OK) {
        if (a.action == DO_HELP)
            fputs(mesa_usage, stdout);
        else if (a.action == DO_VERSION && a.json)
            code = mesa_catalogue_version();
        else if (a.action == DO_VERSION)
            printf("mesa-core %s\n", mesa_version());
        else if (a.action == DO_REPORT)
            code = report(&a);
        else
            code = with_registry(&a);
        code = finish_output(code);
    }
    mesa_arguments_free(&a);
    return code;
}
