/* SPDX-License-Identifier: MIT */
/*
 * main.c - mesa-conform: does a plugin keep the promises of its kind?
 *
 * Opens each module as mesa-core would, makes a list of test cases
 * CLASS/CHECK from the tables of checks, and runs each in a process of its
 * own, so that a crash is one failed test and no check sees what another left
 * behind.  The results go to standard output in the Test Anything Protocol.
 */
#include "bench.h"

#include "run.h"

#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const char usage_text[] =
    "Usage: mesa-conform [OPTION]... MODULE...\n"
    "       mesa-conform --list\n"
    "\n"
    "Check that plugins keep the promises of their kind.  MODULE is a\n"
    "plugin, NAME.so, or libtool's NAME.la.\n"
    "\n"
    "  -k PATTERN           only test cases whose CLASS/CHECK matches\n"
    "                       PATTERN: a part of it, or a shell pattern\n"
    "      --set KEY=VALUE  give classes that have the parameter KEY this\n"
    "                       value instead of the default; may be repeated\n"
    "      --no-fork        run all checks in one process, for debuggers\n"
    "      --list           name the checks and exit\n"
    "      --version        print the version and exit\n"
    "  -h, --help           print this help and exit\n"
    "\n"
    "Exit status: 0 all passed, 1 a check failed, 2 usage, 69 a module was\n"
    "refused.\n";

enum { CHECK_SECONDS = 600 };

enum { OPT_SET = 256, OPT_NO_FORK, OPT_LIST, OPT_VERSION };

static const struct option long_options[] = {
    { "set", required_argument, NULL, OPT_SET },
    { "no-fork", no_argument, NULL, OPT_NO_FORK },
    { "list", no_argument, NULL, OPT_LIST },
    { "version", no_argument, NULL, OPT_VERSION },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 }
};

static const struct check *const tables[] = {
    table_checks,          any_checks,     memory_checks,
    estimator_checks,      estimator_data_checks,
    estimator_file_checks, forward_checks, sampler_checks, learning_checks,
    transform_checks,      source_checks,  stream_checks,  tasks_checks,
    onnx_checks,           loss_checks,    metalearner_checks,
    keep_checks,           learnable_checks,
    environment_checks,    environment_nodes_checks, acquisition_checks,
    members_checks,        questions_checks,
};

struct program {
    const char           *pattern;
    const char          **set;
    size_t                n_set;
    bool                  no_fork;
    size_t                n_modules;
    struct mesa_module  **module;
    struct report        *report; /* shared with the child processes */
    size_t                number, failed;
};

static void
list_checks(void)
{
    for (size_t t = 0; t < MESA_COUNT(tables); t++)
        for (const struct check *c = tables[t]; c->name; c++) {
            const char *kind = c->kind ? mesa_kind_info(c->kind)->section
                                       : "any";

            printf("%s/%-*s %s\n", kind, (int)(32 - strlen(kind)), c->name,
                   c->what);
        }
}

/* -k: part of the name, or a shell pattern for all of it. */
static bool
selected(const struct program *p, const char *class_name, const char *check)
{
    char name[256];

    if (!p->pattern)
        return true;
    snprintf(name, sizeof name, "%s/%s", class_name, check);
    return strstr(name, p->pattern) || fnmatch(p->pattern, name, 0) == 0;
}

static void
run_here(const struct program *p, const struct mesa_module *module,
         const struct mesa_class *class_, const struct check *check)
{
    struct bench b = { .module = module, .class_ = class_,
                       .set = p->set, .n_set = p->n_set,
                       .report = p->report };
    struct mesa_registry registry;
    struct mesa_error err;
    mesa_status st = mesa_registry_init(&registry, NULL, &err);
    bool needs_component = true;

    for (const struct check *c = table_checks; c->name; c++)
        needs_component = needs_component && c != check;
    b.registry = &registry;
    if (succeeded(&b, st, &err, "plugin path") &&
        (!needs_component || bench_open(&b)))
        check->run(&b);
    bench_close(&b);
    mesa_registry_free(&registry);
}

