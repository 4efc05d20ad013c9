/* SPDX-License-Identifier: MIT */
/*
 * page_read.c - what the folder of a run tells, and nothing else: a report
 * can be made of a run of last year, on another machine, without its plugins.
 */
#include "page_run.h"

#include "files.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No file of a folder that is read whole is longer by right. */
#define LIMIT ((size_t)1 << 26)

/* FOLDER/NAME; NULL and MESA_OK if there is none. */
static mesa_status
get(const char *folder, const char *name, char **text, size_t *n,
    struct mesa_error *err)
{
    char *path = mesa_asprintf("%s/%s", folder, name);
    mesa_status st = path ? mesa_file_get_regular(path, LIMIT, text, n,
                                                   err)
                          : mesa_nomem(err, 1, "path");

    if (!path || st != MESA_OK)
        *text = NULL;
    mesa_free(path);
    return st == MESA_ENOTFOUND ? MESA_OK : st;
}

static char *
copy(const char *start, size_t n)
{
    char *s = mesa_alloc_raw(n + 1, 1);

    if (!s)
        return NULL;
    memcpy(s, start, n);
    s[n] = '\0';
    return s;
}

static mesa_status
add_line(char ***list, size_t *n, const char *start, size_t length,
         struct mesa_error *err)
{
    char **moved = mesa_realloc_array(*list, *n + 1, sizeof *moved);
    char *line = copy(start, length);

    if (moved)
        *list = moved;
    if (!moved || !line) {
        mesa_free(line);
        return mesa_nomem(err, 1, "line");
    }
    for (size_t i = 0; i < *n; i++)
        if (strcmp(moved[i], line) == 0) {
            mesa_free(line); /* as resumed runs say them again */
            return MESA_OK;
        }
    moved[(*n)++] = line;
    return MESA_OK;
}

/* A line of its warnings. */
static mesa_status
add_warning(struct mesa_page_run *run, const char *what, const char *why,
            struct mesa_error *err)
{
    char *line = mesa_asprintf("%s %s", what, why);
    mesa_status st = line ? add_line(&run->warning, &run->n_warnings, line,
                                     strlen(line), err)
                          : mesa_nomem(err, 1, "warning");

    mesa_free(line);
    return st;
}

const char *
mesa_page_why(const struct mesa_error *err)
{
    const char *why = err->message;

    for (const char *p; (p = strstr(why, ": "));)
        why = p + 2;
    return why;
}

/* What a page can do without: that it cannot be read is a warning. */
static mesa_status
get_if_readable(struct mesa_page_run *run, const char *name, char **text,
                size_t *n, struct mesa_error *err)
{
    struct mesa_error why = { .status = MESA_OK };
    mesa_status st = get(run->folder, name, text, n, &why);
    char *line;

    if (st == MESA_OK)
        return MESA_OK;
    if (st != MESA_EIO && st != MESA_EPARSE)
        return mesa_nomem(err, 1, "file");
    line = mesa_asprintf("cannot be read: %s", mesa_page_why(&why));
    st = line ? add_warning(run, name, line, err)
              : mesa_nomem(err, 1, "warning");
    mesa_free(line);
    return st;
}

static mesa_status
read_json(struct mesa_page_run *run, struct mesa_json_node **out,
          const char *name, struct mesa_error *err)
{
    const size_t before = run->n_warnings;
    char *text;
    size_t n;
    mesa_status st = get_if_readable(run, name, &text, &n, err);

    run->hidden |= run->n_warnings > before && out == &run->summary;
    if (st == MESA_OK && text)
        st = mesa_json_parse(out, text, n, name, err);
    mesa_free(text);
    return st == MESA_EPARSE ? mesa_error_prefix(err, st, "%s", run->folder)
                             : st;
}

/* [start, end) without blanks at its ends. */
static char *
trimmed(const char *start, const char *end)
{
    while (start < end && strchr(" \t\r", *start))
        start++;
    while (end > start && strchr(" \t\r", end[-1]))
        end--;
    return copy(start, (size_t)(end - start));
}

static const char *
find(const char *start, const char *end, const char *word)
{
    const size_t n = strlen(word);

    for (; (size_t)(end - start) >= n; start++)
        if (memcmp(start, word, n) == 0)
            return start;
    return end;
}

