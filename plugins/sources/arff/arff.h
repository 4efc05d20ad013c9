/* SPDX-License-Identifier: MIT */
/* arff.h - what the files of the arff source share. */
#ifndef MESA_SOURCES_ARFF_H
#define MESA_SOURCES_ARFF_H

#include "../text/lines.h"
#include "../text/paths.h"

/* A word, number or quoted string: without quotes and blanks around it. */
struct arff_text {
    const char *begin, *end;
    bool        quoted, escaped; /* escaped: holds a backslash */
};

enum arff_fault { ARFF_FINE, ARFF_OPEN_QUOTE, ARFF_AFTER_QUOTE };

/* Cut the text at p, up to a comma, `close` (0: none), a blank (if those
 * separate) or end.  Returns where it ends, or NULL and sets *fault. */
const char *arff_cut(const char *p, const char *end, char close, bool blanks,
                     struct arff_text *text, enum arff_fault *fault);
mesa_status arff_fault_blame(enum arff_fault fault, struct mesa_error *err);

/* A copy with backslashes resolved; NULL: no memory. */
char *arff_copy(const struct arff_text *text);
/* As many bytes of it as a message should quote. */
int arff_shown(const struct arff_text *text);
/* Past the blanks at p. */
const char *arff_skip(const char *p, const char *end);

struct arff {
    struct source_paths paths;
    const char         *label;
    struct mesa_list    classes, ignore;
    int64_t             block_size;
    bool                unlabelled;
};

enum arff_type { ARFF_NUMERIC, ARFF_NOMINAL, ARFF_OTHER };

/* What an attribute is good for: a column, or one of these. */
enum { ARFF_LABEL = -1, ARFF_IGNORED = -2 };

struct arff_attribute {
    enum arff_type   type;
    char            *type_name; /* of ARFF_OTHER */
    uint64_t         line;
    struct csv_words value; /* of ARFF_NOMINAL */
    ptrdiff_t        role;
};

struct arff_file {
    struct lines           lines;
    const struct arff     *arff;
    size_t                 n, capacity;
    struct arff_attribute *attribute;
    struct csv_words       name;
    struct csv_words       inputs, outputs; /* KEEL's */
    size_t                 label, n_columns;
};

/* Open the file and read its header; *f is zeroes but for lines.in.fd = -1.
 * Free even after failure. */
mesa_status arff_head_read(struct arff_file *f, const struct arff *arff,
                           const char *path, struct mesa_error *err);
void arff_file_free(struct arff_file *f);

/* Give every attribute its role: by the parameters, or as in the first
 * file. */
mesa_status arff_roles_assign(struct arff_file *f, struct mesa_error *err);
mesa_status arff_roles_match(struct arff_file *f,
                             const struct arff_file *first,
                             struct mesa_error *err);

/* Count rows; labels (may be NULL) gets those of a numeric label. */
mesa_status arff_scan(struct arff_file *f, struct csv_words *labels,
                      struct mesa_error *err);
/* All rows into x and y; categories are numbered as in the first file. */
mesa_status arff_rows_parse(const struct arff_file *f,
                            const struct arff_file *first,
                            const struct csv_classes *classes, double *x,
                            int32_t *y, struct mesa_error *err);

#endif
