/* SPDX-License-Identifier: MIT */
/*
 * plot_files.c - the folder plots/ of a run: NAME.csv and NAME.gp of each
 * picture, and index.csv, which says in what order a report shows them.
 */
#include "plot.h"

#include "csv_text.h"
#include "files.h"

#include <mesa/number.h>

#include <string.h>

static const char header[] = "section,flags,name,title,caption\n";
enum { SECTION, FLAGS, NAME, TITLE, CAPTION, N_COLUMNS };

static bool
is_name(const char *name)
{
    return *name >= 'a' && *name <= 'z' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") ==
               strlen(name) &&
           strlen(name) <= 60 && strcmp(name, "index") != 0;
}

/* Of pictures with one name the last one counts. */
static bool
is_shown(struct mesa_plot *const *plot, size_t n, size_t i)
{
    for (size_t j = i + 1; j < n; j++)
        if (strcmp(plot[j]->name, plot[i]->name) == 0)
            return false;
    return !mesa_plot_is_empty(plot[i]);
}

static mesa_status
put_text(const char *folder, const char *name, const char *end,
         struct mesa_text *text, struct mesa_error *err)
{
    char *file = mesa_asprintf("%s%s", name, end);
    char *content = mesa_text_take(text);
    struct mesa_file *f;
    mesa_status st = file && content ? mesa_file_open(&f, folder, file, err)
                                     : mesa_nomem(err, 1, "picture");

    if (st == MESA_OK) {
        mesa_file_hurry(f);
        mesa_file_write(f, content, strlen(content));
        st = mesa_file_commit(f, err);
    }
    mesa_free(file);
    mesa_free(content);
    return st;
}

static mesa_status
write_plot(struct mesa_plot *p, const char *folder, struct mesa_error *err)
{
    struct mesa_text text = { 0 };
    mesa_status st;

    if (p->failed)
        return mesa_nomem(err, 1, "picture");
    if (!is_name(p->name) || !*p->title)
        return mesa_fail(err, MESA_EINVAL,
                         "a picture is called '%s' ('%s'), expected "
                         "[a-z][a-z0-9_]* and a title",
                         p->name, p->title);
    mesa_plot_thin(p);
    mesa_plot_data(p, &text);
    st = put_text(folder, p->name, ".csv", &text, err);
    if (st == MESA_OK) {
        mesa_plot_script(p, &text);
        st = put_text(folder, p->name, ".gp", &text, err);
    }
    return st;
}

static void
put_entry(struct mesa_text *out, const struct mesa_plot *p)
{
    mesa_text_printf(out, "%u,%u,%s", (unsigned)p->section,
                     (unsigned)p->flags, p->name);
    mesa_csv_put(out, ",", p->title);
    mesa_csv_put(out, ",", p->caption);
    mesa_text_add(out, "\n");
}

mesa_status
mesa_plots_write(struct mesa_plot *const *plot, size_t n, const char *folder,
                 struct mesa_error *err)
{
    struct mesa_text index = { 0 };
    char *plots = mesa_asprintf("%s/plots", folder);
    mesa_status st = plots ? mesa_make_folders(plots, err)
                           : mesa_nomem(err, 1, "path");

    mesa_text_add(&index, header);
    for (uint32_t s = MESA_PLOT_RESULT; s <= MESA_PLOT_DATA; s++)
        for (size_t i = 0; i < n && st == MESA_OK; i++) {
            if (plot[i]->section != s || plot[i]->failed ||
                !is_shown(plot, n, i))
                continue;
            put_entry(&index, plot[i]);
            st = write_plot(plot[i], plots, err);
        }
    if (st == MESA_OK)
        st = put_text(plots, "index", ".csv", &index, err);
    mesa_free(index.at);
    mesa_free(plots);
    return st;
}

static void
free_entry(struct mesa_plot_entry *e)
{
    mesa_free(e->name);
    mesa_free(e->title);
    mesa_free(e->caption);
}