/* How a child ended, where that says more than its report does. */
static void
judge_child(struct report *report, int status)
{
    if (WIFSIGNALED(status)) {
        snprintf(report->reason, sizeof report->reason, "killed by signal %d "
                 "(%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
        report->verdict = FAILED;
    } else if (WEXITSTATUS(status) != 0) {
        snprintf(report->reason, sizeof report->reason,
                 "ended the process with status %d", WEXITSTATUS(status));
        report->verdict = FAILED;
    }
}

/* What a plugin prints must not mix with the results. */
static void
run_as_child(const struct program *p, const struct mesa_module *module,
             const struct mesa_class *class_, const struct check *check)
{
    dup2(STDERR_FILENO, STDOUT_FILENO);
    alarm(CHECK_SECONDS);
    run_here(p, module, class_, check);
    exit(EXIT_SUCCESS);
}

static void
run_check(struct program *p, const struct mesa_module *module,
          const struct mesa_class *class_, const struct check *check)
{
    int status = 0;
    pid_t child;

    *p->report = (struct report){ PASSED, "" };
    fflush(stdout);
    child = p->no_fork ? 0 : fork();
    if (child == 0 && p->no_fork)
        run_here(p, module, class_, check);
    else if (child == 0)
        run_as_child(p, module, class_, check);
    else if (child < 0 || waitpid(child, &status, 0) < 0)
        *p->report = (struct report){ FAILED, "no process to run it in" };
    else
        judge_child(p->report, status);
}

static void
print_result(struct program *p, const char *class_name, const char *check)
{
    const struct report *r = p->report;

    for (char *s = p->report->reason; *s; s++)
        if (*s == '\n')
            *s = ' ';
    printf("%sok %zu - %s/%s%s%s\n", r->verdict == FAILED ? "not " : "",
           ++p->number, class_name, check,
           r->verdict == SKIPPED ? " # SKIP " : "",
           r->verdict == SKIPPED ? r->reason : "");
    if (r->verdict == FAILED) {
        printf("# %s\n", r->reason);
        p->failed++;
    }
}

/* Count the test cases, or run them. */
static size_t
each_case(struct program *p, bool run)
{
    size_t n = 0;

    for (size_t m = 0; m < p->n_modules; m++)
        for (size_t i = 0; i < p->module[m]->n_classes; i++)
            for (size_t t = 0; t < MESA_COUNT(tables); t++)
                for (const struct check *c = tables[t]; c->name; c++) {
                    const struct mesa_class *class_ =
                        p->module[m]->class_table[i];

                    if ((c->kind && c->kind != class_->kind) ||
                        !selected(p, class_->name, c->name))
                        continue;
                    n++;
                    if (!run)
                        continue;
                    run_check(p, p->module[m], class_, c);
                    print_result(p, class_->name, c->name);
                }
    return n;
}

/* The value of dlname='...' in a libtool archive, in fresh memory; NULL if
 * there is none, "" if the module is static. */
static char *
read_dlname(const char *path)
{
    static const char key[] = "dlname='";
    FILE *in = fopen(path, "r");
    char line[4096], *name = NULL;

    while (in && !name && fgets(line, sizeof line, in))
        if (strncmp(line, key, sizeof key - 1) == 0) {
            char *value = line + sizeof key - 1;

            value[strcspn(value, "'\n")] = '\0';
            name = mesa_strdup(value);
        }
    if (in)
        fclose(in);
    return name;
}

/* The file behind a path from the command line: for NAME.la what libtool
 * made of it, in .libs as long as it is not installed.  *out is NULL for a
 * static module. */
static mesa_status
real_path(const char *path, char **out, struct mesa_error *err)
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) : 1;
    size_t n = strlen(path);
    char *name;

    *out = NULL;
    if (n < 3 || strcmp(path + n - 3, ".la") != 0) {
        *out = mesa_asprintf("%s%s", slash ? "" : "./", path);
        return *out ? MESA_OK : mesa_nomem(err, 1, "path");
    }
    name = read_dlname(path);
    if (!name)
        return mesa_fail(err, MESA_EABI, "%s is no libtool archive", path);
    if (*name) {
        *out = mesa_asprintf("%.*s/.libs/%s", folder, slash ? path : ".",
                             name);
        if (*out && access(*out, F_OK) != 0) {
            mesa_free(*out);
            *out = mesa_asprintf("%.*s/%s", folder, slash ? path : ".", name);
        }
    }
    n = *name != '\0';
    mesa_free(name);
    return *out || n == 0 ? MESA_OK : mesa_nomem(err, 1, "path");
}

