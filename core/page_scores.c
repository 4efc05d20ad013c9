/* SPDX-License-Identifier: MIT */
/*
 * page_scores.c - what came out, from summary.json.
 *
 * A figure is an object with a member "mean"; the keys above it are its path,
 * of which the last is the metric and the one before the part of the data.
 * The page shows figures under "scores" as a row for each metric, others (the
 * methods of a comparison) as a column for each.
 */
#include "page_run.h"

#include <mesa/number.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LEVELS = 4 };

/* Of several parts, the first of these is what a run is judged by. */
static const char *const parts[] = { "test", "valid", "train" };

/* Members of summary.json that other sections show. */
static const char *const elsewhere[] = { "mesa",    "seed",  "steps",
                                         "data",    "tasks", "sources",
                                         "plugins", "states", "positive",
                                         "scores" };

static bool
parse(const char *text, double *v)
{
    return mesa_parse_double(text, text + strlen(text), v);
}

/* As many digits as people read; all of them are in the attribute that tables
 * are sorted by. */
static void
format(char *to, size_t n, double v)
{
    const double size = fabs(v);

    if (v == floor(v) && size < 1e15)
        snprintf(to, n, "%.0f", v);
    else if (size >= 1000 || size < 0.001)
        snprintf(to, n, "%.4g", v);
    else
        snprintf(to, n, "%.*f", size < 10 ? 3 : size < 100 ? 2 : 1, v);
}

void
mesa_page_put_number(struct mesa_text *out, const char *text)
{
    char digits[64];
    double v;

    if (strcmp(text, "null") == 0 || strcmp(text, "nan") == 0)
        mesa_text_add(out, "\xe2\x80\x93");
    else if (parse(text, &v) && isfinite(v) && strlen(text) < 64) {
        format(digits, sizeof digits, v);
        mesa_html_text(out, digits);
    } else
        mesa_html_text(out, text);
}

void
mesa_page_put_mean(struct mesa_text *out, const struct mesa_json_node *figure)
{
    const char *n = mesa_json_member_text(figure, "n");
    const char *mean = mesa_json_member_text(figure, "mean");
    double v, std, count = 2;
    char digits[64];

    parse(n, &count);
    if (!parse(mean, &v) || !isfinite(v) ||
        !parse(mesa_json_member_text(figure, "std"), &std) || count < 2) {
        mesa_page_put_number(out, mean);
        return;
    }
    /* As many decimals as the mean has, that they can be compared. */
    if (fabs(v) >= 1000 || (fabs(v) < 0.001 && fabs(v) > 0))
        snprintf(digits, sizeof digits, "%.4g \xc2\xb1 %.2g", v, std);
    else
        snprintf(digits, sizeof digits, "%.*f \xc2\xb1 %.*f",
                 fabs(v) < 10 ? 3 : 1, v, fabs(v) < 10 ? 3 : 1, std);
    mesa_html_text(out, digits);
}

bool
mesa_page_less_is_better(const char *metric)
{
    static const char *const word[] = { "mse",   "mae",      "loss", "brier",
                                        "error", "distance", "ece",  "dur@",
                                        "rank",  "diverged" };

    for (size_t i = 0; i < MESA_COUNT(word); i++)
        if (strstr(metric, word[i]))
            return true;
    return false;
}

static bool
is_figure(const struct mesa_json_node *node)
{
    return mesa_json_member(node, "mean") != NULL;
}

/* The first part of the scores that there is, by the order above. */
static const struct mesa_json_node *
first_part(const struct mesa_json_node *scores)
{
    for (size_t i = 0; i < MESA_COUNT(parts); i++) {
        const struct mesa_json_node *part = mesa_json_member(scores, parts[i]);

        if (part && part->first)
            return part;
    }
    return scores ? scores->first : NULL;
}

/* "mse@0" and "mse@10" are one metric, after more and more steps: the last
 * counts of which no task has run away. */
static const struct mesa_json_node *
last_of_its_kind(const struct mesa_json_node *first)
{
    const size_t stem = strcspn(first->key, "@");
    const struct mesa_json_node *best = first;

    if (!first->key[stem])
        return first;
    for (const struct mesa_json_node *m = first; m; m = m->next) {
        const char *lost = mesa_json_member_text(m, "diverged");

        if (m->key && strncmp(m->key, first->key, stem + 1) == 0 &&
            (!*lost || strcmp(lost, "0") == 0))
            best = m;
    }
    return best;
}

