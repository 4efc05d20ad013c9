/* SPDX-License-Identifier: MIT */
/* common.h - what many samplers need: a minimum, and names for messages. */
#ifndef COMMON_H
#define COMMON_H

#include <stdio.h>

#include <mesa/data.h>

static inline size_t
smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* What a message calls a class: its name, or its number in the buffer. */
static inline const char *
class_name(const struct mesa_dataset *data, uint32_t class_, char buffer[16])
{
    if (data->schema && data->schema->class_name)
        return data->schema->class_name[class_];
    snprintf(buffer, 16, "%u", (unsigned)class_);
    return buffer;
}

#endif
