/* SPDX-License-Identifier: MIT */
/* arguments.h - the command line, taken apart. */
#ifndef MESA_CORE_ARGUMENTS_H
#define MESA_CORE_ARGUMENTS_H

#include "run.h"

enum action {
    DO_RUN,
    DO_CHECK,
    DO_PRINT_CONFIG,
    DO_RESAMPLE,
    DO_QUERY,
    DO_PREDICT, /* here and below: without a configuration */
    DO_EXPORT,
    DO_REPORT,
    DO_INSPECT,
    DO_LIST,
    DO_DESCRIBE,
    DO_HELP,
    DO_VERSION
};

struct arguments {
    enum action             action;
    const char             *verb; /* NULL: an option says what to do */
    const char             *config, *output, *model, *input, *labels;
    const char            **subject; /* of --list, --describe and verbs */
    size_t                  n_subjects;
    bool                    transformed, score, finish, json, draw;
    const char            **set; /* the first is for predict only */
    size_t                  n_set;
    char                   *threads; /* "run.threads=N" */
    size_t                  n_threads, n_labels;
    struct mesa_run_control control;
};

extern const char mesa_usage[];

/* What to do, and with what.  Anything but MESA_EXIT_OK has been complained
 * about on standard error.  Free even then. */
int mesa_arguments_parse(struct arguments *a, int argc, char **argv);
void mesa_arguments_free(struct arguments *a);

#endif