const struct mesa_json_node *
mesa_page_leading(const struct mesa_page_run *run, const char **part)
{
    const struct mesa_json_node *p =
        first_part(mesa_json_member(run->summary, "scores"));

    if (!p || !p->key || !p->first || !p->first->key)
        return NULL;
    *part = p->key;
    return last_of_its_kind(p->first);
}

static const char *
part_name(const char *part)
{
    return strcmp(part, "valid") == 0 ? "validation" : part;
}

static void
put_lead_of(struct mesa_text *out, const struct mesa_page_run *run,
            const struct mesa_json_node *figure, const char *part)
{
    double n = 0;

    mesa_text_add(out, "<p class=\"lead\"><strong>");
    mesa_page_put_mean(out, figure);
    mesa_html_printf(out, "</strong> <span>%s on %s data", figure->key,
                     part_name(part));
    if (parse(mesa_json_member_text(figure, "n"), &n) && n > 1)
        /* Fits where there was an evaluation, else tasks, episodes, ... */
        mesa_html_printf(out,
                         mesa_json_member(run->summary, "positive")
                             ? "; mean \xc2\xb1 standard deviation of %s fits"
                             : "; mean \xc2\xb1 standard deviation, n = %s",
                         mesa_json_member_text(figure, "n"));
    mesa_text_add(out, "</span></p>\n");
}

/* Of methods that were compared: the best on average. */
struct best {
    const char                  *method;
    const struct mesa_json_node *figure;
    size_t                       n;
    double                       value;
};

static void
find_best(struct best *best, const struct mesa_json_node *methods)
{
    for (const struct mesa_json_node *m = methods->first; m; m = m->next) {
        const struct mesa_json_node *figure =
            mesa_json_member(m, "test") ? mesa_json_member(m, "test")->first
                                        : NULL;
        double v;

        if (!figure || !figure->key ||
            !parse(mesa_json_member_text(figure, "mean"), &v) || isnan(v))
            continue;
        best->n++;
        if (best->figure && (mesa_page_less_is_better(figure->key)
                                 ? v >= best->value
                                 : v <= best->value))
            continue;
        best->method = m->key;
        best->figure = figure;
        best->value = v;
    }
}

static bool
put_best_rank(struct mesa_text *out, const struct mesa_json_node *ranks)
{
    const struct mesa_json_node *best = NULL;
    double lowest = INFINITY, v;
    size_t n = 0;

    for (const struct mesa_json_node *m = ranks ? ranks->first : NULL; m;
         m = m->next) {
        if (!m->text || !m->key || !parse(m->text, &v))
            continue;
        n++;
        if (v < lowest) {
            lowest = v;
            best = m;
        }
    }
    if (!best)
        return false;
    mesa_html_printf(out, "<p class=\"lead\"><strong>%s</strong> <span>has "
                          "the best mean rank of %zu methods, ",
                     best->key, n);
    mesa_page_put_number(out, best->text);
    mesa_text_add(out, "</span></p>\n");
    return true;
}

void
mesa_page_put_lead(struct mesa_text *out, const struct mesa_page_run *run)
{
    const struct mesa_json_node *methods =
        mesa_json_member(run->summary, "methods");
    struct best best = { NULL, NULL, 0, 0.0 };
    const char *part;
    const struct mesa_json_node *lead = mesa_page_leading(run, &part);
    const struct mesa_json_node *friedman =
        mesa_json_member(run->summary, "friedman");

    if (put_best_rank(out, mesa_json_member(friedman, "mean_ranks")))
        return;
    if (methods)
        find_best(&best, methods);
    if (best.figure) {
        mesa_html_printf(out, "<p class=\"lead\"><strong>%s: ", best.method);
        mesa_page_put_mean(out, best.figure);
        mesa_html_printf(out,
                         "</strong> <span>the best of %zu methods by %s on "
                         "test data; mean \xc2\xb1 standard deviation of %s "
                         "fits</span></p>\n",
                         best.n, best.figure->key,
                         mesa_json_member_text(best.figure, "n"));
    } else if (lead && is_figure(lead)) {
        put_lead_of(out, run, lead, part);
    }
}

