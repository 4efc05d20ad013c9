/* SPDX-License-Identifier: MIT */
/*
 * inifile.c - reading configurations with inih, strictly.
 *
 * inih accepts more than a reproducible run can bear: duplicate keys, values
 * continued by indentation, cut section names and lines, text hidden behind a
 * NUL byte.  The line reader below sees each line before inih does and
 * refuses those; it also counts lines, which inih does not tell its handler.
 */
#include "inifile.h"

#include "files.h"
#include "json.h"

#include <ctype.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#define MAX_FILE    ((size_t)64 << 20)
#define MAX_SECTION 49 /* inih cuts longer names */

/* Where the parser is: shared by inih's reader and handler. */
struct cursor {
    struct mesa_ini     *ini;
    struct mesa_section *section;
    const char          *name, *folder, *next, *end;
    int                  line;
    mesa_status          status;
    struct mesa_error   *err;
};

static struct mesa_section *
find_section(const struct mesa_ini *ini, const char *name)
{
    for (size_t i = 0; i < ini->n; i++)
        if (strcmp(ini->section[i].name, name) == 0)
            return &ini->section[i];
    return NULL;
}

static struct mesa_entry *
find_entry(const struct mesa_section *section, const char *key)
{
    for (size_t i = 0; section && i < section->n; i++)
        if (strcmp(section->entry[i].key, key) == 0)
            return &section->entry[i];
    return NULL;
}

/* Room for one more element of an array that doubles. */
static bool
grow(void *array, size_t n, size_t *capacity, size_t size)
{
    void **at = array;
    size_t wanted = n < *capacity ? *capacity : MESA_MAX(*capacity * 2, 8);
    void *moved = *at;

    if (wanted != *capacity)
        moved = mesa_realloc_array(*at, wanted, size);
    if (!moved)
        return false;
    *at = moved;
    *capacity = wanted;
    return true;
}

static mesa_status
add_section(struct mesa_ini *ini, const char *name, const char *origin,
            struct mesa_section **out, struct mesa_error *err)
{
    struct mesa_section *s;

    if (!grow(&ini->section, ini->n, &ini->capacity, sizeof *ini->section))
        return mesa_nomem(err, ini->n, "sections");
    s = &ini->section[ini->n++];
    memset(s, 0, sizeof *s);
    s->name = mesa_strdup(name);
    s->origin = mesa_strdup(origin);
    *out = s;
    return s->name && s->origin ? MESA_OK : mesa_nomem(err, 1, "section");
}

static void
free_entry(struct mesa_entry *e)
{
    mesa_free(e->key);
    mesa_free(e->value);
    mesa_free(e->origin);
    mesa_free(e->folder);
}

mesa_status
mesa_section_add(struct mesa_section *s, const char *key, const char *value,
                 const char *origin, const char *folder,
                 struct mesa_error *err)
{
    struct mesa_entry *e;

    if (!grow(&s->entry, s->n, &s->capacity, sizeof *s->entry))
        return mesa_nomem(err, s->n, "entries");
    e = &s->entry[s->n++];
    *e = (struct mesa_entry){ mesa_strdup(key), mesa_strdup(value),
                              mesa_strdup(origin), mesa_strdup(folder),
                              false };
    if (!e->key || !e->value || !e->origin || !e->folder)
        return mesa_nomem(err, 4, "strings");
    return MESA_OK;
}

/* "NAME:LINE: ..." as the message of a failure at the cursor. */
static mesa_status
fail_here(struct cursor *c, mesa_status st, const char *message)
{
    c->status = mesa_fail(c->err, st, "%s:%d: %s", c->name, c->line, message);
    return c->status;
}

/* A "[section]" line: refuse what inih would cut or merge. */
static mesa_status
open_section(struct cursor *c, const char *text, size_t n)
{
    const char *close = memchr(text, ']', n);
    char name[MAX_SECTION + 1], *origin;
    const struct mesa_section *seen;
    size_t length;

    if (!close)
        return fail_here(c, MESA_EPARSE, "a section header without ']'");
    length = (size_t)(close - text) - 1;
    if (length == 0 || length > MAX_SECTION)
        return fail_here(c, MESA_EPARSE,
                         "a section name must have 1 to 49 characters");
    memcpy(name, text + 1, length);
    name[length] = '\0';
    seen = find_section(c->ini, name);
    if (seen) {
        c->status = mesa_fail(c->err, MESA_EPARSE,
                              "%s:%d: section [%s] is already at %s", c->name,
                              c->line, name, seen->origin);
        return c->status;
    }
    origin = mesa_asprintf("%s:%d", c->name, c->line);
    if (!origin)
        return c->status = mesa_nomem(c->err, 1, "origin");
    c->status = add_section(c->ini, name, origin, &c->section, c->err);
    mesa_free(origin);
    return c->status;
}

