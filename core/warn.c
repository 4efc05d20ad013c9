/* SPDX-License-Identifier: MIT */
/*
 * warn.c - lines that people should see once, wherever they come from.
 *
 * Plugins have no run to report to, and work in parallel: the same remark
 * about each of a hundred folds is one remark.  Lines are told apart by their
 * hashes; beyond the room for those, repeats are let through.
 */
#include "warn.h"

#include "hash.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct {
    pthread_mutex_t lock;
    void (*to)(void *context, const char *line);
    void    *context;
    size_t   n_said;
    uint64_t said[256];
} warnings = { .lock = PTHREAD_MUTEX_INITIALIZER };

void
mesa_warn_to(void (*to)(void *context, const char *line), void *context)
{
    pthread_mutex_lock(&warnings.lock);
    warnings.to = to;
    warnings.context = context;
    warnings.n_said = 0;
    pthread_mutex_unlock(&warnings.lock);
}

/* Whether a line is new; remembers it. */
static bool
is_new(uint64_t hash)
{
    for (size_t i = 0; i < warnings.n_said; i++)
        if (warnings.said[i] == hash)
            return false;
    if (warnings.n_said < MESA_COUNT(warnings.said))
        warnings.said[warnings.n_said++] = hash;
    return true;
}

void
mesa_warn(const char *fmt, ...)
{
    struct mesa_error line; /* for its printable text */
    char text[sizeof line.message];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    mesa_fail(&line, MESA_OK, "%s", text);
    pthread_mutex_lock(&warnings.lock);
    if (is_new(mesa_hash(line.message, strlen(line.message), 0))) {
        if (warnings.to)
            warnings.to(warnings.context, line.message);
        else
            fprintf(stderr, "warning: %s\n", line.message);
    }
    pthread_mutex_unlock(&warnings.lock);
}
