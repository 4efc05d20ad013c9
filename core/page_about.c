/* SPDX-License-Identifier: MIT */
/*
 * page_about.c - what a run was, in its page: parts, data, configuration,
 * versions, times, warnings, and how to run it again.
 */
#include "page_run.h"

#include "files.h"

#include <mesa/number.h>

#include <stdio.h>
#include <string.h>

static void
open_section(struct mesa_text *out, const char *id, const char *title)
{
    mesa_text_printf(out, "<section id=\"%s\">\n<h2>%s</h2>\n", id, title);
}

/* Which of the sections learn, and from what. */
void
mesa_page_put_what(struct mesa_text *out, const struct mesa_page_run *run)
{
    static const char *const sections[] = {
        "metalearner", "estimator", "sampler", "loss", "acquisition",
        "transform", "environment", "data"
    };

    mesa_text_add(out, "<dl class=\"what\">\n");
    for (size_t i = 0; i < MESA_COUNT(sections); i++)
        for (size_t j = 0; j < run->n_values; j++) {
            const struct mesa_page_value *v = &run->value[j];

            if (strcmp(v->section, sections[i]) != 0 ||
                strcmp(v->key, "type") != 0)
                continue;
            mesa_html_printf(out, "<div><dt>%s</dt><dd>", v->section);
            if (*v->origin)
                mesa_html_printf(out, "%s <code>%s</code>", v->origin,
                                 v->value);
            else
                mesa_html_printf(out, "<code>%s</code>", v->value);
            mesa_text_add(out, "</dd></div>\n");
        }
    mesa_text_add(out, "</dl>\n");
}

static void
put_fact(struct mesa_text *out, const char *name, const char *value)
{
    if (*value)
        mesa_html_printf(out, "<div><dt>%s</dt><dd>%s</dd></div>\n", name,
                         value);
}

/* The first part that has classes: those of others are the same. */
static const struct mesa_json_node *
classes_of(const struct mesa_json_node *data)
{
    for (const struct mesa_json_node *p = data->first; p; p = p->next) {
        const struct mesa_json_node *c = mesa_json_member(p, "classes");

        if (c && c->first)
            return c;
    }
    return NULL;
}

static void
put_class_cells(struct mesa_text *out, const struct mesa_json_node *data,
                const char *name)
{
    for (const struct mesa_json_node *p = data->first; p; p = p->next)
        if (mesa_json_member(p, "rows"))
            mesa_html_printf(out, "<td>%s</td>",
                             name ? mesa_json_member_text(
                                        mesa_json_member(p, "classes"), name)
                                  : mesa_json_member_text(p, "rows"));
    mesa_text_add(out, "</tr>\n");
}

/* Rows of each class in each part. */
static void
put_counts(struct mesa_text *out, const struct mesa_json_node *data)
{
    const struct mesa_json_node *classes = classes_of(data);
    size_t n = 0, left = 0;

    mesa_text_add(out, "<div class=\"scroll\" tabindex=\"0\"><table "
                       "class=\"sortable\">\n<thead><tr><th "
                       "scope=\"col\">class</th>");
    for (const struct mesa_json_node *p = data->first; p; p = p->next)
        if (mesa_json_member(p, "rows"))
            mesa_html_printf(out, "<th scope=\"col\">%s rows</th>",
                             p->key ? p->key : "");
    mesa_text_add(out, "</tr></thead>\n<tbody>\n");
    for (const struct mesa_json_node *c = classes ? classes->first : NULL; c;
         c = c->next) {
        left += n >= 100;
        if (n++ >= 100)
            continue;
        mesa_html_printf(out, "<tr><th scope=\"row\">%s</th>",
                         c->key ? c->key : "");
        put_class_cells(out, data, c->key ? c->key : "");
    }
    mesa_text_add(out, "</tbody>\n<tfoot><tr><th scope=\"row\">all</th>");
    put_class_cells(out, data, NULL);
    mesa_text_add(out, "</tfoot></table></div>\n");
    if (left)
        mesa_html_printf(out, "<p>%zu classes more are in summary.json.</p>\n",
                         left);
}

/* "train: support 10, query 10" of tasks. */
static void
put_tasks(struct mesa_text *out, const struct mesa_json_node *tasks)
{
    mesa_text_add(out, "<dl>\n");
    for (const struct mesa_json_node *p = tasks->first; p; p = p->next) {
        struct mesa_text text = { 0 };

        if (p->text) {
            put_fact(out, p->key ? p->key : "", p->text);
            continue;
        }
        for (const struct mesa_json_node *m = p->first; m; m = m->next) {
            if (text.n)
                mesa_text_add(&text, ", ");
            mesa_text_add(&text, m->text ? m->text : "");
            mesa_text_add(&text, " rows of ");
            mesa_text_add(&text, m->key ? m->key : "");
        }
        put_fact(out, p->key ? p->key : "", text.at ? text.at : "");
        mesa_free(text.at);
    }
    mesa_text_add(out, "</dl>\n");
}

