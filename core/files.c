/* SPDX-License-Identifier: MIT */
/*
 * files.c - files that are there whole or not at all, and paths.
 *
 * Write to a temporary name, flush to the disk, rename, flush the folder:
 * after a crash the name holds the old bytes or the new ones (as POSIX says of
 * rename and fsync).
 */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER ((size_t)1 << 16)

struct mesa_file {
    char  *path;
    char  *temporary; /* NULL: path is a device or pipe, written directly */
    int    fd;
    int    failure; /* errno of the first failed write, or 0 */
    bool   hasty;   /* need not be on the disk when it has its name */
    size_t n;       /* bytes in buffer */
    char   buffer[BUFFER];
};

static void
free_file(struct mesa_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    mesa_free(f->path);
    mesa_free(f->temporary);
    mesa_free(f);
}

static mesa_status
cannot(struct mesa_error *err, const char *what, const char *path, int why)
{
    return mesa_fail(err, MESA_EIO, "cannot %s %s: %s", what, path,
                     strerror(why));
}

/* The length of the folder part of a path, its slash included. */
static size_t
folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash + 1 - path) : 0;
}

/*
 * What stands under the path already decides how to write.  A name that
 * leads elsewhere stays a link: its target is replaced.  To rename over a
 * device or a pipe would destroy it: it is written to as it is.
 */
static mesa_status
look_at_target(struct mesa_file *f, bool *direct, struct mesa_error *err)
{
    struct stat s;
    char *real;

    if (stat(f->path, &s) != 0)
        return MESA_OK;
    if (S_ISDIR(s.st_mode))
        return cannot(err, "write", f->path, EISDIR);
    *direct = !S_ISREG(s.st_mode);
    if (*direct || lstat(f->path, &s) != 0 || !S_ISLNK(s.st_mode))
        return MESA_OK;
    real = realpath(f->path, NULL);
    if (!real)
        return cannot(err, "write", f->path, errno);
    mesa_free(f->path);
    f->path = mesa_strdup(real);
    free(real); /* style: the C library allocated it */
    return f->path ? MESA_OK : mesa_nomem(err, 1, "path");
}

/* A file that nobody else has, in the folder of path.  The name is cut so
 * that it stays within what file systems allow. */
static mesa_status
open_temporary(struct mesa_file *f, struct mesa_error *err)
{
    size_t n = folder_length(f->path);

    for (unsigned i = 0; f->fd < 0; i++) {
        mesa_free(f->temporary);
        f->temporary = mesa_asprintf("%.*s.%.100s.%ld.%u.tmp", (int)n, f->path,
                                     f->path + n, (long)getpid(), i);
        if (!f->temporary)
            return mesa_nomem(err, 1, "path");
        f->fd = open(f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                     0666);
        if (f->fd < 0 && errno != EEXIST)
            return cannot(err, "write", f->path, errno);
    }
    return MESA_OK;
}

mesa_status
mesa_file_open(struct mesa_file **out, const char *folder, const char *name,
               struct mesa_error *err)
{
    struct mesa_file *f = mesa_alloc_array(1, sizeof *f);
    bool direct = false;
    mesa_status st;

    *out = NULL;
    if (!f)
        return mesa_nomem(err, 1, "file buffer");
    f->fd = -1;
    f->path = mesa_asprintf("%s/%s", folder, name);
    if (!f->path)
        st = mesa_nomem(err, 1, "path");
    else
        st = look_at_target(f, &direct, err);
    if (st == MESA_OK && !direct)
        st = open_temporary(f, err);
    if (st == MESA_OK && direct) {
        f->fd = open(f->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        if (f->fd < 0)
            st = cannot(err, "write", f->path, errno);
    }
    if (st != MESA_OK)
        free_file(f);
    else
        *out = f;
    return st;
}

mesa_status
mesa_file_open_path(struct mesa_file **out, const char *path,
                    struct mesa_error *err)
{
    const char *slash = strrchr(path, '/');
    int length = (int)(slash > path ? slash - path : 1);
    char *folder = slash ? mesa_asprintf("%.*s", length, path)
                         : mesa_strdup(".");
    mesa_status st;

