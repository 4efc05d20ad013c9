/* SPDX-License-Identifier: MIT */
/*
 * page_compare.c - several runs side by side: a column for each, first what
 * came out, then in what they differ, then pictures of one name together.
 */
#include "page_run.h"

#include "files.h"

#include <mesa/number.h>

#include <math.h>
#include <string.h>
#include <unistd.h>

enum {
    LEVELS = 4,
    ENOUGH = 1 << 22 /* bytes of pictures in one page */
};

struct comparison {
    struct mesa_text           *out;
    const struct mesa_page_run *run;
    size_t                      n;
    const char                **label; /* one for each run, all different */
    size_t                      full;  /* from there on no more pictures */
    bool                        more;  /* there would have been some */
};

/* Where a figure is in summary.json. */
struct path {
    size_t      n;
    const char *key[LEVELS + 1];
};

struct paths {
    size_t       n;
    struct path *path;
    bool         failed;
};

static bool
is_same(const struct path *a, const struct path *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->key[i], b->key[i]) != 0)
            return false;
    return true;
}

static void
add_path(struct paths *list, const struct path *path)
{
    struct path *moved;

    for (size_t i = 0; i < list->n; i++)
        if (is_same(&list->path[i], path))
            return;
    moved = mesa_realloc_array(list->path, list->n + 1, sizeof *moved);
    if (moved) {
        list->path = moved;
        moved[list->n++] = *path;
    }
    list->failed |= !moved;
}

/* All figures below a node: objects with a mean. */
static void
collect(struct paths *list, struct path *path,
        const struct mesa_json_node *node)
{
    for (const struct mesa_json_node *m = node->first; m; m = m->next) {
        if (m->text || !m->key || path->n > LEVELS)
            continue;
        path->key[path->n++] = m->key;
        if (mesa_json_member(m, "mean"))
            add_path(list, path);
        else
            collect(list, path, m);
        path->n--;
    }
}

/* Of one run; figures of the test data, which are the most honest, first. */
static void
collect_run(struct paths *list, const struct mesa_json_node *summary)
{
    static const char *const part[] = { "test", "valid", "train" };
    const struct mesa_json_node *scores = mesa_json_member(summary, "scores");
    struct path path = { 2, { "scores", NULL } };

    for (size_t i = 0; i < MESA_COUNT(part); i++) {
        const struct mesa_json_node *p = mesa_json_member(scores, part[i]);

        path.key[1] = part[i];
        if (p)
            collect(list, &path, p);
    }
    path.n = 0;
    if (summary)
        collect(list, &path, summary);
}

static const struct mesa_json_node *
look_up(const struct mesa_page_run *run, const struct path *path)
{
    const struct mesa_json_node *node = run->summary;

    for (size_t i = 0; i < path->n; i++)
        node = mesa_json_member(node, path->key[i]);
    return node;
}

static bool
mean_of(const struct comparison *c, size_t i, const struct path *path,
        double *v)
{
    const char *text = mesa_json_member_text(look_up(&c->run[i], path),
                                             "mean");

    return mesa_parse_double(text, text + strlen(text), v) && !isnan(*v);
}

/* Scores on other rows cannot be better or worse. */
static bool
is_same_data(const struct comparison *c)
{
    static const char *const object[] = { "data", "tasks" };

    for (size_t i = 0; i < MESA_COUNT(object); i++) {
        const char *first = NULL;

        for (size_t j = 0; j < c->n; j++) {
            const char *hash = mesa_json_member_text(
                mesa_json_member(c->run[j].summary, object[i]), "hash");

            if (!c->run[j].summary)
                continue;
            if (first && strcmp(first, hash) != 0)
                return false;
            first = hash;
        }
    }
    return true;
}

/* The best of a row; NaN where there is nothing to choose from. */
static double
best_of(const struct comparison *c, const struct path *path)
{
    const bool less = mesa_page_less_is_better(path->key[path->n - 1]);
    double low = INFINITY, high = -INFINITY, v;

    for (size_t i = 0; i < c->n; i++)
        if (mean_of(c, i, path, &v)) {
            low = fmin(low, v);
            high = fmax(high, v);
        }
    return low < high ? less ? low : high : (double)NAN;
}

static void
open_table(const struct comparison *c, const char *id, const char *first)
{
    mesa_html_printf(c->out, "<div class=\"scroll\" tabindex=\"0\"><table "
                             "class=\"sortable\" id=\"%s\">\n<thead><tr><th "
                             "scope=\"col\">%s</th>", id, first);
    for (size_t i = 0; i < c->n; i++)
        mesa_html_printf(c->out, "<th scope=\"col\">%s</th>", c->label[i]);
    mesa_text_add(c->out, "</tr></thead>\n<tbody>\n");
}

