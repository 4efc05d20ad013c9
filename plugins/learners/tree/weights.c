/* SPDX-License-Identifier: MIT */
/*
 * weights.c - class_weight: none, balanced, or class:weight pairs.
 *
 * "balanced" is scikit-learn's n_rows / (n_classes x rows of the class), over
 * the classes that occur.  A pair names its class as the schema does, or by
 * number; a class not named weighs 1.
 */
#include <string.h>

#include "tree.h"

/* Whether the list is just this word. */
bool
tree_word_is(const struct mesa_list *list, const char *word)
{
    return list->n == 1 && strcmp(list->item[0], word) == 0;
}

/* A decimal number such as 12, 0.25 or 1e3, whatever the locale: up to 15
 * digits and a power of ten up to 22 are each exact, and so the result is
 * rounded once. */
static bool
read_number(const char *text, double *out)
{
    static const double power[] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
        1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
    };
    uint64_t digits = 0;
    int n = 0, shift = 0, exponent = 0, sign = 1;
    bool point = false;

    for (; (*text >= '0' && *text <= '9') || (*text == '.' && !point);
         text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        if (++n > 15)
            return false;
        digits = digits * 10 + (uint64_t)(*text - '0');
        shift -= point;
    }
    if (n > 0 && (*text == 'e' || *text == 'E')) {
        text++;
        if (*text == '-' || *text == '+')
            sign = *text++ == '-' ? -1 : 1;
        if (*text == '\0')
            return false;
        for (; *text >= '0' && *text <= '9' && exponent < 100; text++)
            exponent = exponent * 10 + (*text - '0');
        shift += sign * exponent;
    }
    if (n == 0 || *text != '\0' || shift < -22 || shift > 22)
        return false;
    *out = shift < 0 ? (double)digits / power[-shift]
                     : (double)digits * power[shift];
    return true;
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

        if (!colon || !read_number(colon + 1, &weight))
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
