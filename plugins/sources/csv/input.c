/* SPDX-License-Identifier: MIT */
/*
 * input.c - bytes of a file by position.  Regular files are read in place
 * with pread, from any thread, so that only the pieces at work are in memory;
 * pipes are read to their end first.
 */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include "csv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_READ ((size_t)1 << 16)

mesa_status
csv_blame(const struct csv_input *in, uint64_t line, mesa_status st,
          struct mesa_error *err)
{
    return mesa_error_prefix(err, st, "%s:%llu", in->shown,
                             (unsigned long long)line);
}

/* A path that would push the rest out of a message loses its beginning. */
void
csv_input_show(struct csv_input *in, const char *path)
{
    size_t n = strlen(path), room = sizeof in->shown - 1;

    if (n <= room)
        memcpy(in->shown, path, n + 1);
    else
        snprintf(in->shown, sizeof in->shown, "...%s", path + n - (room - 3));
}

mesa_status
csv_input_fail(const struct csv_input *in, struct mesa_error *err)
{
    return mesa_fail(err, MESA_EIO, "cannot read %s: %s", in->shown,
                     strerror(errno));
}

/* read, again when a signal came in between. */
static ssize_t
read_on(int fd, char *to, size_t n)
{
    ssize_t got;

    do
        got = read(fd, to, n);
    while (got < 0 && errno == EINTR);
    return got;
}

/* Everything up to the end, into memory that doubles: nobody knows how much
 * is to come. */
static mesa_status
read_pipe(struct csv_input *in, struct mesa_error *err)
{
    size_t capacity = FIRST_READ, n = 0;
    ssize_t got = 1;

    in->memory = mesa_alloc_raw(capacity, 1);
    while (in->memory && got > 0) {
        got = read_on(in->fd, in->memory + n, capacity - n);
        if (got < 0)
            return csv_input_fail(in, err);
        n += (size_t)got;
        if (n == capacity) {
            char *more = capacity > SIZE_MAX / 2
                             ? NULL
                             : mesa_realloc_array(in->memory, capacity * 2, 1);

            if (!more)
                return mesa_nomem(err, capacity, "bytes of input");
            in->memory = more;
            capacity *= 2;
        }
    }
    in->size = n;
    return in->memory ? MESA_OK : mesa_nomem(err, capacity, "bytes of input");
}

mesa_status
csv_input_open(struct csv_input *in, const char *path, struct mesa_error *err)
{
    struct stat about;

    csv_input_show(in, path);
    /* What a fork starts later has no business with the data. */
    in->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0)
        return mesa_fail(err, errno == ENOENT ? MESA_ENOTFOUND : MESA_EIO,
                         "cannot open %s: %s", in->shown, strerror(errno));
    if (fstat(in->fd, &about) != 0)
        return csv_input_fail(in, err);
    if (S_ISDIR(about.st_mode))
        return mesa_fail(err, MESA_EIO, "%s is a folder, expected a file",
                         in->shown);
    if (!S_ISREG(about.st_mode))
        return read_pipe(in, err);
    in->size = (uint64_t)about.st_size;
    return MESA_OK;
}

mesa_status
csv_input_read(const struct csv_input *in, uint64_t offset, size_t n, char *to,
               struct mesa_error *err)
{
    if (in->memory) {
        memcpy(to, in->memory + offset, n);
        return MESA_OK;
    }
    while (n > 0) {
        ssize_t got = pread(in->fd, to, n, (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return csv_input_fail(in, err);
        /* Only ranges within the size found at first are asked for. */
        if (got == 0)
            return mesa_fail(err, MESA_EIO, "%s changed while it was read",
                             in->shown);
        to += got;
        n -= (size_t)got;
        offset += (uint64_t)got;
    }
    return MESA_OK;
}

bool
csv_input_is_pipe(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && !S_ISREG(about.st_mode) &&
           !S_ISDIR(about.st_mode);
}

void
csv_input_close(struct csv_input *in)
{
    if (in->fd >= 0)
        close(in->fd);
    in->fd = -1;
    mesa_free(in->memory);
    in->memory = NULL;
}