/* Static modules are left out: they are linked into mesa-core. */
static mesa_status
open_module(struct program *p, const char *path, struct mesa_error *err)
{
    char *real;
    mesa_status st = real_path(path, &real, err);

    if (st == MESA_OK && real)
        st = mesa_module_open(real, &p->module[p->n_modules], err);
    if (st == MESA_OK && real)
        p->n_modules++;
    mesa_free(real);
    return st;
}

/* -1: go on; otherwise the exit code. */
static int
parse_arguments(struct program *p, int argc, char **argv)
{
    int option;

    while ((option = getopt_long(argc, argv, "k:h", long_options, NULL)) != -1)
        switch (option) {
        case 'k':
            p->pattern = optarg;
            break;
        case OPT_SET:
            p->set[p->n_set++] = optarg;
            if (strchr(optarg, '=') && *optarg != '=')
                break;
            fprintf(stderr, "mesa-conform: --set %s: expected KEY=VALUE\n",
                    optarg);
            return MESA_EXIT_USAGE;
        case OPT_NO_FORK:
            p->no_fork = true;
            break;
        case OPT_LIST:
            list_checks();
            return MESA_EXIT_OK;
        case OPT_VERSION:
            printf("mesa-conform %s\n", mesa_version());
            return MESA_EXIT_OK;
        case 'h':
            fputs(usage_text, stdout);
            return MESA_EXIT_OK;
        default:
            return MESA_EXIT_USAGE;
        }
    if (optind < argc)
        return -1;
    fprintf(stderr, "mesa-conform: no module given (see --help)\n");
    return MESA_EXIT_USAGE;
}

/* A module that is refused ends it all before anything is run. */
static int
run_all(struct program *p, char **paths, int n)
{
    struct mesa_error err;
    size_t cases;

    for (int i = 0; i < n; i++)
        if (open_module(p, paths[i], &err) != MESA_OK) {
            fprintf(stderr, "mesa-conform: %s\n", err.message);
            return MESA_EXIT_PLUGIN;
        }
    cases = each_case(p, false);
    printf("1..%zu%s\n", cases,
           cases ? "" : p->n_modules ? " # SKIP no such check"
                                     : " # SKIP linked into mesa-core");
    each_case(p, true);
    return p->failed ? MESA_EXIT_FAILED : MESA_EXIT_OK;
}

int
main(int argc, char **argv)
{
    struct program p = { 0 };
    int code;

    p.report = mmap(NULL, sizeof *p.report, PROT_READ | PROT_WRITE,
                    /* cppcheck-suppress invalidFunctionArg */
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    p.set = mesa_alloc_array((size_t)argc, sizeof *p.set);
    p.module = mesa_alloc_array((size_t)argc, sizeof *p.module);
    if (p.report == MAP_FAILED || !p.set || !p.module) {
        fprintf(stderr, "mesa-conform: out of memory\n");
        code = MESA_EXIT_FAILED;
    } else {
        code = parse_arguments(&p, argc, argv);
        if (code < 0)
            code = run_all(&p, argv + optind, argc - optind);
    }
    for (size_t m = 0; m < p.n_modules; m++)
        mesa_module_free(p.module[m]);
    mesa_free(p.module);
    mesa_free(p.set);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "mesa-conform: standard output: %s\n",
                strerror(errno));
        code = code ? code : MESA_EXIT_IO;
    }
    return code;
}