/* One line without its newline, as the reader found it. */
static mesa_status
check_line(struct cursor *c, const char *text, size_t n)
{
    size_t blank = 0;

    if (memchr(text, '\0', n))
        return fail_here(c, MESA_EPARSE, "a NUL byte");
    if (mesa_utf8_malformed(text, text + n))
        return fail_here(c, MESA_EPARSE, "text that is not UTF-8");
    if (c->line == 1 && n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        n -= 3;
    }
    while (blank < n && isspace((unsigned char)text[blank]))
        blank++;
    if (blank == n || text[blank] == ';' || text[blank] == '#')
        return MESA_OK;
    if (blank > 0)
        return fail_here(c, MESA_EPARSE,
                         "an indented line would continue the line before; "
                         "start it in the first column");
    if (text[0] == '[')
        return open_section(c, text, n);
    if (!c->section)
        return fail_here(c, MESA_EPARSE,
                         "a key before the first [section]");
    return MESA_OK;
}

/* inih's reader: hands out one line, newline included, like fgets. */
static char *
read_line(char *out, int size, void *stream)
{
    struct cursor *c = stream;
    const char *newline;
    size_t n;

    if (c->next == c->end || c->status != MESA_OK || size < 3)
        return NULL;
    newline = memchr(c->next, '\n', (size_t)(c->end - c->next));
    n = (size_t)((newline ? newline : c->end) - c->next);
    c->line++;
    if (n + 2 > (size_t)size) {
        fail_here(c, MESA_EPARSE, "the line is too long");
        return NULL;
    }
    if (check_line(c, c->next, n) != MESA_OK)
        return NULL;
    memcpy(out, c->next, n);
    out[n] = '\n';
    out[n + 1] = '\0';
    c->next = newline ? newline + 1 : c->end;
    return out;
}

static int
take_entry(void *user, const char *section, const char *key,
           const char *value)
{
    struct cursor *c = user;
    const struct mesa_entry *seen = find_entry(c->section, key);
    char *origin;

    (void)section;
    if (seen) {
        c->status = mesa_fail(c->err, MESA_EPARSE,
                              "%s:%d: %s is already set at %s", c->name,
                              c->line, key, seen->origin);
        return 0;
    }
    origin = mesa_asprintf("%s:%d", c->name, c->line);
    c->status = origin ? mesa_section_add(c->section, key, value, origin,
                                          c->folder, c->err)
                       : mesa_nomem(c->err, 1, "origin");
    mesa_free(origin);
    return c->status == MESA_OK;
}

/* Debian's inih has its limits as variables; elsewhere they are fixed when
 * it is built, and read_line refuses what would be cut. */
static void
lift_limits(void)
{
#ifdef HAVE_DECL_INI_MAX_LINE
#if HAVE_DECL_INI_MAX_LINE
    ini_use_stack = 0;
    ini_allow_realloc = 1;
    ini_max_line = 1 << 20;
    ini_initial_alloc = 1 << 20;
    ini_stop_on_first_error = 1;
#endif
#endif
}

mesa_status
mesa_ini_parse(struct mesa_ini *ini, const char *text, size_t size,
               const char *name, const char *folder, struct mesa_error *err)
{
    struct cursor c = { ini,  NULL, name,    folder, text,
                        text + size, 0, MESA_OK, err };
    int result;

    lift_limits();
    result = ini_parse_stream(read_line, &c, take_entry, &c);
    if (c.status != MESA_OK)
        return c.status;
    if (result == -2)
        return mesa_nomem(err, 1, "line buffer");
    if (result != 0)
        return mesa_fail(err, MESA_EPARSE,
                         "%s:%d: expected 'key = value' or '[section]'", name,
                         result);
    return MESA_OK;
}

/* What comes before the last slash, or "."; in fresh memory. */
static char *
folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? mesa_asprintf("%.*s", (int)(slash - path + 1), path)
                 : mesa_strdup(".");
}

