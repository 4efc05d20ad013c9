/* SPDX-License-Identifier: MIT */
/*
 * recipe_inline.c - components written where they are used: tree(max_depth=1)
 * is the plugin tree with those keys, and needs no section.
 */
#include "recipe.h"

#include <string.h>

/* What a section name can have, for config.ini gives it one. */
#define LONGEST 49

/* Whoever wrote the name wrote its keys. */
static mesa_status
set_origin(struct mesa_section *s, const struct mesa_inline *in,
           struct mesa_error *err)
{
    for (size_t i = 0; i < s->n; i++) {
        struct mesa_entry *e = &s->entry[i];

        mesa_free(e->origin);
        mesa_free(e->folder);
        e->origin = mesa_strdup(in->origin);
        e->folder = mesa_strdup(in->folder);
        if (!e->origin || !e->folder)
            return mesa_nomem(err, 2, "strings");
    }
    return MESA_OK;
}

/* What is wrong with a key, for messages; NULL: nothing. */
static const char *
fault_of(const struct mesa_ini *ini, const char *key)
{
    if (!*key)
        return "a key without a name";
    if (strcmp(key, "type") == 0)
        return "type, which is what stands before the parenthesis";
    if (strpbrk(key, "()"))
        return "a key that has parentheses";
    return mesa_ini_value(ini, "inline", key) ? "a key twice" : NULL;
}

/* "key=value" into the section called inline. */
static mesa_status
add_item(struct mesa_inline *in, const char *name, const char *item,
         struct mesa_error *err)
{
    size_t n = strcspn(item, "=");
    const char *fault;
    char *text;
    mesa_status st;

    if (!item[n])
        return mesa_fail(err, MESA_EINVAL,
                         "%s: in '%s', '%s' is not KEY=VALUE", in->origin,
                         name, item);
    while (n > 0 && (item[n - 1] == ' ' || item[n - 1] == '\t'))
        n--;
    text = mesa_asprintf("%.*s", (int)n, item);
    if (!text)
        return mesa_nomem(err, 1, "key");
    fault = fault_of(&in->ini, text);
    mesa_free(text);
    if (fault)
        return mesa_fail(err, MESA_EINVAL, "%s: in '%s', '%s' sets %s",
                         in->origin, name, item, fault);
    text = mesa_asprintf("inline.%s", item);
    if (!text)
        return mesa_nomem(err, 1, "assignment");
    st = mesa_ini_set(&in->ini, text, err);
    mesa_free(text);
    return st;
}

static mesa_status
parse(char *text, const char *name, struct mesa_inline *out,
      struct mesa_error *err)
{
    size_t n = strlen(text);
    char *open = strchr(text, '('), *next;
    mesa_status st = MESA_OK;

    if (open == text || text[n - 1] != ')' || mesa_item_length(text) < n)
        return mesa_fail(err, MESA_EINVAL,
                         "%s: '%s' is not NAME(KEY=VALUE, ...)", out->origin,
                         name);
    text[n - 1] = '\0';
    *open = '\0';
    for (char *at = open + 1; *at && st == MESA_OK; at = next) {
        char *end = at + mesa_item_length(at);

        next = *end ? end + 1 : end;
        *end = '\0';
        at += strspn(at, " \t");
        st = add_item(out, name, at, err);
    }
    if (st != MESA_OK)
        return st;
    out->type = text;
    out->section = mesa_ini_section(&out->ini, "inline");
    return out->section ? set_origin(out->section, out, err) : MESA_OK;
}

mesa_status
mesa_inline_parse(const char *name, const char *origin, const char *folder,
                  struct mesa_inline *out, struct mesa_error *err)
{
    out->origin = origin;
    out->folder = folder;
    if (strlen(name) > LONGEST)
        return mesa_fail(err, MESA_EINVAL,
                         "%s: '%s' has %zu characters, of at most %d; give it "
                         "a section of its own",
                         origin, name, strlen(name), LONGEST);
    if (strpbrk(name, ";]"))
        return mesa_fail(err, MESA_EINVAL,
                         "%s: '%s' has a '%c', which the name of a section "
                         "cannot have; give it a section of its own",
                         origin, name, *strpbrk(name, ";]"));
    out->block = mesa_strdup(name);
    return out->block ? parse(out->block, name, out, err)
                      : mesa_nomem(err, 1, "name");
}

void
mesa_inline_free(struct mesa_inline *inline_)
{
    mesa_ini_free(&inline_->ini);
    mesa_free(inline_->block);
}