static void
close_table(const struct comparison *c)
{
    mesa_text_add(c->out, "</tbody></table></div>\n");
}

static void
put_score_row(const struct comparison *c, const struct path *path, bool marks)
{
    const size_t from = strcmp(path->key[0], "scores") == 0 ? 1 : 0;
    const double best = marks ? best_of(c, path) : (double)NAN;

    mesa_text_add(c->out, "<tr><th scope=\"row\">");
    for (size_t i = from; i < path->n; i++)
        mesa_html_printf(c->out, i > from ? " %s" : "%s", path->key[i]);
    mesa_text_add(c->out, "</th>");
    for (size_t i = 0; i < c->n; i++) {
        const struct mesa_json_node *figure = look_up(&c->run[i], path);
        double v;
        const bool is_best = mean_of(c, i, path, &v) && v == best;

        mesa_html_printf(c->out, is_best ? "<td class=\"best\" "
                                           "data-value=\"%s\">"
                                         : "<td data-value=\"%s\">",
                         mesa_json_member_text(figure, "mean"));
        if (figure)
            mesa_page_put_mean(c->out, figure);
        mesa_text_add(c->out, "</td>");
    }
    mesa_text_add(c->out, "</tr>\n");
}

static void
put_scores(const struct comparison *c)
{
    struct paths list = { 0, NULL, false };
    const bool marks = is_same_data(c);

    for (size_t i = 0; i < c->n; i++)
        collect_run(&list, c->run[i].summary);
    mesa_text_add(c->out, "<section id=\"result\">\n<h2>Result</h2>\n"
                          "<p>Mean \xc2\xb1 standard deviation where there "
                          "are several fits");
    mesa_text_add(c->out, marks ? "; the best of each row is <b "
                                  "class=\"best\">marked</b>.</p>\n"
                                : ". The runs are of different data: nothing "
                                  "is marked.</p>\n");
    open_table(c, "scores", "figure");
    for (size_t i = 0; i < list.n; i++)
        put_score_row(c, &list.path[i], marks);
    close_table(c);
    mesa_text_add(c->out, "</section>\n");
    if (list.failed)
        mesa_text_fail(c->out);
    mesa_free(list.path);
}

/* Threads and the like do not change results. */
static bool
matters(const struct mesa_page_value *v)
{
    return strcmp(v->section, "run") != 0 || strcmp(v->key, "seed") == 0;
}

static bool
is_first(const struct comparison *c, size_t run,
         const struct mesa_page_value *v)
{
    for (size_t i = 0; i < run; i++)
        if (mesa_page_value(&c->run[i], v->section, v->key))
            return false;
    return true;
}

static bool
is_different(const struct comparison *c, const struct mesa_page_value *v)
{
    for (size_t i = 0; i < c->n; i++) {
        const char *other = mesa_page_value(&c->run[i], v->section, v->key);

        if (!other || strcmp(other, v->value) != 0)
            return true;
    }
    return false;
}

static void
put_differences(const struct comparison *c)
{
    size_t n = 0;

    mesa_text_add(c->out, "<section id=\"config\">\n<h2>Differences of "
                          "configuration</h2>\n");
    for (size_t i = 0; i < c->n; i++)
        for (size_t j = 0; j < c->run[i].n_values; j++) {
            const struct mesa_page_value *v = &c->run[i].value[j];

            if (!matters(v) || !is_first(c, i, v) || !is_different(c, v))
                continue;
            if (n++ == 0)
                open_table(c, "differences", "key");
            mesa_html_printf(c->out, "<tr><th scope=\"row\">[%s] %s</th>",
                             v->section, v->key);
            for (size_t k = 0; k < c->n; k++) {
                const char *value = mesa_page_value(&c->run[k], v->section,
                                                    v->key);

                mesa_html_printf(c->out, "<td class=\"long\">%s</td>",
                                 value ? value : "\xe2\x80\x93");
            }
            mesa_text_add(c->out, "</tr>\n");
        }
    if (n > 0)
        close_table(c);
    else
        mesa_text_add(c->out, "<p>None.</p>\n");
    mesa_text_add(c->out, "</section>\n");
}

static void
put_fact_row(const struct comparison *c, const char *name, const char *object,
             const char *key)
{
    bool any = false;

    for (size_t i = 0; i < c->n; i++)
        any |= *mesa_json_member_text(
            object ? mesa_json_member(c->run[i].summary, object)
                   : c->run[i].summary, key) != '\0';
    if (!any)
        return;
    mesa_html_printf(c->out, "<tr><th scope=\"row\">%s</th>", name);
    for (size_t i = 0; i < c->n; i++)
        mesa_html_printf(c->out, "<td>%s</td>",
                         mesa_json_member_text(
                             object ? mesa_json_member(c->run[i].summary,
                                                       object)
                                    : c->run[i].summary, key));
    mesa_text_add(c->out, "</tr>\n");
}

