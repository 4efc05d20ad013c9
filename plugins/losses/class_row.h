/* SPDX-License-Identifier: MIT */
/* class_row.h - a number for each class, from a list, as a row of a graph. */
#ifndef MESA_LOSSES_CLASS_ROW_H
#define MESA_LOSSES_CLASS_ROW_H

#include <mesa/mesa.h>

/* value[] as a node of 1 by n. */
static inline mesa_node
class_row(struct mesa_graph *g, const double *value, size_t n)
{
    static const size_t one[2] = { 1, 1 };
    mesa_node row[2] = { 0, 0 };

    for (size_t c = 0; c < n; c++) {
        row[1] = mesa_reshape(g, mesa_scalar(g, value[c]), 2, one);
        row[0] = c ? mesa_concat(g, row, 2, 1) : row[1];
    }
    return row[0];
}

/* The same of a list, which must have a number for each of n classes; what
 * names the loss and its parameter in the message. */
static inline mesa_node
class_row_of_list(struct mesa_graph *g, const struct mesa_list *list, size_t n,
                  const char *what)
{
    if (list->n != n)
        return mesa_graph_fail(g, MESA_EINVAL,
                               "%s has %zu values but there are %zu classes",
                               what, list->n, n);
    return class_row(g, list->value, n);
}

#endif
