/* SPDX-License-Identifier: MIT */
/* inspect_tell.h - facts, said once: lines for people, or JSON. */
#ifndef MESA_CORE_INSPECT_TELL_H
#define MESA_CORE_INSPECT_TELL_H

#include "json.h"

struct mesa_tell_cell;

/* Not to be moved once it is begun. */
struct mesa_teller {
    bool                    json;
    struct mesa_text        text;
    struct mesa_json_writer writer;
    unsigned                depth; /* of groups, for people */
    bool                    literal; /* keys keep their underlines */
    /* The table in hand, for people: cells row by row. */
    const char *const      *column;
    size_t                  n_columns, n_cells;
    struct mesa_tell_cell  *cell;
};

void mesa_teller_begin(struct mesa_teller *t, bool json);
/* All that was said, in fresh memory; NULL if memory ran out.  Call it once,
 * after a failure too. */
char *mesa_teller_end(struct mesa_teller *t);

/* For people a key is a label, with blanks for its underlines, and a NULL is
 * not told at all.  unit (NULL: none) is for them only. */
void mesa_tell_string(struct mesa_teller *t, const char *key,
                      const char *value);
void mesa_tell_uint(struct mesa_teller *t, const char *key, uint64_t value,
                    const char *unit);
void mesa_tell_bool(struct mesa_teller *t, const char *key, bool value);
void mesa_tell_hash(struct mesa_teller *t, const char *key, uint64_t value);
/* One word in JSON, more of them for people. */
void mesa_tell_word(struct mesa_teller *t, const char *key, const char *word,
                    const char *words);
/* An array; people see the first few of many. */
void mesa_tell_names(struct mesa_teller *t, const char *key, size_t n,
                     const char *const *name);

/* An array of longer texts; for people a line for each, if there are any. */
void mesa_tell_lines(struct mesa_teller *t, const char *key, size_t n,
                     const char *const *text);

/* An object; for people a heading, with what is in it indented. */
void mesa_tell_open(struct mesa_teller *t, const char *key);
void mesa_tell_close(struct mesa_teller *t);

/* An array of objects with the same members, one for each column (a list that
 * NULL ends, and that stays); then the cells, row by row. */
void mesa_tell_table(struct mesa_teller *t, const char *key,
                     const char *const *column);
void mesa_tell_cell_string(struct mesa_teller *t, const char *value);
void mesa_tell_cell_uint(struct mesa_teller *t, uint64_t value);
void mesa_tell_cell_double(struct mesa_teller *t, double value);
void mesa_tell_table_end(struct mesa_teller *t);

#endif
