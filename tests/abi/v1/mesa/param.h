/* SPDX-License-Identifier: MIT */
/* mesa/param.h - parameters that a plugin declares and the core fills in. */
#ifndef MESA_PARAM_H
#define MESA_PARAM_H

#include <mesa/base.h>

enum mesa_type {         /* C type of the field        */
    MESA_TYPE_END = 0,
    MESA_TYPE_BOOL,      /*   bool                     */
    MESA_TYPE_INT,       /*   int64_t                  */
    MESA_TYPE_REAL,      /*   double                   */
    MESA_TYPE_STRING,    /*   const char *, or NULL    */
    MESA_TYPE_CHOICE,    /*   int, one of .choices     */
    MESA_TYPE_COMPONENT, /*   struct mesa_component *  */
    MESA_TYPE_LIST,      /*   struct mesa_list         */
    MESA_TYPE_COMPONENTS /*   struct mesa_components, in component.h */
};

enum mesa_param_flag {
    MESA_PARAM_REQUIRED   = 1 << 0, /* no default; the INI must set it     */
    MESA_PARAM_OPEN_MIN   = 1 << 1, /* min itself is not allowed           */
    MESA_PARAM_OPEN_MAX   = 1 << 2, /* max itself is not allowed           */
    MESA_PARAM_LOG        = 1 << 3, /* a search should step in log space   */
    MESA_PARAM_ADVANCED   = 1 << 4, /* hidden from --describe without -v   */
    MESA_PARAM_DEPRECATED = 1 << 5, /* accepted, with a warning            */
    MESA_PARAM_PATH       = 1 << 6, /* a file; relative to the INI's folder */
    MESA_PARAM_SECTION    = 1 << 7  /* COMPONENT: the run's section of that
                                       kind goes before the default         */
};

union mesa_value {
    int64_t     i;
    double      r;
    const char *s;
};

/* A word and what it stands for.  In an INT or REAL row: words that may
 * stand in place of a number ("none", "sqrt"), exempt from the range. */
struct mesa_choice {
    const char *name; /* NULL ends the table */
    int         value;
    const char *help;
};

/* Comma-separated values: items as written; numbers too if min < max. */
struct mesa_list {
    size_t             n;
    const char *const *item;
    const double      *value; /* NULL if the row has no range */
};

struct mesa_param {
    const char               *name;   /* INI key, lower_snake_case        */
    const char               *help;   /* one sentence, no final full stop */
    uint16_t                  type;   /* enum mesa_type                   */
    uint16_t                  flags;  /* enum mesa_param_flag, or-ed      */
    uint32_t                  offset; /* of the field in the self struct  */
    union mesa_value          dflt, min, max; /* .s: LIST, COMPONENT(S)   */
    const struct mesa_choice *choices;
    uint32_t                  kind;   /* enum mesa_kind of COMPONENT(S)   */
};

#ifndef __cplusplus
/* Offset of T.m; a field of any other C type than ctype does not compile. */
#define MESA_FIELD_(T, m, ctype) \
    _Generic(((T *)0)->m, ctype: (uint32_t)offsetof(T, m))
#define MESA_ROW_(T, m, ctype, t, key) \
    .name = key, .type = t, .offset = MESA_FIELD_(T, m, ctype)

/* Last the help text and, if wanted, more designators:
 *   MESA_INT(struct knn, k, "n_neighbors", 5, 1, 1000, "...", .flags = ...) */
#define MESA_BOOL(T, m, key, d, ...)                                        \
    { MESA_ROW_(T, m, bool, MESA_TYPE_BOOL, key),                           \
      .dflt.i = (d), .max.i = 1, .help = __VA_ARGS__ }
#define MESA_INT(T, m, key, d, lo, hi, ...)                                 \
    { MESA_ROW_(T, m, int64_t, MESA_TYPE_INT, key),                         \
      .dflt.i = (d), .min.i = (lo), .max.i = (hi), .help = __VA_ARGS__ }
#define MESA_REAL(T, m, key, d, lo, hi, ...)                                \
    { MESA_ROW_(T, m, double, MESA_TYPE_REAL, key),                         \
      .dflt.r = (d), .min.r = (lo), .max.r = (hi), .help = __VA_ARGS__ }
#define MESA_STRING(T, m, key, d, ...)                                      \
    { MESA_ROW_(T, m, const char *, MESA_TYPE_STRING, key),                 \
      .dflt.s = (d), .help = __VA_ARGS__ }
#define MESA_CHOICE(T, m, key, d, table, ...)                               \
    { MESA_ROW_(T, m, int, MESA_TYPE_CHOICE, key),                          \
      .dflt.i = (d), .choices = (table), .help = __VA_ARGS__ }
/* d: the default plugin's name, or NULL for "none given" */
#define MESA_COMPONENT(T, m, key, k, d, ...)                                \
    { MESA_ROW_(T, m, struct mesa_component *, MESA_TYPE_COMPONENT, key),   \
      .dflt.s = (d), .kind = (k), .help = __VA_ARGS__ }
#define MESA_LIST(T, m, key, d, ...)                                        \
    { MESA_ROW_(T, m, struct mesa_list, MESA_TYPE_LIST, key),               \
      .dflt.s = (d), .help = __VA_ARGS__ }
#define MESA_PARAM_END { .type = MESA_TYPE_END }
#endif

#endif
