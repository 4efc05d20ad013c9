/* SPDX-License-Identifier: MIT */
/*
 * json_tree.c - a JSON text, read whole: summary.json and timings.json.
 *
 * Numbers stay the text that they were, so that a report shows the digits of
 * the file.  Nesting is limited, so that hostile files cannot exhaust the
 * stack.
 */
#include "json_tree.h"

#include "json.h"

#include <string.h>

enum { DEPTH = 32 };
static const char no_memory[] = "out of memory"; /* as json.c has it */

static struct mesa_json_node *
read_value(struct mesa_json_reader *r, unsigned depth);

void
mesa_json_free(struct mesa_json_node *node)
{
    while (node) {
        struct mesa_json_node *next = node->next;

        mesa_json_free(node->first);
        mesa_free(node->key);
        mesa_free(node->text);
        mesa_free(node);
        node = next;
    }
}

static struct mesa_json_node *
fail(struct mesa_json_reader *r, struct mesa_json_node *node, const char *why)
{
    if (!r->error)
        r->error = why;
    mesa_json_free(node);
    return NULL;
}

/* Members or elements, behind the opening bracket. */
static struct mesa_json_node *
read_inside(struct mesa_json_reader *r, struct mesa_json_node *node, char close,
            unsigned depth)
{
    struct mesa_json_node **end = &node->first;

    if (mesa_json_accept(r, close))
        return node;
    do {
        char *key = NULL;

        if (close == '}' && (!mesa_json_read_string(r, &key) ||
                             !mesa_json_expect(r, ':'))) {
            mesa_free(key);
            return fail(r, node, "expected a member");
        }
        *end = read_value(r, depth + 1);
        if (!*end) {
            mesa_free(key);
            return fail(r, node, "expected a value");
        }
        (*end)->key = key;
        end = &(*end)->next;
    } while (mesa_json_accept(r, ','));
    return mesa_json_expect(r, close) ? node : fail(r, node, "");
}

/* A number, true, false or null: its text. */
static bool
read_word(struct mesa_json_reader *r, char **out)
{
    const char *start = r->at;

    while (r->at < r->end && *r->at &&
           strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", *r->at))
        r->at++;
    if (r->at == start)
        return false;
    *out = mesa_asprintf("%.*s", (int)MESA_MIN(r->at - start, 400), start);
    if (!*out)
        r->error = no_memory;
    return *out != NULL;
}

static struct mesa_json_node *
read_value(struct mesa_json_reader *r, unsigned depth)
{
    struct mesa_json_node *node;

    if (depth > DEPTH)
        return fail(r, NULL, "nested too deeply");
    node = mesa_alloc_array(1, sizeof *node);
    if (!node)
        return fail(r, NULL, no_memory);
    if (mesa_json_accept(r, '{'))
        return read_inside(r, node, '}', depth);
    if (mesa_json_accept(r, '['))
        return read_inside(r, node, ']', depth);
    if (r->at < r->end && *r->at == '"') {
        node->is_string = true;
        if (mesa_json_read_string(r, &node->text))
            return node;
    } else if (read_word(r, &node->text)) {
        return node;
    }
    return fail(r, node, "expected a value");
}

mesa_status
mesa_json_parse(struct mesa_json_node **out, const char *text, size_t n,
                const char *name, struct mesa_error *err)
{
    struct mesa_json_reader r = { .start = text, .at = text, .end = text + n };

    *out = read_value(&r, 0);
    if (*out && mesa_json_read_end(&r))
        return MESA_OK;
    mesa_json_free(*out);
    *out = NULL;
    if (strcmp(r.error, no_memory) == 0)
        return mesa_nomem(err, n, "bytes of JSON");
    return mesa_fail(err, MESA_EPARSE, "%s, byte %zu: %s", name,
                     (size_t)(r.at - text), r.error);
}

const struct mesa_json_node *
mesa_json_member(const struct mesa_json_node *node, const char *key)
{
    node = node ? node->first : NULL;
    while (node && (!node->key || strcmp(node->key, key) != 0))
        node = node->next;
    return node;
}

const char *
mesa_json_member_text(const struct mesa_json_node *node, const char *key)
{
    node = mesa_json_member(node, key);
    return node && node->text ? node->text : "";
}
