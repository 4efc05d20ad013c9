/* SPDX-License-Identifier: MIT */
/*
 * arff - rows from attribute-relation files, as Weka, OpenML and KEEL have
 * them.
 *
 * Numeric, real and integer attributes become numbers, nominal ones the codes
 * of their categories; ? is missing.  The class is the last nominal attribute
 * (KEEL: the output), its values in the order of the header.  Dates, strings
 * and relations are no numbers: such attributes can only be ignored.  Rows
 * are counted and parsed in independent blocks, so that memory holds the
 * matrix and one block per thread.
 */
#include "arff.h"

#include <string.h>

static const struct mesa_param arff_params[] = {
    SOURCE_PATHS(struct arff, paths),
    MESA_STRING(struct arff, label, "label", NULL,
                "Label attribute: its name, or its number from 0, from the "
                "end if negative; the last nominal one if empty"),
    MESA_LIST(struct arff, classes, "classes", "",
              "Class names in their order; by default that of the header, of "
              "a numeric label that of numbers"),
    MESA_BOOL(struct arff, unlabelled, "unlabelled", false,
              "Whether the label of a row may be missing"),
    MESA_LIST(struct arff, ignore, "ignore", "",
              "Names of attributes to skip"),
    MESA_INT(struct arff, block_size, "block_size", 262144, 1, 1 << 30,
             "Bytes that are parsed as one piece of work; no influence on "
             "results",
             .flags = MESA_PARAM_ADVANCED),
    MESA_PARAM_END
};

/* Read the headers of all files, which follow the first. */
static mesa_status
open_files(const struct arff *arff, struct arff_file *file, size_t *first,
           struct mesa_error *err)
{
    mesa_status st = source_paths_check(&arff->paths, err);

    *first = arff->paths.of[MESA_PART_ALL] ? MESA_PART_ALL : MESA_PART_TRAIN;
    for (size_t p = 0; p < MESA_PART_COUNT_; p++)
        file[p].lines.in.fd = -1;
    for (size_t p = 0; p < MESA_PART_COUNT_ && st == MESA_OK; p++) {
        if (!arff->paths.of[p])
            continue;
        st = arff_head_read(&file[p], arff, arff->paths.of[p], err);
        if (st == MESA_OK)
            st = p == *first ? arff_roles_assign(&file[p], err)
                             : arff_roles_match(&file[p], &file[*first], err);
    }
    return st;
}

static void
close_files(struct arff_file *file)
{
    for (size_t p = 0; p < MESA_PART_COUNT_; p++)
        arff_file_free(&file[p]);
}

static mesa_status
give_columns(const struct arff_file *f, struct mesa_bundle *out,
             struct mesa_error *err)
{
    const char **name = mesa_alloc_array(f->n_columns, sizeof *name);
    mesa_status st;

    if (!name)
        return mesa_nomem(err, f->n_columns, "column names");
    for (size_t k = 0; k < f->n; k++)
        if (f->attribute[k].role >= 0)
            name[f->attribute[k].role] = f->name.text[k];
    st = mesa_bundle_columns(out, f->n_columns, name, err);
    mesa_free(name);
    for (size_t k = 0; k < f->n && st == MESA_OK; k++) {
        const struct arff_attribute *a = &f->attribute[k];

        if (a->role >= 0 && a->type == ARFF_NOMINAL)
            st = mesa_bundle_categories(
                out, (size_t)a->role, a->value.n,
                (const char *const *)a->value.text, err);
    }
    return st;
}

/* Count the rows of all files; the classes are what the parameter says, the
 * values of a nominal label, or what a numeric one holds in the first file. */
static mesa_status
scan_files(const struct arff *arff, struct arff_file *file, size_t first,
           struct csv_classes *classes, struct mesa_error *err)
{
    const struct arff_file *lead = &file[first];
    const struct csv_words *value = &lead->attribute[lead->label].value;
    const struct mesa_list declared = {
        value->n, (const char *const *)value->text, NULL
    };
    bool learn = arff->classes.n == 0 && value->n == 0;
    struct csv_words labels = { 0 };
    mesa_status st = MESA_OK;

    for (size_t p = 0; p < MESA_PART_COUNT_ && st == MESA_OK; p++)
        if (file[p].n)
            st = arff_scan(&file[p], p == first && learn ? &labels : NULL,
                           err);
    if (st == MESA_OK && learn && labels.n == 0 && arff->unlabelled)
        st = mesa_fail(err, MESA_EDATA,
                       "no row of %s has a label: say with classes = ... what "
                       "classes there are",
                       lead->lines.in.shown);
    else if (st == MESA_OK && learn)
        st = csv_classes_learn(classes, &labels, lead->lines.in.shown, err);
    else if (st == MESA_OK)
        st = csv_classes_declare(classes,
                                 arff->classes.n ? &arff->classes : &declared,
                                 err);
    csv_words_free(&labels);
    return st;
}

static mesa_status
arff_open(void *self, struct mesa_bundle *out, struct mesa_rng *rng,
          struct mesa_error *err)
{
    struct arff_file file[MESA_PART_COUNT_] = { 0 };
    struct csv_classes classes = { 0 };
    const struct arff_file *lead;
    size_t first;
    mesa_status st = open_files(self, file, &first, err);

    (void)rng;
    lead = &file[first];
    if (st == MESA_OK)
        st = scan_files(self, file, first, &classes, err);
    if (st == MESA_OK)
        st = give_columns(lead, out, err);
    if (st == MESA_OK)
        st = mesa_bundle_classes(out, classes.name.n,
                                 (const char *const *)classes.name.text,
                                 lead->name.text[lead->label], err);
    for (size_t p = 0; p < MESA_PART_COUNT_ && st == MESA_OK; p++) {
        double *x;
        int32_t *y;

        if (!file[p].n)
            continue;
        st = mesa_bundle_part(out, (enum mesa_part)p, file[p].lines.n_rows,
                              &x, &y, err);
        if (st == MESA_OK)
            st = arff_rows_parse(&file[p], lead, &classes, x, y, err);
    }
    csv_classes_free(&classes);
    close_files(file);
    return st;
}

static mesa_status
arff_describe(void *self, struct mesa_error *err)
{
    const struct arff *arff = self;
    struct arff_file file[MESA_PART_COUNT_] = { 0 };
    size_t first;
    mesa_status st;

    /* What is read from a pipe is gone. */
    for (size_t p = 0; p < MESA_PART_COUNT_; p++)
        if (arff->paths.of[p] && csv_input_is_pipe(arff->paths.of[p]))
            return source_paths_check(&arff->paths, err);
    st = open_files(self, file, &first, err);
    close_files(file);
    return st;
}

static const struct mesa_source_class arff = {
    MESA_SOURCE(struct arff),
    .head.name = "arff",
    .head.title = "Attribute-relation files of Weka, OpenML and KEEL",
    .head.cite = "Witten, Frank and Hall 2011, Data Mining, 3rd edition, "
                 "section 2.4",
    .head.params = arff_params,
    .head.flags = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |
                  MESA_CLASS_DETERMINISTIC | MESA_CLASS_UNLABELLED,
    .open = arff_open,
    .describe = arff_describe,
};

MESA_PLUGIN(.name = "arff", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&arff.head));