/* "KEY = VALUE ; ORIGIN".  Values have no " ; " in them: that would begin a
 * comment. */
static mesa_status
take_value(struct mesa_page_run *run, const char *section, const char *line,
           const char *end, struct mesa_error *err)
{
    const char *equals = find(line, end, "=");
    const char *origin = find(equals, end, " ; ");
    struct mesa_page_value *moved, *v;

    if (equals == end)
        return MESA_OK;
    moved = mesa_realloc_array(run->value, run->n_values + 1, sizeof *moved);
    if (!moved)
        return mesa_nomem(err, 1, "value");
    run->value = moved;
    v = &run->value[run->n_values++];
    v->section = mesa_strdup(section);
    v->key = trimmed(line, equals);
    v->value = trimmed(equals + 1, origin);
    v->origin = trimmed(origin + (origin < end ? 3 : 0), end);
    return v->section && v->key && v->value && v->origin
               ? MESA_OK
               : mesa_nomem(err, 1, "value");
}

static mesa_status
take_values(struct mesa_page_run *run, const char *text,
            struct mesa_error *err)
{
    char *section = mesa_strdup("");
    mesa_status st = section ? MESA_OK : mesa_nomem(err, 1, "section");

    for (const char *line = text; *line && st == MESA_OK;) {
        const char *end = line + strcspn(line, "\n");
        const char *close = find(line, end, "]");

        if (*line == '[' && close < end) {
            mesa_free(section);
            section = copy(line + 1, (size_t)(close - line - 1));
            if (!section)
                st = mesa_nomem(err, 1, "section");
        } else if (end > line && *line != ';' && *line != '#') {
            st = take_value(run, section, line, end, err);
        }
        line = end + (*end == '\n');
    }
    mesa_free(section);
    return st;
}

/* origins.ini says more; folders of older runs have config.ini only. */
static mesa_status
read_config(struct mesa_page_run *run, bool *is_run, struct mesa_error *err)
{
    char *text;
    size_t n;
    mesa_status st = get(run->folder, "config.ini", &text, &n, err);

    *is_run = text != NULL;
    if (st == MESA_OK && text) {
        char *origins;

        st = get_if_readable(run, "origins.ini", &origins, &n, err);
        if (st == MESA_OK)
            st = take_values(run, origins ? origins : text, err);
        mesa_free(origins);
    }
    mesa_free(text);
    return st;
}

/* "TIME warning: TEXT"; when it began; how it ended. */
static mesa_status
take_log_line(struct mesa_page_run *run, const char *line, size_t n,
              struct mesa_error *err)
{
    static const char warning[] = "warning: ";
    const char *end = line + n, *text = find(line, end, " ");
    char **last = NULL;

    if (text == end)
        return MESA_OK;
    text++;
    if ((size_t)(end - text) >= strlen(warning) &&
        memcmp(text, warning, strlen(warning)) == 0) {
        text += strlen(warning);
        return add_line(&run->warning, &run->n_warnings, text,
                        (size_t)(end - text), err);
    }
    if (!run->started) {
        last = &run->started;
        end = text - 1;
        text = line;
    } else if (memcmp(text, "step ", MESA_MIN((size_t)(end - text), 5)) == 0) {
        last = &run->ended;
    }
    if (!last)
        return MESA_OK;
    mesa_free(*last);
    *last = copy(text, (size_t)(end - text));
    return *last ? MESA_OK : mesa_nomem(err, 1, "line");
}

static mesa_status
read_log(struct mesa_page_run *run, struct mesa_error *err)
{
    char *text;
    size_t n;
    mesa_status st = get_if_readable(run, "run.log", &text, &n, err);

    for (const char *line = text; line && *line && st == MESA_OK;) {
        const size_t length = strcspn(line, "\n");

        st = take_log_line(run, line, length, err);
        line += length + (line[length] == '\n');
    }
    mesa_free(text);
    return st;
}

/* What all runs have comes behind what only this kind has. */
static int
rank(const char *name)
{
    return strcmp(name, "metrics.csv") == 0       ? 1
           : strcmp(name, "predictions.csv") == 0 ? 2
                                                  : 0;
}

