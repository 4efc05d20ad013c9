/* SPDX-License-Identifier: MIT */
/* main.c - mesa-core: argument verbs, one call each. */
#include "builtin.h"
#include "catalogue.h"
#include "export.h"
#include "predict.h"
#include "resample.h"

#include <mesa/number.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage_text[] =
    "Usage: mesa-core -c FILE [OPTION]...\n"
    "       mesa-core --list [KIND]\n"
    "       mesa-core --describe KIND/NAME\n"
    "       mesa-core resample -c FILE -o FILE\n"
    "       mesa-core predict -m FILE -i FILE -o FILE\n"
    "       mesa-core export -m FILE -o FILE\n"
    "\n"
    "Run one reproducible experiment that learns from imbalanced or scarce\n"
    "data.  FILE is an INI file, see mesa.ini(5).\n"
    "\n"
    "  -c, --config FILE            the experiment to run\n"
    "      --set SECTION.KEY=VALUE  change one value; may be repeated\n"
    "      --threads N              use N threads (0: all processors)\n"
    "      --resume                 go on with an interrupted run\n"
    "      --force                  replace the results of an earlier run\n"
    "      --check                  check configuration and data headers only\n"
    "      --print-config           show every value and where it is from\n"
    "      --list [KIND]            plugins there are, and those refused\n"
    "      --describe KIND/NAME     parameters of a plugin, as an INI section\n"
    "  -o, --output FILE            table to write, - for standard output\n"
    "      --transformed            resample rows with [transform] applied\n"
    "  -m, --model FILE             model.safetensors of a run\n"
    "  -i, --input FILE             rows to predict, - for standard input\n"
    "      --score                  rows have labels: print metrics, too\n"
    "  -q, --quiet                  no progress on standard error\n"
    "  -v, --verbose                more of it\n"
    "      --version                print the version and exit\n"
    "  -h, --help                   print this help and exit\n"
    "\n"
    "Exit status: 0 done, 1 failed, 2 usage, 65 bad data, 66 missing input,\n"
    "69 plugin refused or missing, 73 or 74 output or I/O error, 75 stopped\n"
    "with a checkpoint (go on with --resume), 78 bad configuration.\n";

enum {
    OPT_SET = 256,
    OPT_THREADS,
    OPT_RESUME,
    OPT_FORCE,
    OPT_CHECK,
    OPT_PRINT_CONFIG,
    OPT_LIST,
    OPT_DESCRIBE,
    OPT_TRANSFORMED,
    OPT_SCORE,
    OPT_VERSION
};

static const struct option long_options[] = {
    { "config", required_argument, NULL, 'c' },
    { "set", required_argument, NULL, OPT_SET },
    { "threads", required_argument, NULL, OPT_THREADS },
    { "resume", no_argument, NULL, OPT_RESUME },
    { "force", no_argument, NULL, OPT_FORCE },
    { "check", no_argument, NULL, OPT_CHECK },
    { "print-config", no_argument, NULL, OPT_PRINT_CONFIG },
    { "list", optional_argument, NULL, OPT_LIST },
    { "describe", required_argument, NULL, OPT_DESCRIBE },
    { "output", required_argument, NULL, 'o' },
    { "transformed", no_argument, NULL, OPT_TRANSFORMED },
    { "model", required_argument, NULL, 'm' },
    { "input", required_argument, NULL, 'i' },
    { "score", no_argument, NULL, OPT_SCORE },
    { "quiet", no_argument, NULL, 'q' },
    { "verbose", no_argument, NULL, 'v' },
    { "version", no_argument, NULL, OPT_VERSION },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 }
};

enum action {
    DO_RUN,
    DO_CHECK,
    DO_PRINT_CONFIG,
    DO_RESAMPLE,
    DO_PREDICT, /* here and below: without a configuration */
    DO_EXPORT,
    DO_LIST,
    DO_DESCRIBE,
    DO_HELP,
    DO_VERSION
};

/* Words that say what to do, in the place of the first argument. */
static const struct {
    const char *name;
    enum action action;
} verbs[] = {
    { "resample", DO_RESAMPLE },
    { "predict", DO_PREDICT },
    { "export", DO_EXPORT },
};

struct arguments {
    enum action             action;
    const char             *verb; /* NULL: an option says what to do */
    const char             *config, *subject, *output, *model, *input;
    bool                    transformed, score;
    const char            **set; /* the first is for predict only */
    size_t                  n_set;
    char                   *threads; /* "run.threads=N" */
    size_t                  n_threads;
    struct mesa_run_control control;
};

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

/* "unknown option --thread; did you mean --threads?"  getopt leaves in optopt
 * an unknown letter, or what a long option given a value stands for. */
