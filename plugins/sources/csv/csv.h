/* SPDX-License-Identifier: MIT */
/* csv.h - what the files of the csv source share. */
#ifndef MESA_SOURCES_CSV_H
#define MESA_SOURCES_CSV_H

#include "../text/paths.h"

#include <mesa/mesa.h>
#include <mesa/number.h>

/* A file, or the whole content of a pipe. */
struct csv_input {
    char     shown[200]; /* its path in messages: the end of a long one */
    int      fd;
    uint64_t size;
    char    *memory; /* what came out of a pipe */
};

mesa_status csv_input_open(struct csv_input *in, const char *path,
                           struct mesa_error *err);
/* Bytes offset ... offset + n - 1, which must exist. */
mesa_status csv_input_read(const struct csv_input *in, uint64_t offset,
                           size_t n, char *to, struct mesa_error *err);
/* Can it be read only once? */
bool csv_input_is_pipe(const char *path);
void csv_input_close(struct csv_input *in);
/* path as messages show it. */
void csv_input_show(struct csv_input *in, const char *path);
mesa_status csv_input_fail(const struct csv_input *in, struct mesa_error *err);
/* Put "PATH:LINE: " in front of a message; returns st. */
mesa_status csv_blame(const struct csv_input *in, uint64_t line,
                      mesa_status st, struct mesa_error *err);

enum csv_fault { CSV_FINE, CSV_OPEN_QUOTE, CSV_STRAY_QUOTE, CSV_AFTER_QUOTE };

/* One field: its text without the quotes around it and the blanks outside. */
struct csv_field {
    const char    *begin, *end;
    bool           quoted, escaped; /* escaped: holds "" for "  */
    enum csv_fault fault;
};

/* The end of a plain field: the next delimiter, newline or quote.  A newline
 * must follow somewhere. */
static inline const char *
csv_field_end(const char *p, char delimiter)
{
    while (*p != delimiter && *p != '\n' && *p != '"')
        p++;
    return p;
}

/* Cut the field that starts at p from text that ends before end, where a
 * newline is readable.  Returns its delimiter or newline, or NULL and sets
 * field->fault. */
const char *csv_field_cut(const char *p, const char *end, char delimiter,
                          struct csv_field *field);
/* The fault in words. */
mesa_status csv_field_blame(enum csv_fault fault, struct mesa_error *err);
/* As many bytes of the field as a message should quote. */
#define CSV_SHOWN 40
int csv_field_shown(const struct csv_field *field);
/* The field's text in fresh memory, "" resolved; NULL: no memory. */
char *csv_field_text(const struct csv_field *field);
/* Numbers may have blanks around them inside quotes, too: without those. */
void csv_field_trim(struct csv_field *field);
/* Make the field one without "", whose text is in *copy (NULL: where it was),
 * to be freed. */
mesa_status csv_field_resolve(struct csv_field *field, char **copy,
                              struct mesa_error *err);

/* Words that mean "missing": numbers are compared by value. */
struct csv_missing {
    const struct mesa_list *word;
    size_t                  n_numbers;
    double                 *number;
};

mesa_status csv_missing_init(struct csv_missing *m,
                             const struct mesa_list *words,
                             struct mesa_error *err);
void csv_missing_free(struct csv_missing *m);
bool csv_missing_number(const struct csv_missing *m, double v);
bool csv_missing_text(const struct csv_missing *m, const char *begin,
                      const char *end);

/* Distinct strings, numbered in the order in which they came. */
struct csv_words {
    size_t    n, n_slots;
    char    **text;
    uint32_t *slot; /* open addressing: number of the word + 1, or 0 */
};

#define CSV_NO_WORD SIZE_MAX

/* The number of the word, or CSV_NO_WORD. */
size_t csv_words_find(const struct csv_words *w, const char *begin,
                      size_t length);
/* Add it unless it is there. */
mesa_status csv_words_add(struct csv_words *w, const char *begin,
                          size_t length, struct mesa_error *err);
void csv_words_free(struct csv_words *w);

/* Names in a message: "a, b, c, ..." */
struct csv_list {
    char   text[160];
    size_t n;
};

void csv_list_add(struct csv_list *list, const char *name);
/* ", did you mean 'NAME'?" into out, or nothing if no name is near. */
void csv_suggest(const struct csv_words *names, const char *typed,
                 char out[100]);

/* More different labels than this are numbers to predict, or names. */
#define CSV_MAX_CLASSES 10000

/* Class c is word c of name. */
struct csv_classes {
    struct csv_words name;
    double          *value;     /* NaN: not a number           */
    bool             declared;  /* by the parameter `classes`  */
    char             from[200]; /* else: the file that told    */
};

/* The shortest form of a number that doubles tell apart from its neighbours,
 * and it; false, *value NaN: it is none. */
bool csv_number_name(const char *begin, size_t length,
                     char out[MESA_DOUBLE_TEXT], double *value);

mesa_status csv_classes_declare(struct csv_classes *c,
                                const struct mesa_list *names,
                                struct mesa_error *err);
mesa_status csv_classes_learn(struct csv_classes *c,
                              const struct csv_words *labels,
                              const char *from, struct mesa_error *err);
/* The class of a label, or -1. */
int32_t csv_classes_find(const struct csv_classes *c, const char *begin,
                         size_t length);
void csv_classes_free(struct csv_classes *c);

/* The categories of a column: code c is word c of name.  None: it is a column
 * of numbers. */
struct csv_categories {
    struct csv_words name;
    bool             numbers; /* all are, so other spellings count, too */
};

