/* SPDX-License-Identifier: MIT */
/*
 * page_tables.c - the first rows of each CSV file of a run.
 *
 * Files may have any number of rows: they are counted a block at a time, and
 * only what is shown is kept.
 */
#include "page_run.h"

#include "csv_text.h"
#include "files.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    SHOWN    = 200,     /* rows */
    COLUMNS  = 40,
    KEPT     = 1 << 18, /* bytes, of the rows that are shown */
    BUFFER   = 1 << 16
};

struct table {
    char  *text;   /* the header and the rows to be shown, NUL behind */
    size_t n;
    size_t n_lines, n_shown; /* the header is one */
    bool   quoted; /* at the end of what was read */
};

/* Count lines, and keep the first ones whole. */
static void
take_block(struct table *t, const char *block, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char c = block[i] ? block[i] : '?';

        if (t->n_lines == t->n_shown && t->n < KEPT)
            t->text[t->n++] = c;
        if (c == '"')
            t->quoted = !t->quoted;
        if (c != '\n' || t->quoted)
            continue;
        if (t->n_shown == t->n_lines && t->n < KEPT &&
            t->n_shown < SHOWN + 1)
            t->n_shown++;
        t->n_lines++;
    }
}

static mesa_status
read_table(struct table *t, const char *path, struct mesa_error *err)
{
    char *buffer = mesa_alloc_raw(BUFFER, 1);
    int fd;
    ssize_t n = 1;
    mesa_status st = mesa_file_open_regular(&fd, path, err);

    t->text = mesa_alloc_raw(KEPT + 1, 1);
    if (st == MESA_OK && (!buffer || !t->text))
        st = mesa_nomem(err, KEPT, "bytes of a table");
    while (st == MESA_OK && n != 0) {
        n = read(fd, buffer, BUFFER);
        if (n < 0 && errno != EINTR)
            st = mesa_fail(err, MESA_EIO, "cannot read %s: %s", path,
                           strerror(errno));
        else if (n > 0)
            take_block(t, buffer, (size_t)n);
    }
    if (st == MESA_OK)
        t->text[t->n] = '\0';
    if (fd >= 0)
        close(fd);
    mesa_free(buffer);
    return st;
}

/* Where the record at p ends, its newline included. */
static const char *
end_of_record(const char *p)
{
    bool quoted = false;

    for (; *p && (*p != '\n' || quoted); p++)
        if (*p == '"')
            quoted = !quoted;
    return p + (*p == '\n');
}

static void
put_row(struct mesa_text *out, char *const *field, size_t n, bool head)
{
    mesa_text_add(out, "<tr>");
    for (size_t i = 0; i < n && i < COLUMNS; i++)
        if (head) {
            mesa_html_printf(out, "<th scope=\"col\">%s</th>", field[i]);
        } else {
            mesa_text_add(out, "<td>");
            mesa_html_text(out, field[i]);
            mesa_text_add(out, "</td>");
        }
    mesa_text_add(out, "</tr>\n");
}

/* Numbers are shown as the file has them; CSS aligns them. */
static mesa_status
put_rows(struct mesa_text *out, const struct table *t, struct mesa_error *err)
{
    const char *p = t->text;

    for (size_t i = 0; i < t->n_shown; i++) {
        const char *end = end_of_record(p);
        char *record = mesa_asprintf("%.*s", (int)(end - p), p);
        char *block = NULL, **field = NULL;
        size_t n = 0;
        const bool good = record && mesa_csv_take(record, &block, &field, &n);

        if (good)
            put_row(out, field, n, i == 0);
        if (i == 0)
            mesa_text_add(out, "</thead><tbody>\n");
        mesa_free(block);
        mesa_free(field);
        mesa_free(record);
        if (!good)
            return mesa_nomem(err, 1, "record");
        p = end;
    }
    return MESA_OK;
}

static mesa_status
put_table(struct mesa_text *out, const char *folder, const char *name,
          struct mesa_error *err)
{
    char *path = mesa_asprintf("%s/%s", folder, name);
    struct mesa_error why = { .status = MESA_OK };
    struct table t = { 0 };
    mesa_status st = path ? read_table(&t, path, &why) : MESA_ENOMEM;

    if (st == MESA_EIO || st == MESA_ENOTFOUND) {
        mesa_html_printf(out, "<p class=\"missing\">%s cannot be read: %s."
                              "</p>\n", name, mesa_page_why(&why));
        t.n_shown = 0;
        st = MESA_OK;
    } else if (st != MESA_OK) {
        st = mesa_nomem(err, 1, "table");
    }
    if (st == MESA_OK && t.n_shown > 0) {
        mesa_html_printf(out, "<details class=\"table\"><summary>%s "
                              "<span>%zu row%s</span></summary>\n",
                         name, t.n_lines - 1, t.n_lines == 2 ? "" : "s");
        if (t.n_shown < t.n_lines)
            mesa_html_printf(out, "<p>The first %zu of %zu rows; all are in "
                                  "the file %s.</p>\n",
                             t.n_shown - 1, t.n_lines - 1, name);
        mesa_text_add(out, "<div class=\"scroll\" tabindex=\"0\"><table "
                           "class=\"sortable\">\n<thead>");
        st = put_rows(out, &t, err);
        mesa_text_add(out, "</tbody>\n</table></div></details>\n");
    }
    mesa_free(t.text);
    mesa_free(path);
    return st;
}

mesa_status
mesa_page_put_tables(struct mesa_text *out, const struct mesa_page_run *run,
                     struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    if (run->n_tables == 0)
        return MESA_OK;
    mesa_text_add(out, "<section id=\"tables\">\n<h2>Tables</h2>\n");
    for (size_t i = 0; i < run->n_tables && st == MESA_OK; i++)
        st = put_table(out, run->folder, run->table[i], err);
    mesa_text_add(out, "</section>\n");
    return st;
}
