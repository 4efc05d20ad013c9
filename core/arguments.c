/* SPDX-License-Identifier: MIT */
/* arguments.c - options and verbs, their mistakes, and what goes together. */
#include "arguments.h"

#include <mesa/number.h>

#include <getopt.h>
#include <stdio.h>
#include <string.h>

const char mesa_usage[] =
    "Usage: mesa-core -c FILE [OPTION]...\n"
    "       mesa-core --list [KIND]\n"
    "       mesa-core --describe KIND/NAME\n"
    "       mesa-core resample -c FILE -o FILE\n"
    "       mesa-core query -c FILE [--labels FILE]\n"
    "       mesa-core predict -m FILE -i FILE -o FILE\n"
    "       mesa-core export -m FILE -o FILE\n"
    "       mesa-core report RUN... [-o FILE] [--draw]\n"
    "       mesa-core inspect PATH\n"
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
    "      --labels FILE            rows that query asked for, with labels\n"
    "      --finish                 query no more: learn from what there is\n"
    "      --draw                   report: run scripts of missing pictures\n"
    "  -m, --model FILE             model.safetensors of a run\n"
    "  -i, --input FILE             rows to predict, - for standard input\n"
    "      --score                  rows have labels: print metrics, too\n"
    "      --json                   inspect, --list, --describe, --version:\n"
    "                               write JSON\n"
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
    OPT_LABELS,
    OPT_FINISH,
    OPT_DRAW,
    OPT_JSON,
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
    { "labels", required_argument, NULL, OPT_LABELS },
    { "finish", no_argument, NULL, OPT_FINISH },
    { "draw", no_argument, NULL, OPT_DRAW },
    { "model", required_argument, NULL, 'm' },
    { "input", required_argument, NULL, 'i' },
    { "score", no_argument, NULL, OPT_SCORE },
    { "json", no_argument, NULL, OPT_JSON },
    { "quiet", no_argument, NULL, 'q' },
    { "verbose", no_argument, NULL, 'v' },
    { "version", no_argument, NULL, OPT_VERSION },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 }
};

/* Words that say what to do, in the place of the first argument, and how many
 * files or folders may follow them. */
static const struct verb {
    const char *name;
    enum action action;
    size_t      max_subjects;
} verbs[] = {
    { "resample", DO_RESAMPLE, 0 },
    { "query", DO_QUERY, 0 },
    { "predict", DO_PREDICT, 0 },
    { "export", DO_EXPORT, 0 },
    { "report", DO_REPORT, SIZE_MAX },
    { "inspect", DO_INSPECT, 1 },
};

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
    case OPT_LABELS:
        a->labels = optarg;
        a->n_labels++;
        break;
    case OPT_SET:
        a->set[a->n_set++] = optarg;
        break;
    default:
        return false;
    }
    return true;
}

/* What an option is about, or NULL; the last option counts. */
static void
set_subject(struct arguments *a, enum action action, const char *subject)
{
    a->action = action;
    a->subject[0] = subject;
    a->n_subjects = subject != NULL;
}

/* Options that belong to single verbs or actions. */
static bool
take_special(struct arguments *a, int option)
{
    bool *const flag = option == OPT_SCORE         ? &a->score
                       : option == OPT_TRANSFORMED ? &a->transformed
                       : option == OPT_FINISH      ? &a->finish
                       : option == OPT_DRAW        ? &a->draw
                       : option == OPT_JSON        ? &a->json
                                                   : NULL;

    if (flag)
        *flag = true;
    return flag != NULL;
}