static void
put_rows(struct mesa_text *out, const struct mesa_json_node *data,
         const char *positive)
{
    mesa_text_add(out, "<dl>\n");
    put_fact(out, "columns", mesa_json_member_text(data, "columns"));
    put_fact(out, "positive class", positive);
    put_fact(out, "hash", mesa_json_member_text(data, "hash"));
    mesa_text_add(out, "</dl>\n");
    put_counts(out, data);
}

void
mesa_page_put_data(struct mesa_text *out, const struct mesa_page_run *run)
{
    const struct mesa_json_node *data = mesa_json_member(run->summary, "data");
    const struct mesa_json_node *tasks = mesa_json_member(run->summary,
                                                          "tasks");
    const struct mesa_json_node *sources = mesa_json_member(run->summary,
                                                            "sources");

    if (data)
        put_rows(out, data, mesa_json_member_text(run->summary, "positive"));
    if (tasks)
        put_tasks(out, tasks);
    for (const struct mesa_json_node *s = sources ? sources->first : NULL; s;
         s = s->next) {
        if (data && strcmp(mesa_json_member_text(s, "hash"),
                           mesa_json_member_text(data, "hash")) == 0)
            continue;
        mesa_html_printf(out, "<h3>%s</h3>\n", s->key ? s->key : "");
        put_rows(out, s, mesa_json_member_text(s, "positive"));
    }
}

static bool
is_given(const struct mesa_page_value *v)
{
    return *v->origin && strcmp(v->origin, "default") != 0 &&
           strcmp(v->key, "type") != 0;
}

static void
put_value(struct mesa_text *out, const struct mesa_page_value *v)
{
    const char *slash = strrchr(v->origin, '/');
    const char *from = slash && is_given(v) ? slash + 1 : v->origin;

    mesa_text_add(out, is_given(v) ? "<tr class=\"given\">" : "<tr>");
    mesa_html_printf(out, "<th scope=\"row\">%s</th><td>%s</td><td "
                          "title=\"%s\">%s</td></tr>\n",
                     v->key, v->value, v->origin, from);
}

void
mesa_page_put_config(struct mesa_text *out, const struct mesa_page_run *run)
{
    const char *section = NULL;

    open_section(out, "config", "Configuration");
    mesa_text_add(out, "<p>Values that were given are <b class=\"given\">"
                       "marked</b>, others are defaults.</p>\n"
                       "<div class=\"sections\">\n");
    for (size_t i = 0; i < run->n_values; i++) {
        const struct mesa_page_value *v = &run->value[i];

        if (!section || strcmp(section, v->section) != 0) {
            mesa_text_add(out, section ? "</tbody></table></div>\n" : "");
            mesa_html_printf(out, "<div class=\"scroll\" tabindex=\"0\">"
                                  "<table><caption>[%s]</caption><thead><tr>"
                                  "<th scope=\"col\">key</th><th "
                                  "scope=\"col\">value</th><th "
                                  "scope=\"col\">from</th></tr></thead>"
                                  "<tbody>\n", v->section);
        }
        section = v->section;
        put_value(out, v);
    }
    mesa_text_add(out, section ? "</tbody></table></div>\n" : "");
    mesa_text_add(out, "</div>\n</section>\n");
}

void
mesa_page_put_versions(struct mesa_text *out, const struct mesa_page_run *run)
{
    const struct mesa_json_node *plugins = mesa_json_member(run->summary,
                                                            "plugins");
    const struct mesa_json_node *states = mesa_json_member(run->summary,
                                                           "states");

    open_section(out, "versions", "Versions");
    mesa_text_add(out, "<dl>\n");
    put_fact(out, "mesa-core", mesa_json_member_text(run->summary, "mesa"));
    for (const struct mesa_json_node *p = plugins ? plugins->first : NULL; p;
         p = p->next)
        put_fact(out, p->key ? p->key : "", p->text ? p->text : "");
    put_fact(out, "seed", mesa_page_value(run, "run", "seed")
                              ? mesa_page_value(run, "run", "seed")
                              : "");
    put_fact(out, "steps", mesa_json_member_text(run->summary, "steps"));
    for (const struct mesa_json_node *s = states ? states->first : NULL; s;
         s = s->next) {
        mesa_html_printf(out, "<div><dt>state of [%s]</dt><dd>%s</dd></div>\n",
                         s->key ? s->key : "", s->text ? s->text : "");
    }
    mesa_text_add(out, "</dl>\n</section>\n");
}

/* "wall_seconds" as "wall time" in "s". */
static void
put_time(struct mesa_text *out, const struct mesa_json_node *m)
{
    static const struct {
        const char *key, *name, *unit;
    } known[] = { { "wall_seconds", "wall time", " s" },
                  { "cpu_seconds", "processor time", " s" },
                  { "peak_memory_kib", "peak memory", " KiB" } };
    const char *name = m->key ? m->key : "", *unit = "";

    for (size_t i = 0; i < MESA_COUNT(known); i++)
        if (strcmp(name, known[i].key) == 0) {
            name = known[i].name;
            unit = known[i].unit;
            break;
        }
    mesa_html_printf(out, "<div><dt>%s</dt><dd>", name);
    if (m->is_string)
        mesa_html_text(out, m->text);
    else
        mesa_page_put_number(out, m->text);
    mesa_html_printf(out, "%s</dd></div>\n", unit);
}