static int
unknown_option(const char *typed)
{
    struct mesa_nearest nearest = { NULL, NULL, 0 };
    char name[64];

    for (const struct option *o = long_options; o->name && optopt; o++)
        if (o->val == optopt) {
            fprintf(stderr, "mesa-core: --%s takes no value (see --help)\n",
                    o->name);
            return MESA_EXIT_USAGE;
        }
    if (optopt) {
        fprintf(stderr, "mesa-core: unknown option -%c (see --help)\n",
                optopt);
        return MESA_EXIT_USAGE;
    }

    snprintf(name, sizeof name, "%.*s", (int)strcspn(typed, "="), typed);
    nearest.typed = strncmp(name, "--", 2) == 0 ? name + 2 : name;
    for (const struct option *o = long_options; o->name; o++)
        mesa_nearest_offer(&nearest, o->name);
    if (nearest.best)
        fprintf(stderr, "mesa-core: unknown option %s; did you mean --%s?\n",
                name, nearest.best);
    else
        fprintf(stderr, "mesa-core: unknown option %s (see --help)\n", name);
    return MESA_EXIT_USAGE;
}

static int
set_threads(struct arguments *a, const char *text)
{
    int64_t n;

    if (!mesa_parse_int64(text, text + strlen(text), &n) || n < 0 ||
        n > 4096) {
        fprintf(stderr,
                "mesa-core: --threads %s: expected an integer from 0 to "
                "4096\n",
                text);
        return MESA_EXIT_USAGE;
    }
    mesa_free(a->threads);
    a->n_threads = (size_t)n;
    a->threads = mesa_asprintf("run.threads=%lld", (long long)n);
    return a->threads ? MESA_EXIT_OK : MESA_EXIT_FAILED;
}

/* An option that only keeps its value; false: it is another one. */
static bool
take_value(struct arguments *a, int option)
{
    switch (option) {
    case 'c':
        a->config = optarg;
        break;
    case 'i':
        a->input = optarg;
        break;
    case 'm':
        a->model = optarg;
        break;
    case 'o':
        a->output = optarg;
        break;
    case OPT_SET:
        a->set[a->n_set++] = optarg;
        break;
    default:
        return false;
    }
    return true;
}

static int
take_option(struct arguments *a, int option, char **argv)
{
    if (take_value(a, option))
        return MESA_EXIT_OK;
    switch (option) {
    case OPT_THREADS:
        return set_threads(a, optarg);
    case OPT_RESUME:
        a->control.resume = true;
        break;
    case OPT_FORCE:
        a->control.force = true;
        break;
    case OPT_CHECK:
        a->action = DO_CHECK;
        break;
    case OPT_PRINT_CONFIG:
        a->action = DO_PRINT_CONFIG;
        break;
    case OPT_LIST:
        a->action = DO_LIST;
        a->subject = optarg;
        break;
    case OPT_DESCRIBE:
        a->action = DO_DESCRIBE;
        a->subject = optarg;
        break;
    case OPT_SCORE:
        a->score = true;
        break;
    case OPT_TRANSFORMED:
        a->transformed = true;
        break;
    case 'q':
        a->control.quiet = true;
        break;
    case 'v':
        a->control.verbose = true;
        break;
    case OPT_VERSION:
        a->action = DO_VERSION;
        break;
    case 'h':
        a->action = DO_HELP;
        break;
    case ':':
        fprintf(stderr, "mesa-core: %s needs a value (see --help)\n",
                argv[optind - 1]);
        return MESA_EXIT_USAGE;
    default:
        return unknown_option(argv[optind - 1]);
    }
    return MESA_EXIT_OK;
}

static const char *
refuse_resample(const struct arguments *a)
{
    if (a->control.resume || a->control.force || a->model || a->input ||
        a->score || a->action != DO_RESAMPLE)
        return "resample takes -c, -o, --set, --threads, --transformed, -q "
               "and -v only";
    return NULL;
}

static const char *
refuse_predict(const struct arguments *a)
{
    bool only_data = true;

    for (size_t i = 1; i < a->n_set; i++)
        only_data = only_data && strncmp(a->set[i], "data.", 5) == 0;
    if (a->config || a->transformed || a->control.resume || a->control.force ||
        a->control.verbose || a->action != DO_PREDICT)
        return "predict takes -m, -i, -o, --score, --set, --threads and -q "
               "only";
    if (!only_data)
        return "predict: only how to read the input can be set, with --set "
               "data.KEY=VALUE";
    if (!a->model)
        return "no model: use -m FILE (see --help)";
    if (!a->input)
        return "no input: use -i FILE, or -i - for standard input";
    return NULL;
}

