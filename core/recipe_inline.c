/* SPDX-License-Identifier: MIT */
/*
 * recipe_inline.c - components written where they are used: tree(max_depth=1)
 * is the plugin tree with those keys, and needs no section.
 */
#include "recipe.h"

#include <string.h>

/* What a section name can have, for config.ini gives it one. */
#define LONGEST 49

/* The end of the item that starts at text: a comma outside parentheses. */
static char *
end_of_item(char *text)
{
    int depth = 0;

    for (; *text && (depth > 0 || *text != ','); text++)
        depth += (*text == '(') - (*text == ')');
    return text;
}

static void
set_origin(struct mesa_section *s, const char *origin, mesa_status *st,
           struct mesa_error *err)
{
    for (size_t i = 0; i < s->n && *st == MESA_OK; i++) {
        mesa_free(s->entry[i].origin);
        s->entry[i].origin = mesa_strdup(origin);
        if (!s->entry[i].origin)
            *st = mesa_nomem(err, 1, "origin");
    }
}

/* "key=value" into the section called inline. */
static mesa_status
add_item(struct mesa_ini *ini, const char *name, const char *item,
         const char *origin, struct mesa_error *err)
{
    const char *equals = strchr(item, '=');
    char *text;
    mesa_status st;

    if (!equals || equals == item)
        return mesa_fail(err, MESA_EINVAL,
                         "%s: in '%s', '%s' is not KEY=VALUE", origin, name,
                         item);
    text = mesa_asprintf("inline.%s", item);
    if (!text)
        return mesa_nomem(err, 1, "assignment");
    st = mesa_ini_set(ini, text, err);
    mesa_free(text);
    return st;
}

static mesa_status
parse(char *text, const char *name, const char *origin,
      struct mesa_inline *out, struct mesa_error *err)
{
    size_t n = strlen(text);
    char *open = strchr(text, '('), *next;
    mesa_status st = MESA_OK;

    if (text[n - 1] != ')' || *end_of_item(text))
        return mesa_fail(err, MESA_EINVAL,
                         "%s: '%s' is not NAME(KEY=VALUE, ...)", origin,
                         name);
    text[n - 1] = '\0';
    *open = '\0';
    for (char *at = open + 1; *at && st == MESA_OK; at = next) {
        char *end = end_of_item(at);

        next = *end ? end + 1 : end;
        *end = '\0';
        at += strspn(at, " \t");
        st = add_item(&out->ini, name, at, origin, err);
    }
    out->section = mesa_ini_section(&out->ini, "inline");
    if (st == MESA_OK && out->section)
        set_origin(out->section, origin, &st, err);
    out->type = text;
    return st;
}

mesa_status
mesa_inline_parse(const char *name, const char *origin,
                  struct mesa_inline *out, struct mesa_error *err)
{
    if (strlen(name) > LONGEST)
        return mesa_fail(err, MESA_EINVAL,
                         "%s: '%s' has %zu characters, of at most %d; give it "
                         "a section of its own",
                         origin, name, strlen(name), LONGEST);
    out->block = mesa_strdup(name);
    return out->block ? parse(out->block, name, origin, out, err)
                      : mesa_nomem(err, 1, "name");
}

void
mesa_inline_free(struct mesa_inline *inline_)
{
    mesa_ini_free(&inline_->ini);
    mesa_free(inline_->block);
}
