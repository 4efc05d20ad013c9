/* SPDX-License-Identifier: MIT */
/* machine.h - small programs of graphs, for checks of what builds them. */
#ifndef MESA_CONFORM_MACHINE_H
#define MESA_CONFORM_MACHINE_H

#include "bench.h"

enum { MACHINE_INPUTS = 12 };

/*
 * A graph in doubles, its inputs with memory of their own, and a program for
 * one of its nodes.  All of it is the bench's.
 */
struct machine {
    struct mesa_graph   *graph;
    struct mesa_program *program;
    size_t               n;
    mesa_node            node[MACHINE_INPUTS];
    double              *value[MACHINE_INPUTS];
    double              *out;
};

struct machine *machine_new(struct bench *b);

/* A shared input; its values are zeros until they are set. */
mesa_node machine_input(struct bench *b, struct machine *m, uint32_t rank,
                        const size_t *shape);

/* Plan for that node, of n elements; then run, which sets out[n]. */
void machine_plan(struct bench *b, struct machine *m, mesa_node output,
                  size_t n);
void machine_run(struct bench *b, struct machine *m);

/* The sum of x with weights of its shape, as a node of rank 0. */
mesa_node machine_dot(struct machine *m, mesa_node x, mesa_node weight);

/*
 * The derivative of y by input i, in m, agrees along one random direction
 * with central differences of `of`, the same number in another machine with
 * the same inputs.  Both machines are used up.
 */
void machine_check_slope(struct bench *b, struct machine *of, mesa_node value,
                         struct machine *m, mesa_node y, size_t i,
                         const char *name);

/* Elements of input i. */
size_t machine_count(const struct machine *m, size_t i);

/* What parameters says of n tensors: names, shapes. */
void check_weights(struct bench *b, const struct mesa_weight *list, size_t n);

/* n standard normal numbers, times scale, from a stream of that number. */
void fill_normal(const struct bench *b, double *x, size_t n, double scale,
                 uint64_t stream);

#endif