static int
compare_names(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return rank(*x) != rank(*y) ? rank(*x) - rank(*y) : strcmp(*x, *y);
}

static mesa_status
list_tables(struct mesa_page_run *run, struct mesa_error *err)
{
    DIR *folder = opendir(run->folder);
    const struct dirent *entry;
    mesa_status st = MESA_OK;

    while (folder && st == MESA_OK && (entry = readdir(folder))) {
        const size_t n = strlen(entry->d_name);

        if (entry->d_name[0] != '.' && n > 4 &&
            strcmp(entry->d_name + n - 4, ".csv") == 0)
            st = add_line(&run->table, &run->n_tables, entry->d_name, n, err);
    }
    if (folder)
        closedir(folder);
    if (st == MESA_OK && run->n_tables > 1)
        qsort(run->table, run->n_tables, sizeof *run->table, compare_names);
    return st;
}

static mesa_status
read_index(struct mesa_page_run *run, struct mesa_error *err)
{
    mesa_status st = mesa_plot_index_read(&run->plots, run->folder, err);

    return st == MESA_OK && run->plots.damage
               ? add_warning(run, "pictures are missing:", run->plots.damage,
                             err)
               : st;
}

/* The last part of the path, whatever it was called by. */
static char *
name_of(const char *folder)
{
    char *path = mesa_path_absolute(".", folder), *slash, *name;

    if (!path)
        return NULL;
    slash = strrchr(path, '/');
    name = mesa_strdup(slash && slash[1] ? slash + 1 : path);
    mesa_free(path);
    return name;
}

static mesa_status
look_for_checkpoint(struct mesa_page_run *run, struct mesa_error *err)
{
    char *path = mesa_asprintf("%s/checkpoint.safetensors", run->folder);

    if (!path)
        return mesa_nomem(err, 1, "path");
    run->stopped = access(path, F_OK) == 0;
    mesa_free(path);
    return MESA_OK;
}

mesa_status
mesa_page_read(struct mesa_page_run *run, const char *folder,
               struct mesa_error *err)
{
    bool is_run = false;
    mesa_status st;

    memset(run, 0, sizeof *run);
    run->folder = folder;
    if (access(folder, F_OK) != 0)
        return mesa_fail(err, MESA_ENOTFOUND, "there is no folder %s",
                         folder);
    st = read_config(run, &is_run, err);
    if (st == MESA_OK && !is_run)
        st = mesa_fail(err, MESA_ENOTFOUND,
                       "%s is no folder of a run: it has no config.ini",
                       folder);
    if (st == MESA_OK) {
        run->name = name_of(folder);
        st = run->name ? look_for_checkpoint(run, err)
                       : mesa_nomem(err, 1, "name");
    }
    if (st == MESA_OK)
        st = read_json(run, &run->summary, "summary.json", err);
    if (st == MESA_OK)
        st = read_json(run, &run->timings, "timings.json", err);
    if (st == MESA_OK)
        st = read_log(run, err);
    if (st == MESA_OK)
        st = read_index(run, err);
    return st == MESA_OK ? list_tables(run, err) : st;
}

const char *
mesa_page_value(const struct mesa_page_run *run, const char *section,
                const char *key)
{
    for (size_t i = 0; i < run->n_values; i++)
        if (strcmp(run->value[i].section, section) == 0 &&
            strcmp(run->value[i].key, key) == 0)
            return run->value[i].value;
    return NULL;
}

static void
free_list(char **list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mesa_free(list[i]);
    mesa_free(list);
}

void
mesa_page_free(struct mesa_page_run *run)
{
    for (size_t i = 0; i < run->n_values; i++) {
        mesa_free(run->value[i].section);
        mesa_free(run->value[i].key);
        mesa_free(run->value[i].value);
        mesa_free(run->value[i].origin);
    }
    mesa_free(run->value);
    free_list(run->warning, run->n_warnings);
    free_list(run->table, run->n_tables);
    mesa_free(run->name);
    mesa_free(run->started);
    mesa_free(run->ended);
    mesa_json_free(run->summary);
    mesa_json_free(run->timings);
    mesa_plot_index_free(&run->plots);
    memset(run, 0, sizeof *run);
}