static const char *
refuse_export(const struct arguments *a)
{
    if (a->config || a->input || a->score || a->transformed || a->n_set > 1 ||
        a->threads || a->control.resume || a->control.force ||
        a->control.quiet || a->control.verbose || a->action != DO_EXPORT)
        return "export takes -m and -o only";
    return a->model ? NULL : "no model: use -m FILE (see --help)";
}

static const char *
refuse_with_verb(const struct arguments *a)
{
    const char *what;

    if (strcmp(a->verb, "resample") == 0)
        what = refuse_resample(a);
    else if (strcmp(a->verb, "predict") == 0)
        what = refuse_predict(a);
    else
        what = refuse_export(a);
    if (!what && !a->output)
        what = "no output: use -o FILE, or -o - for standard output";
    return what;
}

static const char *
refuse_without_verb(const struct arguments *a)
{
    if (a->model || a->input || a->score)
        return "-m, -i and --score belong to predict: mesa-core predict -m "
               "FILE -i FILE -o FILE";
    if (a->output || a->transformed)
        return "-o and --transformed belong to resample: mesa-core resample "
               "-c FILE -o FILE";
    return NULL;
}

static int
refuse_combinations(const struct arguments *a)
{
    const char *what = NULL;

    if (a->control.resume && a->control.force)
        what = "--resume and --force exclude each other";
    else if (a->control.quiet && a->control.verbose)
        what = "--quiet and --verbose exclude each other";
    else if (!a->verb && a->action <= DO_DESCRIBE)
        what = refuse_without_verb(a);
    if (!what && !a->config && a->action <= DO_RESAMPLE &&
        (!a->verb || strcmp(a->verb, "resample") == 0))
        what = "no configuration: use -c FILE (see --help)";
    if (!what && a->verb && a->action <= DO_DESCRIBE)
        what = refuse_with_verb(a);
    if (!what)
        return MESA_EXIT_OK;
    fprintf(stderr, "mesa-core: %s\n", what);
    return MESA_EXIT_USAGE;
}

/* An argument where none is expected: most likely a verb, misspelt or not in
 * its place. */
static int
unexpected_argument(const char *typed)
{
    struct mesa_nearest nearest = { typed, NULL, 0 };

    for (size_t i = 0; i < MESA_COUNT(verbs); i++)
        mesa_nearest_offer(&nearest, verbs[i].name);
    if (nearest.best)
        fprintf(stderr,
                "mesa-core: unexpected argument '%s'; did you mean mesa-core "
                "%s ...?\n",
                typed, nearest.best);
    else
        fprintf(stderr, "mesa-core: unexpected argument '%s' (see --help)\n",
                typed);
    return MESA_EXIT_USAGE;
}

static int
parse_arguments(struct arguments *a, int argc, char **argv)
{
    int option, code = MESA_EXIT_OK;

    memset(a, 0, sizeof *a);
    for (size_t i = 0; argc > 1 && i < MESA_COUNT(verbs); i++)
        if (strcmp(argv[1], verbs[i].name) == 0) {
            a->verb = verbs[i].name;
            a->action = verbs[i].action;
        }
    if (a->verb) {
        argc--;
        argv++;
    }
    a->set = mesa_alloc_array((size_t)argc + 1, sizeof *a->set);
    if (!a->set)
        return MESA_EXIT_FAILED;
    a->set[a->n_set++] = "data.type=csv"; /* of rows to predict */
    opterr = 0;
    while (code == MESA_EXIT_OK &&
           (option = getopt_long(argc, argv, ":c:i:m:o:qvh", long_options,
                                 NULL)) != -1)
        code = take_option(a, option, argv);
    if (code != MESA_EXIT_OK)
        return code;
    if (a->action == DO_LIST && !a->subject && optind < argc)
        a->subject = argv[optind++];
    if (optind < argc)
        return unexpected_argument(argv[optind]);
    return refuse_combinations(a);
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
    else
        code = run(a, &recipe, &err);
    if (code != MESA_EXIT_OK)
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
        code = mesa_catalogue_list(&registry, a->subject, &err);
    else if (a->action == DO_DESCRIBE)
        code = mesa_catalogue_describe(&registry, a->subject,
                                       a->control.verbose, &err);
    else if (a->action == DO_PREDICT)
        code = predict(a, &registry, &err);
    else if (a->action == DO_EXPORT)
        code = mesa_export(&registry, a->model, a->output, &err);
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
    code = parse_arguments(&a, argc, argv);

    if (code == MESA_EXIT_OK) {
        if (a.action == DO_HELP)
            fputs(usage_text, stdout);
        else if (a.action == DO_VERSION)
            printf("mesa-core %s\n", mesa_version());
        else
            code = with_registry(&a);
        code = finish_output(code);
    }
    mesa_free(a.set);
    mesa_free(a.threads);
    return code;
}