/* Data, seeds, versions and times. */
static void
put_facts(const struct comparison *c)
{
    mesa_text_add(c->out, "<section id=\"data\">\n<h2>Data, seeds and "
                          "versions</h2>\n");
    open_table(c, "facts", "fact");
    put_fact_row(c, "data", "data", "hash");
    put_fact_row(c, "tasks", "tasks", "hash");
    put_fact_row(c, "columns", "data", "columns");
    put_fact_row(c, "positive class", NULL, "positive");
    put_fact_row(c, "seed", NULL, "seed");
    put_fact_row(c, "steps", NULL, "steps");
    put_fact_row(c, "mesa-core", NULL, "mesa");
    close_table(c);
    mesa_text_add(c->out, "</section>\n<section id=\"timings\">\n<h2>Timings"
                          "</h2>\n");
    open_table(c, "times", "time");
    mesa_text_add(c->out, "<tr><th scope=\"row\">wall time (s)</th>");
    for (size_t i = 0; i < c->n; i++) {
        mesa_text_add(c->out, "<td>");
        mesa_page_put_number(c->out,
                             mesa_json_member_text(c->run[i].timings,
                                                   "wall_seconds"));
        mesa_text_add(c->out, "</td>");
    }
    mesa_text_add(c->out, "</tr>\n");
    close_table(c);
    mesa_text_add(c->out, "</section>\n");
}

static bool
has_picture(const struct mesa_page_run *run, const char *name, size_t *at)
{
    for (*at = 0; *at < run->plots.n; ++*at)
        if (strcmp(run->plots.entry[*at].name, name) == 0)
            return true;
    return false;
}

/* That picture of all runs that have it; run is the first of them. */
static mesa_status
put_picture(struct comparison *c, size_t run,
            const struct mesa_plot_entry *e, size_t *number,
            struct mesa_error *err)
{
    mesa_status st = MESA_OK;
    size_t at;

    for (size_t i = 0; i < run; i++)
        if (has_picture(&c->run[i], e->name, &at))
            return MESA_OK;
    c->more |= c->out->n >= c->full;
    if (c->more)
        return MESA_OK;
    mesa_html_printf(c->out, "<h3>%s</h3>\n<div class=\"beside\">\n",
                     e->title);
    for (size_t i = run; i < c->n && st == MESA_OK; i++) {
        char *id;

        if (!has_picture(&c->run[i], e->name, &at))
            continue;
        c->more |= c->out->n >= c->full;
        if (c->more)
            break;
        id = mesa_asprintf("%s-%zu", e->name, i + 1);
        mesa_html_printf(c->out, "<div><h4>%s</h4>\n", c->label[i]);
        st = id ? mesa_page_put_figure(c->out, &c->run[i], at, id,
                                       (*number)++, err)
                : mesa_nomem(err, 1, "name");
        mesa_text_add(c->out, "</div>\n");
        mesa_free(id);
    }
    mesa_text_add(c->out, "</div>\n");
    return st;
}

/* The way from the page to a run's own, if there is one; fresh memory. */
static mesa_status
find_own_page(const struct mesa_page_run *run, const char *path, char **link,
              struct mesa_error *err)
{
    char *from = mesa_path_absolute(".", path);
    char *to = mesa_path_absolute(".", run->folder);
    struct mesa_text text = { 0 };
    size_t common = 0;

    *link = NULL;
    if (!from || !to)
        mesa_text_fail(&text);
    else {
        for (size_t i = 0; from[i] && (from[i] == to[i] ||
                                       (!to[i] && from[i] == '/')); i++) {
            if (from[i] == '/')
                common = i + 1;
            if (!to[i])
                break;
        }
        for (const char *p = from + common; (p = strchr(p, '/')); p++)
            mesa_text_add(&text, "../");
        if (common <= strlen(to)) {
            mesa_text_add(&text, to + common);
            mesa_text_add(&text, "/");
        }
        mesa_text_add(&text, "report.html");
    }
    mesa_free(from);
    mesa_free(to);
    *link = mesa_text_take(&text);
    return *link ? MESA_OK : mesa_nomem(err, 1, "path");
}

/* The name of a run, which leads to its own page if there is one. */
static mesa_status
put_link(const struct comparison *c, size_t i, const char *path,
         struct mesa_error *err)
{
    const struct mesa_page_run *run = &c->run[i];
    char *own = mesa_asprintf("%s/report.html", run->folder), *link = NULL;
    const bool there = own && access(own, F_OK) == 0;
    mesa_status st = own ? MESA_OK : mesa_nomem(err, 1, "path");

