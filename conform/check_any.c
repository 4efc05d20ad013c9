/* SPDX-License-Identifier: MIT */
/* check_any.c - what every class promises: its tables, its life. */
#include "bench.h"

#include <mesa/number.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Shows as a test case what opening the module has already decided. */
static void
parameter_table(struct bench *b)
{
    struct mesa_error err;

    succeeded(b, mesa_params_check(b->class_->params, b->class_->self_size,
                                   &err),
              &err, "parameters");
}

/* As --describe and the manual print it: one line that can stand in a table. */
static bool
one_sentence(const char *text)
{
    size_t n = strlen(text);

    return n > 0 && text[n - 1] != '.' && text[n - 1] != ' ' &&
           !strchr(text, '\n') && !(*text >= 'a' && *text <= 'z');
}

/* Users see nothing of a parameter but its name and this. */
static void
help_texts(struct bench *b)
{
    size_t n = mesa_param_count(b->class_->params);

    for (size_t i = 0; i < n; i++) {
        const struct mesa_param *p = &b->class_->params[i];

        if (!one_sentence(p->help))
            fail(b, "the help of %s is '%s', expected one sentence that "
                 "starts upper case and has no full stop", p->name, p->help);
        for (const struct mesa_choice *c = p->choices; c && c->name; c++)
            if (!c->help || !*c->help)
                fail(b, "choice %s of %s has no help text", c->name, p->name);
    }
}

/* mesa-core looks for a class in the file of its name. */
static void
file_name(struct bench *b)
{
    const char *slash = strrchr(b->module->path, '/');
    const char *file = slash ? slash + 1 : b->module->path;
    size_t n = strcspn(file, ".");

    for (size_t i = 0; i < b->module->n_classes; i++)
        if (strncmp(b->module->class_table[i]->name, file, n) == 0 &&
            b->module->class_table[i]->name[n] == '\0')
            return;
    fail(b, "no class in %s is named '%.*s'", file, (int)n, file);
}

/* What --list, --describe and the summary of a run show. */
static void
metadata(struct bench *b)
{
    const struct mesa_plugin *p = b->module->plugin;
    const struct mesa_class *c = b->class_;
    const uint32_t known = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |
                           MESA_CLASS_WEIGHTS | MESA_CLASS_DETERMINISTIC |
                           MESA_CLASS_FEEDBACK | MESA_CLASS_TASKS |
                           MESA_CLASS_CONTROL | MESA_CLASS_UNLABELLED;

    if (!*p->name || !*p->version || !*p->license)
        fail(b, "the descriptor has an empty name, version or license");
    if (!one_sentence(c->title))
        fail(b, "the title is '%s', expected one line that starts upper case "
             "and has no full stop", c->title);
    if (c->cite && !*c->cite)
        fail(b, "cite is empty, expected a reference or NULL");
    if (c->flags & ~known)
        fail(b, "flags hold the unknown bits %08x",
             (unsigned)(c->flags & ~known));
    for (size_t i = 0; i < MESA_COUNT(c->reserved); i++)
        if (c->reserved[i])
            fail(b, "reserved[%zu] is not zero", i);
}

/* An instance that is never used must not cost anything either. */
static void
create(struct bench *b)
{
    uint64_t live = mesa_memory_live();
    struct mesa_instance *made;
    struct mesa_error err;

    for (int i = 0; i < 3 && going(b); i++) {
        if (!succeeded(b, mesa_instance_new(b->component, &made, &err), &err,
                       "create"))
            return;
        mesa_instance_free(made);
        if (mesa_memory_live() != live)
            fail(b, "%lld blocks stay after time %d",
                 (long long)(mesa_memory_live() - live), i + 1);
    }
}

/* One parameter at one value, all others at their defaults: made, or refused
 * because of another parameter, but not with anything left behind. */
static void
create_with(struct bench *b, const char *key, const char *value)
{
    struct mesa_instance *made = NULL;
    struct mesa_error err;
    mesa_status st;
    struct mesa_component *c = bench_component(b, key, value, &st, &err);
    uint64_t live = mesa_memory_live();

    if (!succeeded(b, st, &err, "a value within its range"))
        return;
    st = mesa_instance_new(c, &made, &err);
    mesa_instance_free(made);
    if (st != MESA_OK && st != MESA_EINVAL && st != MESA_ENOMEM)
        fail(b, "%s = %s: %s: %s", key, value, mesa_status_name(st),
             err.message);
    if (mesa_memory_live() != live)
        fail(b, "%s = %s: %lld blocks stay", key, value,
             (long long)(mesa_memory_live() - live));
    b->n--; /* the component's recipe, to keep the list short */
    b->owned[b->n].release(b->owned[b->n].thing);
}