struct csv {
    struct source_paths paths;
    const char      *label, *delimiter;
    int              header, unknown;
    struct mesa_list target, missing, classes, ignore, categorical;
    int64_t          block_size, max_categories;
    bool             unlabelled;

    char               delimiter_char; /* 0: to be found out */
    struct csv_missing words;
    struct csv_stream *stream; /* NULL: none */
};

enum csv_header { CSV_HEADER_AUTO, CSV_HEADER_YES, CSV_HEADER_NO };
enum csv_unknown { CSV_UNKNOWN_MISSING, CSV_UNKNOWN_ERROR };

/* What a field is good for: a feature column, or one of these; target t is
 * CSV_TARGET - t. */
enum { CSV_LABEL = -1, CSV_IGNORED = -2, CSV_TARGET = -3 };

/* A block of the file, and what lies before it. */
struct csv_span {
    size_t   rows;     /* before the block                             */
    uint64_t line;     /* number of the line before the block's first
                          byte, which may be the newline at its end    */
    bool     in_quote; /* that byte is inside a quoted field           */
};

struct csv_file {
    struct csv_input in;
    const struct csv *csv;
    char              delimiter;
    bool              has_header;
    bool              lone; /* may a row be one field? */
    size_t            n_fields;
    struct csv_words  names; /* of all fields */
    ptrdiff_t        *role;  /* of all fields */
    bool             *listed; /* all fields: in `categorical`? first file */
    size_t            label; /* number of the label's field */
    size_t            n_features, n_targets;
    const struct mesa_schema *schema; /* of a model, or NULL: in training */
    const struct csv_categories *category; /* of each feature; NULL: none  */
    bool             *told; /* all fields: of an unknown category? */
    uint64_t          start, start_line; /* of the first row */
    size_t            n_blocks, n_rows;
    struct csv_span  *span; /* n_blocks + 1 */
};

/* Open the file, read its first rows: delimiter, header, names. */
mesa_status csv_head_read(struct csv_file *f, const struct csv *csv,
                          const char *path, struct mesa_error *err);
/* The same for an input that is open, of which the first rows will do. */
mesa_status csv_head_parse(struct csv_file *f, const struct csv *csv,
                           struct mesa_error *err);
/* Room for what is known of each field. */
mesa_status csv_columns_new(struct csv_file *f, struct mesa_error *err);
/* Give every field its role: by the parameters, or as in the first file. */
mesa_status csv_columns_assign(struct csv_file *f, struct mesa_error *err);
mesa_status csv_columns_match(struct csv_file *f, const struct csv_file *first,
                              struct mesa_error *err);
bool csv_is_ignored(const struct csv *csv, const char *name);
bool csv_is_target(const struct csv *csv, const char *name);
/* Each name to ignore must be a column of at least one of the n files. */
mesa_status csv_columns_check_ignored(const struct csv_file *file, size_t n,
                                      size_t first, struct mesa_error *err);
void csv_file_free(struct csv_file *f);

/* The unquoted newline at or after p, or end.  *in_quote: the state at p, and
 * at what is returned. */
const char *csv_row_end(const char *p, const char *end, bool *in_quote);

/* Count rows and lines, and find out about quotes, block by block. */
mesa_status csv_scan(struct csv_file *f, struct mesa_error *err);

/* The rows that start in a block: text ends with a newline. */
struct csv_block {
    char       *buffer;
    const char *begin, *end;
    uint64_t    line; /* of begin */
};

mesa_status csv_block_load(struct csv_block *b, const struct csv_file *f,
                           size_t i, struct mesa_error *err);
void csv_block_free(struct csv_block *b);
/* Past the empty lines at p, which are no rows. */
const char *csv_skip_empty_lines(const char *p, const char *end);
/* The number of the line that holds at. */
uint64_t csv_block_line(const struct csv_block *b, const char *at);

/* All labels of the file, in order of appearance. */
mesa_status csv_labels_collect(const struct csv_file *f, struct csv_words *out,
                               struct mesa_error *err);

/* Where the rows of a file go: n_rows by n_features, labels if a field is the
 * label, n_rows by n_targets if there are any. */
struct csv_table {
    double  *x;
    int32_t *y;
    double  *target;
};

/* All rows into the table.  Warns of categories that are unknown, of each
 * column once. */
mesa_status csv_rows_parse(const struct csv_file *f,
                           const struct csv_classes *classes,
                           const struct csv_table *to, struct mesa_error *err);

/* What the parameter `categorical` says. */
bool csv_categorical_auto(const struct csv *csv);
bool csv_has_categorical(const struct csv *csv);
/* Item i if it is a name, or NULL. */
const char *csv_categorical_name(const struct csv *csv, size_t i);
/* The categories of each feature of a file that was scanned, by the parameter
 * `categorical`; NULL if there are none.  Free n_features of them. */
mesa_status csv_categories_learn(const struct csv_file *f,
                                 struct csv_categories **out,
                                 struct mesa_error *err);
/* Those that a model knows. */
mesa_status csv_categories_take(const struct mesa_schema *schema,
                                struct csv_categories **out,
                                struct mesa_error *err);
void csv_categories_free(struct csv_categories *c, size_t n);
/* The code of a field that is resolved, or CSV_NO_WORD. */
size_t csv_categories_find(const struct csv_categories *c,
                           const struct csv_field *field);

/* Rows to predict: stream.c. */
mesa_status csv_stream_open(void *self, const char *path,
                            const struct mesa_schema *schema, bool labels,
                            struct mesa_error *err);
mesa_status csv_stream_next(void *self, struct mesa_dataset *out,
                            struct mesa_error *err);
void csv_stream_free(struct csv_stream *s);

#endif