mesa_status
mesa_ini_read(struct mesa_ini *ini, const char *path, struct mesa_error *err)
{
    char *text, *folder = folder_of(path);
    size_t size;
    mesa_status st = mesa_file_get(path, MAX_FILE, &text, &size, err);

    if (st == MESA_OK && !folder)
        st = mesa_nomem(err, 1, "path");
    if (st == MESA_OK)
        st = mesa_ini_parse(ini, text, size, path, folder, err);
    mesa_free(text);
    mesa_free(folder);
    return st;
}

/* Replace or add key = value in section. */
static mesa_status
assign(struct mesa_ini *ini, const char *section, const char *key,
       const char *value, struct mesa_error *err)
{
    struct mesa_section *s = find_section(ini, section);
    struct mesa_entry *e;
    mesa_status st = MESA_OK;

    /* config.ini has to be read again. */
    if (!s && (!*section || strlen(section) > MAX_SECTION ||
               strpbrk(section, "];")))
        return mesa_fail(err, MESA_EINVAL,
                         "--set: '%s' is no name for a section: it takes 1 "
                         "to 49 characters, none of them ']' or ';'",
                         section);
    if (!s)
        st = add_section(ini, section, "--set", &s, err);
    if (st != MESA_OK)
        return st;
    e = find_entry(s, key);
    if (e) {
        free_entry(e);
        *e = s->entry[--s->n];
    }
    return mesa_section_add(s, key, value, "--set", ".", err);
}

static void
trim(char *text)
{
    size_t n = strlen(text), blank = 0;

    while (n > 0 && isspace((unsigned char)text[n - 1]))
        text[--n] = '\0';
    while (isspace((unsigned char)text[blank]))
        blank++;
    memmove(text, text + blank, n - blank + 1);
}

/* Could the value not be written to an INI file and read back? */
static bool
starts_comment(const char *assignment, const char *equals)
{
    if (strpbrk(assignment, "\r\n"))
        return true;
    for (const char *p = equals; p && *p; p++)
        if (*p == ';' && (p[-1] == '=' || isspace((unsigned char)p[-1])))
            return true;
    return false;
}

mesa_status
mesa_ini_set(struct mesa_ini *ini, const char *assignment,
             struct mesa_error *err)
{
    char *section = mesa_strdup(assignment), *dot, *equals;
    mesa_status st;

    if (!section)
        return mesa_nomem(err, 1, "assignment");
    equals = strchr(section, '=');
    dot = strchr(section, '.');
    if (starts_comment(assignment, equals)) {
        st = mesa_fail(err, MESA_EINVAL,
                       "--set %s: a value cannot hold a line break, or ';' "
                       "at its start or behind a blank",
                       assignment);
    } else if (!equals || !dot || dot > equals || dot == section ||
               dot + 1 == equals) {
        st = mesa_fail(err, MESA_EINVAL,
                       "--set %s: expected SECTION.KEY=VALUE", assignment);
    } else {
        *dot = *equals = '\0';
        trim(section);
        trim(dot + 1);
        trim(equals + 1);
        st = assign(ini, section, dot + 1, equals + 1, err);
    }
    mesa_free(section);
    return st;
}

const char *
mesa_ini_value(const struct mesa_ini *ini, const char *section,
               const char *key)
{
    const struct mesa_entry *e = find_entry(find_section(ini, section), key);

    return e ? e->value : NULL;
}

struct mesa_section *
mesa_ini_section(struct mesa_ini *ini, const char *name)
{
    struct mesa_section *s = find_section(ini, name);

    if (s)
        s->used = true;
    return s;
}

struct mesa_entry *
mesa_section_entry(struct mesa_section *section, const char *key)
{
    struct mesa_entry *e = find_entry(section, key);

    if (e)
        e->used = true;
    return e;
}

void
mesa_ini_free(struct mesa_ini *ini)
{
    for (size_t i = 0; i < ini->n; i++) {
        struct mesa_section *s = &ini->section[i];

        for (size_t j = 0; j < s->n; j++)
            free_entry(&s->entry[j]);
        mesa_free(s->entry);
        mesa_free(s->name);
        mesa_free(s->origin);
    }
    mesa_free(ini->section);
    memset(ini, 0, sizeof *ini);
}