/* The outermost value of the range; false if that end is open to infinity. */
static bool
extreme(const struct mesa_param *p, bool upper, char out[MESA_DOUBLE_TEXT])
{
    union mesa_value v = upper ? p->max : p->min;
    bool open = p->flags & (upper ? MESA_PARAM_OPEN_MAX : MESA_PARAM_OPEN_MIN);

    if (p->type == MESA_TYPE_INT) {
        if (v.i == INT64_MIN || v.i == INT64_MAX)
            return false;
        /* To the last digit, which a double may not have. */
        snprintf(out, MESA_DOUBLE_TEXT, "%lld",
                 (long long)(v.i + (open ? upper ? -1 : 1 : 0)));
        return true;
    }
    if (!isfinite(v.r))
        return false;
    if (open)
        v.r = nextafter(v.r, upper ? -INFINITY : INFINITY);
    mesa_format_double(v.r, out);
    return true;
}

/* One end of every range, one parameter at a time: where sizes are computed
 * from parameters, this is where they overflow. */
static void
create_extreme(struct bench *b, bool upper)
{
    size_t n = mesa_param_count(b->class_->params);
    char text[MESA_DOUBLE_TEXT];

    for (size_t i = 0; i < n && going(b); i++) {
        const struct mesa_param *p = &b->class_->params[i];
        bool list = p->type == MESA_TYPE_LIST && p->min.r < p->max.r;

        if (p->type == MESA_TYPE_BOOL)
            create_with(b, p->name, upper ? "true" : "false");
        else if ((p->type == MESA_TYPE_INT || p->type == MESA_TYPE_REAL ||
                  list) && extreme(p, upper, text))
            create_with(b, p->name, text);
    }
}

static void
create_min(struct bench *b)
{
    create_extreme(b, false);
}

static void
create_max(struct bench *b)
{
    create_extreme(b, true);
}

/* Words come with values outside the range ("none" is often -1 or 0). */
static void
create_words(struct bench *b)
{
    size_t n = mesa_param_count(b->class_->params);

    for (size_t i = 0; i < n && going(b); i++) {
        const struct mesa_param *p = &b->class_->params[i];

        for (const struct mesa_choice *c = p->choices; c && c->name; c++)
            create_with(b, p->name, c->name);
    }
}

/* init may fail before it has done anything; fini runs all the same. */
static void
fini_half_built(struct bench *b)
{
    const struct mesa_class *c = b->class_;
    uint64_t live = mesa_memory_live();
    void *self = mesa_alloc_array(1, c->self_size);

    if (!self) {
        fail(b, "mesa-conform is out of memory");
        return;
    }
    mesa_settings_fill(&b->component->settings, self);
    if (c->fini)
        c->fini(self);
    mesa_free(self);
    if (mesa_memory_live() != live)
        fail(b, "%lld blocks stay", (long long)(mesa_memory_live() - live));
}

/* init gets to its allocation k and no further. */
static void
init_fails(struct bench *b)
{
    const struct mesa_class *c = b->class_;
    uint64_t live = mesa_memory_live();
    mesa_status st = c->init ? MESA_ENOMEM : MESA_OK;
    struct mesa_error err;

    for (uint64_t k = 0; st == MESA_ENOMEM && k < 4096 && going(b); k++) {
        void *self = mesa_alloc_array(1, c->self_size);

        if (!self) {
            fail(b, "mesa-conform is out of memory");
            return;
        }
        mesa_settings_fill(&b->component->settings, self);
        mesa_memory_fail_at(k);
        st = c->init(self, &err);
        mesa_memory_fail_at(UINT64_MAX);
        if (c->fini)
            c->fini(self);
        mesa_free(self);
        if (st != MESA_OK)
            expect_status(b, st, MESA_ENOMEM, &err, "init");
        if (mesa_memory_live() != live)
            fail(b, "init, allocation %llu fails: %lld blocks stay",
                 (unsigned long long)k,
                 (long long)(mesa_memory_live() - live));
    }
}

const struct check table_checks[] = {
    { "metadata", 0, metadata, "names, version and flags are well-formed" },
    { "file_name", 0, file_name, "the file is named as a class in it" },
    { "parameter_table", 0, parameter_table,
      "parameters are named, in range and within self" },
    { "help_texts", 0, help_texts, "each parameter and choice is explained" },
    { NULL, 0, NULL, NULL }
};

const struct check any_checks[] = {
    { "create", 0, create, "made and freed three times, nothing stays" },
    { "create_min", 0, create_min, "made with each parameter at its least" },
    { "create_max", 0, create_max, "made with each parameter at its most" },
    { "create_words", 0, create_words, "made with each choice and word" },
    { "fini_half_built", 0, fini_half_built,
      "fini takes a self that init never filled" },
    { "init_fails", 0, init_fails,
      "fini takes a self that init left half-built" },
    { NULL, 0, NULL, NULL }
};
