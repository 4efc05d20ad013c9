/* SPDX-License-Identifier: MIT */
/*
 * inspect_scores.c - what a finished run ended with, from its summary.json.
 *
 * A member that is not as a run writes it is passed over: the file may come
 * from a later version, or from an editor.
 */
#include "inspect.h"

#include "json_tree.h"

#include <mesa/number.h>

#include <math.h>
#include <string.h>

static double
number(const struct mesa_json_node *node, const char *key)
{
    const char *text = mesa_json_member_text(node, key);
    double value = NAN;

    mesa_parse_double(text, text + strlen(text), &value);
    return value;
}

/* NULL where there is no such text. */
static const char *
text_or_null(const struct mesa_json_node *node, const char *key)
{
    node = mesa_json_member(node, key);
    return node ? node->text : NULL;
}

static const struct mesa_json_node *
first_in(const struct mesa_json_node *node)
{
    return node ? node->first : NULL;
}

static void
tell_scores(struct mesa_teller *t, const struct mesa_json_node *scores)
{
    static const char *const columns[] = { "part", "metric", "mean", "std",
                                           "n", NULL };

    if (!first_in(scores) && !t->json)
        return;
    mesa_tell_table(t, "scores", columns);
    for (const struct mesa_json_node *part = first_in(scores); part;
         part = part->next)
        for (const struct mesa_json_node *m = part->first; m; m = m->next) {
            double n = number(m, "n");

            mesa_tell_cell_string(t, part->key);
            mesa_tell_cell_string(t, m->key);
            mesa_tell_cell_double(t, number(m, "mean"));
            mesa_tell_cell_double(t, number(m, "std"));
            mesa_tell_cell_uint(t, n > 0 && n < 1e15 ? (uint64_t)n : 0);
        }
    mesa_tell_table_end(t);
}

/* Data of the run, or each of its sources; or tasks: what they were hashed
 * to.  A report of the same data has the same. */
static void
tell_hashes(struct mesa_teller *t, const struct mesa_json_node *summary)
{
    static const char *const columns[] = { "of", "hash", NULL };
    static const char *const several[] = { "sources", "states" };

    mesa_tell_table(t, "hashes", columns);
    for (const struct mesa_json_node *m = first_in(summary); m; m = m->next)
        if (mesa_json_member(m, "hash")) {
            mesa_tell_cell_string(t, m->key);
            mesa_tell_cell_string(t, text_or_null(m, "hash"));
        }
    for (size_t i = 0; i < MESA_COUNT(several); i++)
        for (const struct mesa_json_node *m =
                 first_in(mesa_json_member(summary, several[i]));
             m; m = m->next) {
            mesa_tell_cell_string(t, m->key);
            mesa_tell_cell_string(t, m->text ? m->text
                                             : text_or_null(m, "hash"));
        }
    mesa_tell_table_end(t);
}

static void
tell_plugins(struct mesa_teller *t, const struct mesa_json_node *plugins)
{
    static const char *const columns[] = { "plugin", "version", NULL };

    mesa_tell_table(t, "plugins", columns);
    for (const struct mesa_json_node *p = first_in(plugins); p; p = p->next) {
        mesa_tell_cell_string(t, p->key);
        mesa_tell_cell_string(t, p->text);
    }
    mesa_tell_table_end(t);
}

mesa_status
mesa_inspect_summary(struct mesa_inspection *in, const char *text, size_t n,
                     struct mesa_error *err)
{
    struct mesa_json_node *summary;
    mesa_status st = mesa_json_parse(&summary, text, n, "summary.json", err);

    if (st != MESA_OK)
        return st == MESA_EPARSE ? mesa_error_prefix(err, st, "%s", in->path)
                                 : st;
    mesa_tell_string(&in->tell, "version", text_or_null(summary, "mesa"));
    if (mesa_json_member(summary, "positive"))
        mesa_tell_string(&in->tell, "positive",
                         text_or_null(summary, "positive"));
    tell_scores(&in->tell, mesa_json_member(summary, "scores"));
    if (in->verbose || in->tell.json) {
        tell_hashes(&in->tell, summary);
        tell_plugins(&in->tell, mesa_json_member(summary, "plugins"));
    }
    mesa_json_free(summary);
    return MESA_OK;
}
