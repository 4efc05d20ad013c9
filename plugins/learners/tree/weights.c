/* SPDX-License-Identifier: MIT */
/*
 * weights.c - class_weight: none, balanced, or class:weight pairs.
 *
 * "balanced" is scikit-learn's n_rows / (n_classes x rows of the class), over
 * the classes that occur.  A pair names its class as the schema does, or by
 * number; a class not named weighs 1.
 */
#include <float.h>
#include <string.h>

#include "tree.h"

/* Whether the list is just this word. */
bool
tree_word_is(const struct mesa_list *list, const char *word)
{
    return list->n == 1 && strcmp(list->item[0], word) == 0;
}

/* The class that the first n characters of text name; n_classes if none. */
static size_t
find_class(const struct mesa_dataset *data, const char *text, size_t n)
{
    const struct mesa_schema *schema = data->schema;
    size_t c = 0;

    if (schema && schema->class_name)
        for (size_t i = 0; i < data->n_classes && i < schema->n_classes; i++)
            if (strlen(schema->class_name[i]) == n
                && memcmp(schema->class_name[i], text, n) == 0)
                return i;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9' || c > data->n_classes)
            return data->n_classes;
        c = c * 10 + (size_t)(text[i] - '0');
    }
    return n > 0 && c < data->n_classes ? c : data->n_classes;
}

static mesa_status
balance(const struct mesa_dataset *data, double *out, struct mesa_error *err)
{
    size_t *count = mesa_alloc_array(data->n_classes, sizeof *count);
    size_t present = 0;

    if (!count)
        return mesa_nomem(err, data->n_classes, "classes");
    mesa_class_counts(data, count);
    for (size_t c = 0; c < data->n_classes; c++)
        present += count[c] > 0;
    for (size_t c = 0; c < data->n_classes; c++)
        if (count[c] > 0)
            out[c] = (double)data->x.rows
                     / ((double)present * (double)count[c]);
    mesa_free(count);
    return MESA_OK;
}

/* The factor of each class into out[n_classes]. */
mesa_status
tree_class_weights(const struct mesa_list *list,
                   const struct mesa_dataset *data, double *out,
                   struct mesa_error *err)
{
    for (size_t c = 0; c < data->n_classes; c++)
        out[c] = 1;
    if (list->n == 0 || tree_word_is(list, "none"))
        return MESA_OK;
    if (tree_word_is(list, "balanced"))
        return balance(data, out, err);
    for (size_t i = 0; i < list->n; i++) {
        const char *text = list->item[i], *colon = strrchr(text, ':');
        double weight = 0;
        size_t c;

        if (!colon
            || !mesa_parse_double(colon + 1, text + strlen(text), &weight)
            || !(weight >= 0 && weight <= DBL_MAX))
            return mesa_fail(err, MESA_EINVAL, "class_weight: \"%s\" is not "
                             "none, balanced or class:weight", text);
        c = find_class(data, text, (size_t)(colon - text));
        if (c == data->n_classes)
            return mesa_fail(err, MESA_EINVAL, "class_weight: \"%s\" names "
                             "none of %zu classes", text,
                             (size_t)data->n_classes);
        out[c] = weight;
    }
    return MESA_OK;
}