/* Of pictures with one name the last one counts here, too. */
static void
forget(struct mesa_plot_index *index, const char *name)
{
    for (size_t i = 0; i < index->n; i++)
        if (strcmp(index->entry[i].name, name) == 0) {
            free_entry(&index->entry[i]);
            index->n--;
            memmove(&index->entry[i], &index->entry[i + 1],
                    (index->n - i) * sizeof *index->entry);
            return;
        }
}

static mesa_status
take_entry(struct mesa_plot_index *index, char **field,
           struct mesa_error *err)
{
    struct mesa_plot_entry *moved = mesa_realloc_array(
        index->entry, index->n + 1, sizeof *moved);
    struct mesa_plot_entry *e;
    int64_t section = -1, flags = 0;

    if (!moved)
        return mesa_nomem(err, 1, "picture");
    index->entry = moved;
    forget(index, field[NAME]);
    mesa_parse_int64(field[SECTION], field[SECTION] + strlen(field[SECTION]),
                     &section);
    mesa_parse_int64(field[FLAGS], field[FLAGS] + strlen(field[FLAGS]),
                     &flags);
    if (section < MESA_PLOT_RESULT || section > MESA_PLOT_DATA)
        section = MESA_PLOT_DATA;
    e = &index->entry[index->n++];
    *e = (struct mesa_plot_entry){ (uint32_t)section, (uint32_t)flags,
                                   mesa_strdup(field[NAME]),
                                   mesa_strdup(field[TITLE]),
                                   mesa_strdup(field[CAPTION]) };
    return e->name && e->title && e->caption ? MESA_OK
                                             : mesa_nomem(err, 1, "picture");
}

static mesa_status
read_entries(struct mesa_plot_index *out, const char *text, const char *path,
             struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    if (strncmp(text, header, sizeof header - 1) != 0)
        return mesa_fail(err, MESA_EPARSE,
                         "%s does not begin with %.*s", path,
                         (int)sizeof header - 2, header);
    text += sizeof header - 1;
    for (size_t entry = 1; st == MESA_OK && *text; entry++) {
        char *block, **field;
        size_t n;

        text = mesa_csv_take(text, &block, &field, &n);
        if (!text)
            st = mesa_nomem(err, 1, "picture");
        else if (n != N_COLUMNS || !is_name(field[NAME]))
            st = mesa_fail(err, MESA_EPARSE, "%s: entry %zu is no picture",
                           path, entry);
        else
            st = take_entry(out, field, err);
        mesa_free(block);
        mesa_free(field);
    }
    return st;
}

/* Pictures are made again, or done without: what is wrong with their index
 * is said, and ends nothing. */
static mesa_status
keep_damage(struct mesa_plot_index *out, mesa_status st,
            const struct mesa_error *why, struct mesa_error *err)
{
    if (st == MESA_OK || st == MESA_ENOTFOUND)
        return MESA_OK;
    out->damage = st == MESA_ENOMEM ? NULL : mesa_strdup(why->message);
    return out->damage ? MESA_OK : mesa_nomem(err, 1, "picture");
}

mesa_status
mesa_plot_index_read(struct mesa_plot_index *out, const char *folder,
                     struct mesa_error *err)
{
    char *path = mesa_asprintf("%s/plots/index.csv", folder), *text = NULL;
    struct mesa_error why = { .status = MESA_OK };
    size_t n;
    mesa_status st;

    *out = (struct mesa_plot_index){ 0 };
    if (!path)
        return mesa_nomem(err, 1, "path");
    st = mesa_file_get_regular(path, (size_t)1 << 24, &text, &n, &why);
    if (st == MESA_OK)
        st = read_entries(out, text, path, &why);
    mesa_free(text);
    mesa_free(path);
    return keep_damage(out, st, &why, err);
}

void
mesa_plot_index_free(struct mesa_plot_index *index)
{
    for (size_t i = 0; i < index->n; i++)
        free_entry(&index->entry[i]);
    mesa_free(index->entry);
    mesa_free(index->damage);
    *index = (struct mesa_plot_index){ 0 };
}
