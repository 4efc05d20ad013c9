/* SPDX-License-Identifier: MIT */
/*
 * taught.h - losses as checks use them: those that are learnt have learnt
 * weights drawn by chance, and there is something to look at of every term.
 */
#ifndef MESA_CONFORM_TAUGHT_H
#define MESA_CONFORM_TAUGHT_H

#include "machine.h"

enum { TAUGHT_INPUTS = 2, TAUGHT_EXTRA = 1 };

bool learnable(const struct bench *b);

/* Terms of as many targets as outputs. */
struct mesa_loss_shape taught_shape(size_t outputs);

/* Drawn from that stream; other losses need not be taught. */
mesa_status teach(const struct bench *b, struct mesa_instance *loss,
                  size_t outputs, uint64_t stream, struct mesa_error *err);

/* An instance of the bench's. */
struct mesa_instance *taught(struct bench *b, size_t outputs,
                             uint64_t stream);

#endif