    *out = NULL;
    if (!folder)
        return mesa_nomem(err, 1, "path");
    st = mesa_file_open(out, folder, slash ? slash + 1 : path, err);
    mesa_free(folder);
    return st;
}

/* Write n bytes out, however many calls that takes: a signal, a full pipe or
 * a nearly full disk makes one call write less than asked. */
static void
write_out(struct mesa_file *f, const char *data, size_t n)
{
    while (n > 0 && !f->failure) {
        ssize_t done = write(f->fd, data, n);

        if (done < 0 && errno != EINTR)
            f->failure = errno;
        if (done > 0) {
            data += done;
            n -= (size_t)done;
        }
    }
}

void
mesa_file_write(struct mesa_file *f, const void *data, size_t n)
{
    if (f->n + n > BUFFER) {
        write_out(f, f->buffer, f->n);
        f->n = 0;
    }
    if (n > BUFFER) {
        write_out(f, data, n);
        return;
    }
    memcpy(f->buffer + f->n, data, n);
    f->n += n;
}

void
mesa_file_abort(struct mesa_file *f)
{
    if (f->temporary)
        unlink(f->temporary);
    free_file(f);
}

/* Folders cannot be opened or synced everywhere; the rename is still
 * atomic then, only not yet durable. */
static void
sync_folder(char *path)
{
    int fd;

    path[folder_length(path)] = '\0';
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

mesa_status
mesa_file_commit(struct mesa_file *f, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    write_out(f, f->buffer, f->n);
    /* The data must be on the disk before the name points to them, or a crash
     * leaves an empty file where the old one was.  Pipes, and some network
     * file systems, cannot be synced. */
    if (!f->failure && !f->hasty && fsync(f->fd) != 0 && errno != EINVAL &&
        errno != ENOTSUP)
        f->failure = errno;
    if (!f->failure && f->temporary && rename(f->temporary, f->path) != 0)
        f->failure = errno;
    if (f->failure) {
        st = cannot(err, "write", f->path, f->failure);
        if (f->temporary)
            unlink(f->temporary);
    } else if (f->temporary && !f->hasty) {
        sync_folder(f->path);
    }
    free_file(f);
    return st;
}

void
mesa_file_hurry(struct mesa_file *f)
{
    f->hasty = true;
}

mesa_status
mesa_file_put(const char *folder, const char *name, const char *text,
              struct mesa_error *err)
{
    struct mesa_file *f;
    mesa_status st = mesa_file_open(&f, folder, name, err);

    if (st != MESA_OK)
        return st;
    mesa_file_write(f, text, strlen(text));
    return mesa_file_commit(f, err);
}

/* Bytes to expect, from a file that may be read whole. */
static mesa_status
check_size(int fd, const char *path, size_t limit, size_t *n,
           struct mesa_error *err)
{
    struct stat s;

    if (fstat(fd, &s) != 0)
        return cannot(err, "read", path, errno);
    if (S_ISDIR(s.st_mode))
        return cannot(err, "read", path, EISDIR);
    *n = S_ISREG(s.st_mode) ? (size_t)s.st_size : 0;
    if (*n > limit)
        return mesa_fail(err, MESA_EPARSE,
                         "%s has %zu bytes, more than the %zu allowed", path,
                         *n, limit);
    return MESA_OK;
}

/*
 * Read to the end into memory that grows.  The size of a pipe or of a file
 * that somebody is writing is known only then; for the usual file the first
 * block is right.
 */
static mesa_status
read_all(int fd, const char *path, size_t limit, char **data, size_t *n,
         struct mesa_error *err)
{
    size_t capacity = *n + 1, at = 0;
    ssize_t got = 1;

    while (got != 0) {
        if (!*data || at == capacity) {
            size_t wanted = *data ? MESA_MAX(capacity * 2, BUFFER) : capacity;
            char *moved = mesa_realloc_array(*data, wanted, 1);

            if (!moved)
                return mesa_nomem(err, wanted, "bytes");
            *data = moved;
            capacity = wanted;
        }
        got = read(fd, *data + at, capacity - at);
        if (got < 0 && errno != EINTR)
            return cannot(err, "read", path, errno);
        at += got > 0 ? (size_t)got : 0;
        if (at > limit)
            return mesa_fail(err, MESA_EPARSE,
                             "%s has more than the %zu bytes allowed", path,
                             limit);
    }
    (*data)[at] = '\0';
    *n = at;
    return MESA_OK;
}

static mesa_status
open_to_read(int *fd, const char *path, int flags, struct mesa_error *err)
{
    *fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    if (*fd >= 0)
        return MESA_OK;
    return mesa_fail(err, errno == ENOENT ? MESA_ENOTFOUND : MESA_EIO,
                     "cannot read %s: %s", path, strerror(errno));
}

/* To its end; fd is closed. */
static mesa_status
get_from(int fd, const char *path, size_t limit, char **data, size_t *n,
         struct mesa_error *err)
{
    mesa_status st = check_size(fd, path, limit, n, err);

    if (st == MESA_OK)
        st = read_all(fd, path, limit, data, n, err);
    close(fd);
    if (st != MESA_OK) {
        mesa_free(*data);
        *data = NULL;
    }
    return st;
}

mesa_status
mesa_file_get(const char *path, size_t limit, char **data, size_t *n,
              struct mesa_error *err)
{
    int fd;
    mesa_status st = open_to_read(&fd, path, 0, err);

    *data = NULL;
    return st == MESA_OK ? get_from(fd, path, limit, data, n, err) : st;
}

/* To open a pipe would wait for its writer, were it not for O_NONBLOCK. */
mesa_status
mesa_file_open_regular(int *fd, const char *path, struct mesa_error *err)
{
    struct stat s;
    mesa_status st = open_to_read(fd, path, O_NONBLOCK | O_NOCTTY, err);

    if (st != MESA_OK)
        return st;
    if (fstat(*fd, &s) != 0)
        st = cannot(err, "read", path, errno);
    else if (S_ISDIR(s.st_mode))
        st = cannot(err, "read", path, EISDIR);
    else if (!S_ISREG(s.st_mode))
        st = mesa_fail(err, MESA_EIO, "cannot read %s: Not a regular file",
                       path);
    if (st != MESA_OK) {
        close(*fd);
        *fd = -1;
    }
    return st;
}

mesa_status
mesa_file_get_regular(const char *path, size_t limit, char **data, size_t *n,
                      struct mesa_error *err)
{
    int fd;
    mesa_status st = mesa_file_open_regular(&fd, path, err);

    *data = NULL;
    return st == MESA_OK ? get_from(fd, path, limit, data, n, err) : st;
}

static mesa_status
make_folder(const char *path, struct mesa_error *err)
{
    struct stat s;

    if (mkdir(path, 0777) == 0 || errno == EEXIST) {
        if (stat(path, &s) == 0 && S_ISDIR(s.st_mode))
            return MESA_OK;
        errno = ENOTDIR;
    }
    return cannot(err, "create", path, errno);
}

/* Each level is tried rather than looked at first: another process may be
 * making the same folders. */
mesa_status
mesa_make_folders(const char *path, struct mesa_error *err)
{
    char *copy = mesa_strdup(path);
    mesa_status st = MESA_OK;

    if (!copy)
        return mesa_nomem(err, 1, "path");
    for (char *p = copy + 1; *copy && *p && st == MESA_OK; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        st = make_folder(copy, err);
        *p = '/';
    }
    if (st == MESA_OK)
        st = make_folder(copy, err);
    mesa_free(copy);
    return st;
}

/* Remove "", "." and ".." parts of an absolute path, in place.  By the text
 * alone, as a shell's cd does: what does not exist yet has a path, too. */
static void
simplify(char *path)
{
    char *to = path, *part = path + 1;

    while (part) {
        char *slash = strchr(part, '/');
        size_t n = slash ? (size_t)(slash - part) : strlen(part);

        if (n == 2 && memcmp(part, "..", 2) == 0) {
            while (to > path && *--to != '/')
                ;
        } else if (n > 0 && !(n == 1 && *part == '.')) {
            *to++ = '/';
            memmove(to, part, n);
            to += n;
        }
        part = slash ? slash + 1 : NULL;
    }
    if (to == path)
        *to++ = '/';
    *to = '\0';
}

char *
mesa_path_absolute(const char *folder, const char *path)
{
    char *here = NULL, *full;

    if (*path == '/') {
        full = mesa_strdup(path);
    } else if (*folder == '/') {
        full = mesa_asprintf("%s/%s", folder, path);
    } else {
        here = mesa_alloc_array(1, 4096);
        full = here && getcwd(here, 4096)
                   ? mesa_asprintf("%s/%s/%s", here, folder, path)
                   : NULL;
    }
    mesa_free(here);
    if (full)
        simplify(full);
    return full;
}