static void
open_table(struct mesa_text *out, const char *id)
{
    mesa_text_add(out, "<div class=\"scroll\" tabindex=\"0\"><table "
                       "class=\"sortable\"");
    if (id)
        mesa_html_printf(out, " id=\"%s\"", id);
    mesa_text_add(out, ">\n<thead><tr>");
}

static void
close_table(struct mesa_text *out)
{
    mesa_text_add(out, "</tbody>\n</table></div>\n");
}

static void
put_head(struct mesa_text *out, const char *name)
{
    mesa_html_printf(out, "<th scope=\"col\">%s</th>", name);
}

/* A cell that sorts by what the file says. */
static void
put_figure_cell(struct mesa_text *out, const struct mesa_json_node *figure)
{
    mesa_html_printf(out, "<td data-value=\"%s\">",
                     mesa_json_member_text(figure, "mean"));
    if (figure)
        mesa_page_put_mean(out, figure);
    mesa_text_add(out, "</td>");
}

/* Has a figure more to it than mean, deviation and count? */
static bool
is_detailed(const struct mesa_json_node *scores)
{
    for (const struct mesa_json_node *p = scores->first; p; p = p->next)
        for (const struct mesa_json_node *m = p->first; m; m = m->next)
            if (mesa_json_member(m, "ci95"))
                return true;
    return false;
}

/* Metric by part, the one that counts first: phones show that much. */
static void
put_plain_scores(struct mesa_text *out, const struct mesa_json_node *scores)
{
    const struct mesa_json_node *lead = first_part(scores);

    open_table(out, "scores");
    put_head(out, "metric");
    for (size_t i = 0; i < MESA_COUNT(parts); i++)
        if (mesa_json_member(scores, parts[i]))
            put_head(out, parts[i]);
    mesa_text_add(out, "</tr></thead>\n<tbody>\n");
    for (const struct mesa_json_node *m = lead->first; m; m = m->next) {
        const char *metric = m->key ? m->key : "";

        mesa_html_printf(out, "<tr><th scope=\"row\">%s</th>", metric);
        for (size_t i = 0; i < MESA_COUNT(parts); i++)
            if (mesa_json_member(scores, parts[i]))
                put_figure_cell(out, mesa_json_member(
                                         mesa_json_member(scores, parts[i]),
                                         metric));
        mesa_text_add(out, "</tr>\n");
    }
    close_table(out);
}

static void
put_detailed_row(struct mesa_text *out, const struct mesa_json_node *members,
                 const char *part, const struct mesa_json_node *figure)
{
    mesa_html_printf(out, "<tr><th scope=\"row\">%s</th><td>%s</td>",
                     figure->key ? figure->key : "", part);
    for (const struct mesa_json_node *c = members; c; c = c->next) {
        const char *text = mesa_json_member_text(figure, c->key ? c->key : "");

        mesa_html_printf(out, "<td data-value=\"%s\">", text);
        mesa_page_put_number(out, text);
        mesa_text_add(out, "</td>");
    }
    mesa_text_add(out, "</tr>\n");
}

/* A row for each figure, a column for all that is said of it. */
static void
put_detailed_scores(struct mesa_text *out, const struct mesa_json_node *scores)
{
    const struct mesa_json_node *lead = first_part(scores)->first;

    open_table(out, "scores");
    put_head(out, "metric");
    put_head(out, "split");
    for (const struct mesa_json_node *c = lead ? lead->first : NULL; c;
         c = c->next)
        put_head(out, c->key && strcmp(c->key, "ci95") == 0
                          ? "\xc2\xb1 (95 %)"
                          : c->key ? c->key : "");
    mesa_text_add(out, "</tr></thead>\n<tbody>\n");
    for (const struct mesa_json_node *p = scores->first; p; p = p->next)
        for (const struct mesa_json_node *m = p->first; m; m = m->next)
            put_detailed_row(out, lead ? lead->first : NULL,
                             p->key ? p->key : "", m);
    close_table(out);
}

/* A group is an object that holds figures; its row has a column for each of
 * those of the first group. */
struct groups {
    struct mesa_text            *out;
    const struct mesa_json_node *first;
    size_t                       depth; /* of the first */
    bool                         head;
};

