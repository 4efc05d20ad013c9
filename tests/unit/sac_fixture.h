/* SPDX-License-Identifier: MIT */
/* sac_fixture.h - instances of the sampler sac, and ensembles it can see. */
#ifndef MESA_SAC_FIXTURE_H
#define MESA_SAC_FIXTURE_H

#include "test.h"

#include "sac.h"

const struct mesa_plugin *mesa_plugin(void);

static const struct mesa_sampler_class *
sac_class(void)
{
    return (const struct mesa_sampler_class *)
        (const void *)mesa_plugin()->classes[0];
}

struct fixture {
    struct sac s;
    char       text[1000];
};

/* The value of a parameter in lines "KEY = VALUE", or NULL. */
static const char *
find_value(const char *text, const char *key)
{
    size_t n = strlen(key);

    for (; text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL)
        if (strncmp(text, key, n) == 0 && strncmp(text + n, " = ", 3) == 0)
            return text + n + 3;
    return NULL;
}

static void
set_row(struct sac *s, const struct mesa_param *p, const char *value)
{
    char *field = (char *)s + p->offset;
    double r = value ? strtod(value, NULL) : p->dflt.r;
    int64_t i = value ? strtoll(value, NULL, 10) : p->dflt.i;
    bool flag = value ? strncmp(value, "true", 4) == 0 : p->dflt.i != 0;
    const struct mesa_choice *word = p->choices;
    int choice = (int)p->dflt.i;

    for (; value && word && word->name; word++)
        if (strncmp(word->name, value, strcspn(value, "\n")) == 0 &&
            strlen(word->name) == strcspn(value, "\n"))
            choice = word->value;
    if (p->type == MESA_TYPE_INT)
        memcpy(field, &i, sizeof i);
    if (p->type == MESA_TYPE_REAL)
        memcpy(field, &r, sizeof r);
    if (p->type == MESA_TYPE_CHOICE)
        memcpy(field, &choice, sizeof choice);
    if (p->type == MESA_TYPE_BOOL)
        memcpy(field, &flag, sizeof flag);
}

/* Defaults, and what the text sets instead; then init. */
static mesa_status
try_sac(struct fixture *f, const char *text, struct mesa_error *err)
{
    memset(&f->s, 0, sizeof f->s);
    for (const struct mesa_param *p = sac_class()->head.params;
         p->type != MESA_TYPE_END; p++)
        set_row(&f->s, p, find_value(text, p->name));
    return sac_class()->head.init(&f->s, err);
}

MESA_PRINTF(2, 3)
static struct sac *
make_sac(struct fixture *f, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(f->text, sizeof f->text, fmt, ap);
    va_end(ap);
    assert_ok(try_sac(f, f->text, err));
    return &f->s;
}

static void
free_sac(struct fixture *f)
{
    sac_class()->head.fini(&f->s);
}

#endif
