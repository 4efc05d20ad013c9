/* SPDX-License-Identifier: MIT */
/* class_row.h - a number for each class, from a list, as a row of a graph. */
#ifndef MESA_LOSSES_CLASS_ROW_H
#define MESA_LOSSES_CLASS_ROW_H

#include <mesa/mesa.h>

enum { CLASS_ROW_MOST = 1024 };

/* value[] as a node of 1 by n. */
static inline mesa_node
class_row(struct mesa_graph *g, const double *value, size_t n)
{
    static const size_t one[2] = { 1, 1 };
    mesa_node cell[CLASS_ROW_MOST];

    for (size_t c = 0; c < n; c++)
        cell[c] = mesa_reshape(g, mesa_scalar(g, value[c]), 2, one);
    return mesa_concat(g, cell, n, 1);
}

/* The same of a list, which must have a number for each of n classes; what
 * names the parameter in the message. */
static inline mesa_node
class_row_of_list(struct mesa_graph *g, const struct mesa_list *list, size_t n,
                  const char *what)
{
    if (list->n != n)
        return mesa_graph_fail(g, MESA_EINVAL,
                               "%s has %zu values but there are %zu classes",
                               what, list->n, n);
    if (n > CLASS_ROW_MOST)
        return mesa_graph_fail(g, MESA_EINVAL,
                               "%s can be given for %d classes, but there "
                               "are %zu",
                               what, CLASS_ROW_MOST, n);
    return class_row(g, list->value, n);
}

#endif
