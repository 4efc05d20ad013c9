/* SPDX-License-Identifier: MIT */
/* json_tree.h - a JSON text, read whole. */
#ifndef MESA_CORE_JSON_TREE_H
#define MESA_CORE_JSON_TREE_H

#include "internal.h"

/* A value: an object or an array has those in it, in order, any other its
 * text (a string decoded, a number as it was written). */
struct mesa_json_node {
    char                  *key;  /* of a member, or NULL */
    char                  *text; /* NULL: an object or array */
    bool                   is_string;
    struct mesa_json_node *first, *next;
};

/* Read the n bytes at text, called name in messages; NULL on failure. */
MESA_INTERNAL mesa_status mesa_json_parse(struct mesa_json_node **out,
                                          const char *text, size_t n,
                                          const char *name,
                                          struct mesa_error *err);
MESA_INTERNAL void mesa_json_free(struct mesa_json_node *node);

/* The member of an object, or NULL; node may be NULL. */
MESA_INTERNAL const struct mesa_json_node *
mesa_json_member(const struct mesa_json_node *node, const char *key);

/* The text of that member, "" if there is none. */
MESA_INTERNAL const char *
mesa_json_member_text(const struct mesa_json_node *node, const char *key);

#endif