static void
put_group(struct groups *g, const char *const *path, size_t depth,
          const struct mesa_json_node *group)
{
    if (!g->first) {
        g->first = group;
        g->depth = depth;
        open_table(g->out, g->head ? "scores" : NULL);
        for (size_t i = 0; i < depth; i++)
            put_head(g->out, i + 1 == depth ? "split"
                             : i + 2 == depth ? "method"
                                              : "data");
        for (const struct mesa_json_node *m = group->first; m; m = m->next)
            put_head(g->out, m->key ? m->key : "");
        mesa_text_add(g->out, "</tr></thead>\n<tbody>\n");
    }
    if (depth != g->depth)
        return;
    mesa_text_add(g->out, "<tr>");
    for (size_t i = 0; i < depth; i++)
        mesa_html_printf(g->out, i ? "<td>%s</td>"
                                   : "<th scope=\"row\">%s</th>", path[i]);
    for (const struct mesa_json_node *m = g->first->first; m; m = m->next)
        put_figure_cell(g->out, mesa_json_member(group, m->key ? m->key : ""));
    mesa_text_add(g->out, "</tr>\n");
}

static void
walk_groups(struct groups *g, const char **path, size_t depth,
            const struct mesa_json_node *node)
{
    if (depth > 0 && node->first && is_figure(node->first)) {
        put_group(g, path, depth, node);
        return;
    }
    for (const struct mesa_json_node *m = node->first; m && depth < LEVELS;
         m = m->next) {
        path[depth] = m->key ? m->key : "";
        if (!m->text && !is_figure(m))
            walk_groups(g, path, depth + 1, m);
    }
}

/* What is neither figure nor shown elsewhere: a line for each. */
static void
put_facts(struct mesa_text *out, const struct mesa_json_node *node,
          const char **path, size_t depth)
{
    for (const struct mesa_json_node *m = node->first; m && depth < LEVELS;
         m = m->next) {
        path[depth] = m->key ? m->key : "";
        if (is_figure(m))
            continue;
        if (!m->text) {
            put_facts(out, m, path, depth + 1);
            continue;
        }
        mesa_text_add(out, "<tr><th scope=\"row\">");
        for (size_t i = 0; i <= depth; i++)
            mesa_html_printf(out, i ? ", %s" : "%s", path[i]);
        mesa_html_printf(out, "</th><td data-value=\"%s\">", m->text);
        if (m->is_string)
            mesa_html_text(out, m->text);
        else
            mesa_page_put_number(out, m->text);
        mesa_text_add(out, "</td></tr>\n");
    }
}

static void
put_other(struct mesa_text *out, const struct mesa_json_node *node, bool head)
{
    const char *path[LEVELS + 1];
    struct mesa_text facts = { 0 };
    struct groups g = { .out = out, .head = head };

    walk_groups(&g, path, 0, node);
    if (g.first)
        close_table(out);
    put_facts(&facts, node, path, 0);
    if (facts.failed)
        mesa_text_fail(out);
    else if (facts.n > 0) {
        mesa_html_printf(out, "<h3>%s</h3>\n", node->key);
        open_table(out, NULL);
        put_head(out, "figure");
        put_head(out, "value");
        mesa_text_add(out, "</tr></thead>\n<tbody>\n");
        mesa_text_put(out, facts.at, facts.n);
        close_table(out);
    }
    mesa_free(facts.at);
}

void
mesa_page_put_scores(struct mesa_text *out, const struct mesa_page_run *run)
{
    const struct mesa_json_node *scores = mesa_json_member(run->summary,
                                                           "scores");
    const bool has_scores = scores && first_part(scores) &&
                            first_part(scores)->first;

    if (has_scores && is_detailed(scores))
        put_detailed_scores(out, scores);
    else if (has_scores)
        put_plain_scores(out, scores);
    for (const struct mesa_json_node *m = run->summary ? run->summary->first
                                                       : NULL;
         m; m = m->next) {
        bool known = !m->key || m->text;

        for (size_t i = 0; i < MESA_COUNT(elsewhere) && !known; i++)
            known = strcmp(m->key, elsewhere[i]) == 0;
        if (!known)
            put_other(out, m, !has_scores && strcmp(m->key, "methods") == 0);
    }
}