/* Seconds, of what, and what share of all they are. */
static void
put_part(struct mesa_text *out, const struct mesa_json_node *part,
         double whole)
{
    const char *seconds = part->text ? part->text
                                     : mesa_json_member_text(part, "seconds");
    char share[32];
    double v;

    mesa_html_printf(out, "<tr><th scope=\"row\">%s</th><td "
                          "data-value=\"%s\">",
                     part->key ? part->key : "", seconds);
    mesa_page_put_number(out, seconds);
    mesa_text_add(out, "</td><td>");
    if (whole > 0 &&
        mesa_parse_double(seconds, seconds + strlen(seconds), &v)) {
        snprintf(share, sizeof share, "%.1f", 100 * v / whole);
        mesa_html_text(out, share);
    }
    mesa_html_printf(out, "</td><td>%s</td></tr>\n",
                     mesa_json_member_text(part, "calls"));
}

/* An object of timings.json: where the time went. */
static void
put_parts(struct mesa_text *out, const struct mesa_json_node *parts,
          double whole)
{
    mesa_text_add(out, "<div class=\"scroll\" tabindex=\"0\"><table "
                       "class=\"sortable\"><thead><tr><th scope=\"col\">"
                       "where</th><th scope=\"col\">seconds</th><th "
                       "scope=\"col\">% of the time</th><th scope=\"col\">"
                       "calls</th></tr></thead>\n<tbody>\n");
    for (const struct mesa_json_node *t = parts->first; t; t = t->next)
        put_part(out, t, whole);
    mesa_text_add(out, "</tbody></table></div>\n");
}

void
mesa_page_put_timings(struct mesa_text *out, const struct mesa_page_run *run)
{
    const struct mesa_json_node *first = run->timings ? run->timings->first
                                                      : NULL;
    const char *wall = mesa_json_member_text(run->timings, "wall_seconds");
    double whole = 0.0;

    mesa_parse_double(wall, wall + strlen(wall), &whole);
    open_section(out, "timings", "Timings");
    if (!first)
        mesa_text_add(out, "<p>None: the run is not finished.</p>\n");
    else
        mesa_text_add(out, "<dl>\n");
    put_fact(out, "started", first && run->started ? run->started : "");
    for (const struct mesa_json_node *m = first; m; m = m->next)
        if (m->text)
            put_time(out, m);
    mesa_text_add(out, first ? "</dl>\n" : "");
    for (const struct mesa_json_node *m = first; m; m = m->next)
        if (!m->text && m->first)
            put_parts(out, m, whole);
    mesa_text_add(out, "</section>\n");
}

void
mesa_page_put_warnings(struct mesa_text *out, const struct mesa_page_run *run)
{
    open_section(out, "warnings", "Warnings");
    if (run->n_warnings == 0)
        mesa_text_add(out, "<p>None.</p>\n");
    else
        mesa_text_add(out, "<ul>\n");
    for (size_t i = 0; i < run->n_warnings; i++)
        mesa_html_printf(out, "<li>%s</li>\n", run->warning[i]);
    mesa_text_add(out, run->n_warnings ? "</ul>\n</section>\n"
                                       : "</section>\n");
}

/* A word of a command line: in quotes unless it needs none. */
static void
put_shell_word(struct mesa_text *out, const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789_./+,-=";
    const bool quoted = !*word || strspn(word, plain) != strlen(word);

    mesa_text_add(out, quoted ? "&#39;" : "");
    while (*word) {
        const size_t n = strcspn(word, "'");

        mesa_html_bytes(out, word, n);
        word += n;
        if (*word == '\'') {
            mesa_text_add(out, "&#39;\\&#39;&#39;");
            word++;
        }
    }
    mesa_text_add(out, quoted ? "&#39;" : "");
}

void
mesa_page_put_again(struct mesa_text *out, const struct mesa_page_run *run)
{
    char *folder = mesa_path_absolute(".", run->folder);
    char *config = folder ? mesa_asprintf("%s/config.ini", folder) : NULL;
    char *output = folder ? mesa_asprintf("run.output=%s-again", folder)
                          : NULL;

    open_section(out, "again", "Run it again");
    if (config && output) {
        mesa_text_add(out, "<pre tabindex=\"0\"><code>mesa-core -c ");
        put_shell_word(out, config);
        mesa_text_add(out, " --set ");
        put_shell_word(out, output);
        mesa_text_add(out, "</code></pre>\n<p>The same version with the same "
                           "data gives the same figures, to the last "
                           "bit.</p>\n");
    } else {
        mesa_text_fail(out);
    }
    mesa_text_add(out, "</section>\n");
    mesa_free(folder);
    mesa_free(config);
    mesa_free(output);
}