    if (there && st == MESA_OK)
        st = find_own_page(run, path, &link, err);
    if (link) {
        mesa_text_add(c->out, "<a href=\"");
        mesa_html_url(c->out, link);
        mesa_html_printf(c->out, "\">%s</a>", c->label[i]);
    } else {
        mesa_html_text(c->out, c->label[i]);
    }
    mesa_free(own);
    mesa_free(link);
    return st;
}

/* Where the pictures are for which there is no room. */
static mesa_status
put_rest(const struct comparison *c, const char *path, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    mesa_text_add(c->out, "<p class=\"missing\">More pictures would make "
                          "this page too large; all are in the reports of "
                          "the runs: ");
    for (size_t i = 0; i < c->n && st == MESA_OK; i++) {
        mesa_text_add(c->out, i > 0 ? ", " : "");
        st = put_link(c, i, path, err);
    }
    mesa_text_add(c->out, ".</p>\n");
    return st;
}

static mesa_status
put_pictures(struct comparison *c, const char *path, struct mesa_error *err)
{
    size_t number = 1;
    mesa_status st = MESA_OK;

    mesa_text_add(c->out, "<section id=\"pictures\">\n<h2>Pictures</h2>\n");
    c->full = c->out->n + ENOUGH;
    for (uint32_t s = MESA_PLOT_RESULT; s <= MESA_PLOT_DATA; s++)
        for (size_t i = 0; i < c->n; i++)
            for (size_t j = 0; j < c->run[i].plots.n && st == MESA_OK; j++)
                if (c->run[i].plots.entry[j].section == s)
                    st = put_picture(c, i, &c->run[i].plots.entry[j], &number,
                                     err);
    if (number == 1)
        mesa_text_add(c->out, "<p>None.</p>\n");
    if (c->more && st == MESA_OK)
        st = put_rest(c, path, err);
    mesa_text_add(c->out, "</section>\n");
    return st;
}

/* One run in the list at the top. */
static mesa_status
put_run(const struct comparison *c, size_t i, const char *path,
        struct mesa_error *err)
{
    const struct mesa_page_run *run = &c->run[i];
    mesa_status st;

    mesa_text_add(c->out, "<article>\n<h2>");
    st = put_link(c, i, path, err);
    mesa_text_add(c->out, "</h2>\n");
    mesa_page_put_what(c->out, run);
    if (!run->summary)
        mesa_text_add(c->out, run->hidden
                                  ? "<p class=\"state\">summary.json cannot "
                                    "be read.</p>\n"
                                  : "<p class=\"state\">This run is not "
                                    "finished.</p>\n");
    mesa_page_put_lead(c->out, run);
    mesa_text_add(c->out, "</article>\n");
    return st;
}

static mesa_status
put_all(struct comparison *c, const char *path, struct mesa_error *err)
{
    mesa_status st = MESA_OK;
    char title[48];

    mesa_format_double((double)c->n, title);
    mesa_html_printf(c->out, "<header>\n<h1>%s runs side by side</h1>\n",
                     title);
    mesa_text_add(c->out, "<button type=\"button\" id=\"theme\" hidden>Theme: "
                          "auto</button>\n<nav aria-label=\"Sections\"><a "
                          "href=\"#result\">Result</a> <a href=\"#config\">"
                          "Configuration</a> <a href=\"#data\">Data</a> <a "
                          "href=\"#timings\">Timings</a> <a "
                          "href=\"#pictures\">Pictures</a></nav>\n</header>\n"
                          "<main>\n<div class=\"runs\">\n");
    for (size_t i = 0; i < c->n && st == MESA_OK; i++)
        st = put_run(c, i, path, err);
    mesa_text_add(c->out, "</div>\n");
    put_scores(c);
    put_differences(c);
    put_facts(c);
    return st == MESA_OK ? put_pictures(c, path, err) : st;
}

mesa_status
mesa_page_compare(struct mesa_text *out, const struct mesa_page_run *run,
                  size_t n, const char *path, struct mesa_error *err)
{
    struct comparison c = { .out = out, .run = run, .n = n };
    mesa_status st;

    c.label = mesa_alloc_array(n, sizeof *c.label);
    if (!c.label)
        return mesa_nomem(err, n, "names");
    for (size_t i = 0; i < n; i++) {
        c.label[i] = run[i].name;
        for (size_t j = 0; j < n; j++)
            if (j != i && strcmp(run[i].name, run[j].name) == 0)
                c.label[i] = run[i].folder;
    }
    mesa_page_open(out, "Runs side by side");
    st = put_all(&c, path, err);
    mesa_page_close(out);
    mesa_free(c.label);
    return st;
}