static int
take_option(struct arguments *a, int option, char **argv)
{
    if (take_value(a, option) || take_special(a, option))
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
        set_subject(a, DO_LIST, optarg);
        break;
    case OPT_DESCRIBE:
        set_subject(a, DO_DESCRIBE, optarg);
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
refuse_query(const struct arguments *a)
{
    if (a->control.resume || a->model || a->input || a->score ||
        a->transformed || a->action != DO_QUERY)
        return "query takes -c, -o, --labels, --finish, --set, --threads, "
               "--force, -q and -v only";
    if (a->control.force && a->labels)
        return "query takes --force or --labels, not both: a run that starts "
               "over has not asked yet";
    if (a->n_labels > 1)
        return "query takes --labels once: the labels of a question are in "
               "one file";
    if (a->output && (!*a->output || strcmp(a->output, "-") == 0))
        return "query needs a file to ask in, use -o FILE";
    return NULL;
}

/* Options that only query has. */
static bool
is_for_query(const struct arguments *a)
{
    return a->labels || a->finish;
}

static const char *
refuse_resample(const struct arguments *a)
{
    if (is_for_query(a) || a->control.resume || a->control.force ||
        a->model || a->input || a->score || a->action != DO_RESAMPLE)
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
    if (is_for_query(a) || a->config || a->transformed || a->control.resume ||
        a->control.force || a->control.verbose || a->action != DO_PREDICT)
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
    if (is_for_query(a) || a->config || a->input || a->score ||
        a->transformed || a->n_set > 1 || a->threads || a->control.resume ||
        a->control.force || a->control.quiet || a->control.verbose ||
        a->action != DO_EXPORT)
        return "export takes -m and -o only";
    return a->model ? NULL : "no model: use -m FILE (see --help)";
}

static const char *
refuse_report(const struct arguments *a)
{
    if (is_for_query(a) || a->config || a->model || a->input || a->score ||
        a->transformed || a->n_set > 1 || a->threads || a->control.resume ||
        a->control.force || a->control.verbose || a->action != DO_REPORT)
        return "report takes folders of runs, -o, --draw and -q only";
    if (a->n_subjects == 0)
        return "nothing to report: use report RUN..., with folders of runs";
    if (a->output && (!*a->output || strcmp(a->output, "-") == 0))
        return "report needs a file to write, use -o FILE";
    return NULL;
}

static const char *
refuse_inspect(const struct arguments *a)
{
    if (is_for_query(a) || a->config || a->model || a->input || a->output ||
        a->score || a->transformed || a->n_set > 1 || a->threads ||
        a->control.resume || a->control.force || a->control.quiet ||
        a->action != DO_INSPECT)
        return "inspect takes a file or folder, --json and -v only";
    return a->n_subjects ? NULL
                         : "nothing to inspect: use mesa-core inspect PATH";
}

static const char *
refuse_with_verb(const struct arguments *a)
{
    const char *what;

    if (strcmp(a->verb, "query") == 0)
        return refuse_query(a);
    if (strcmp(a->verb, "report") == 0)
        return refuse_report(a);
    if (strcmp(a->verb, "inspect") == 0)
        return refuse_inspect(a);
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
    if (is_for_query(a))
        return "--labels and --finish belong to query: mesa-core query -c "
               "FILE";
    if (a->output || a->transformed)
        return "-o and --transformed belong to resample: mesa-core resample "
               "-c FILE -o FILE";
    return NULL;
}

static bool
verb_has_config(const char *verb)
{
    return strcmp(verb, "resample") == 0 || strcmp(verb, "query") == 0;
}

static bool
can_be_json(const struct arguments *a)
{
    return a->action == DO_LIST || a->action == DO_DESCRIBE ||
           a->action == DO_INSPECT || a->action == DO_VERSION;
}

static int
refuse_combinations(const struct arguments *a)
{
    const char *what = NULL;

    if (a->control.resume && a->control.force)
        what = "--resume and --force exclude each other";
    else if (a->control.quiet && a->control.verbose)
        what = "--quiet and --verbose exclude each other";
    else if (a->json && !can_be_json(a))
        what = "--json goes with inspect, --list, --describe and --version "
               "only";
    else if (a->draw && a->action != DO_REPORT)
        what = "--draw goes with report only";
    else if (!a->verb && a->action <= DO_DESCRIBE)
        what = refuse_without_verb(a);
    if (!what && !a->config && a->action <= DO_QUERY &&
        (!a->verb || verb_has_config(a->verb)))
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

/* What is left when the options are taken out. */
static int
take_subjects(struct arguments *a, size_t max, int argc, char **argv)
{
    if (a->action == DO_LIST)
        max = 1;
    while (optind < argc && a->n_subjects < max)
        a->subject[a->n_subjects++] = argv[optind++];
    return optind < argc ? unexpected_argument(argv[optind]) : MESA_EXIT_OK;
}

static const struct verb *
find_verb(const char *name)
{
    for (size_t i = 0; name && i < MESA_COUNT(verbs); i++)
        if (strcmp(name, verbs[i].name) == 0)
            return &verbs[i];
    return NULL;
}

int
mesa_arguments_parse(struct arguments *a, int argc, char **argv)
{
    const struct verb *verb = find_verb(argc > 1 ? argv[1] : NULL);
    int option, code = MESA_EXIT_OK;

    memset(a, 0, sizeof *a);
    if (verb) {
        a->verb = verb->name;
        a->action = verb->action;
        argc--;
        argv++;
    }
    a->set = mesa_alloc_array((size_t)argc + 1, sizeof *a->set);
    a->subject = mesa_alloc_array((size_t)argc + 1, sizeof *a->subject);
    if (!a->set || !a->subject)
        return MESA_EXIT_FAILED;
    a->set[a->n_set++] = "data.type=csv"; /* of rows to predict */
    opterr = 0;
    while (code == MESA_EXIT_OK &&
           (option = getopt_long(argc, argv, ":c:i:m:o:qvh", long_options,
                                 NULL)) != -1)
        code = take_option(a, option, argv);
    if (code == MESA_EXIT_OK)
        code = take_subjects(a, verb ? verb->max_subjects : 0, argc, argv);
    return code == MESA_EXIT_OK ? refuse_combinations(a) : code;
}

void
mesa_arguments_free(struct arguments *a)
{
    mesa_free(a->set);
    mesa_free(a->subject);
    mesa_free(a->threads);
}
