/* SPDX-License-Identifier: MIT */
/*
 * files.c - files that are there whole or not at all, and paths.
 *
 * Write to a temporary name, flush to the disk, rename, flush the folder:
 * after a crash the name holds the old bytes or the new ones.
 */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER ((size_t)1 << 16)

struct mesa_file {
    char  *path, *temporary, *folder;
    int    fd;
    int    failure; /* errno of the first failed write, or 0 */
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
    mesa_free(f->folder);
    mesa_free(f);
}

mesa_status
mesa_file_open(struct mesa_file **out, const char *folder, const char *name,
               struct mesa_error *err)
{
    struct mesa_file *f = mesa_alloc_array(1, sizeof *f);
    mesa_status st = MESA_OK;

    *out = NULL;
    if (!f)
        return mesa_nomem(err, 1, "file buffer");
    f->fd = -1;
    f->folder = mesa_strdup(folder);
    f->path = mesa_asprintf("%s/%s", folder, name);
    f->temporary = mesa_asprintf("%s/.%s.%ld.tmp", folder, name,
                                 (long)getpid());
    if (!f->folder || !f->path || !f->temporary) {
        st = mesa_nomem(err, 3, "paths");
    } else {
        f->fd = open(f->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                     0666);
        if (f->fd < 0)
            st = mesa_fail(err, MESA_EIO, "cannot write %s: %s", f->path,
                           strerror(errno));
    }
    if (st != MESA_OK)
        free_file(f);
    else
        *out = f;
    return st;
}

/* Write n bytes out, however many calls that takes. */
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
    unlink(f->temporary);
    free_file(f);
}

/* Folders cannot be opened or synced everywhere; the rename is still
 * atomic then, only not yet durable. */
static void
sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

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
    if (!f->failure && fsync(f->fd) != 0 && errno != EINVAL)
        f->failure = errno;
    if (!f->failure && rename(f->temporary, f->path) != 0)
        f->failure = errno;
    if (f->failure) {
        st = mesa_fail(err, MESA_EIO, "cannot write %s: %s", f->path,
                       strerror(f->failure));
        unlink(f->temporary);
    } else {
        sync_folder(f->folder);
    }
    free_file(f);
    return st;
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

/* Read n bytes, or to the end; -1 on failure. */
static ssize_t
read_all(int fd, char *data, size_t n)
{
    size_t at = 0;

    while (at < n) {
        ssize_t got = read(fd, data + at, n - at);

        if (got < 0 && errno != EINTR)
            return -1;
        if (got == 0)
            break;
        if (got > 0)
            at += (size_t)got;
    }
    return (ssize_t)at;
}

/* A regular file of a size that fits. */
static mesa_status
check_size(int fd, const char *path, size_t limit, size_t *n,
           struct mesa_error *err)
{
    struct stat s;

    if (fstat(fd, &s) != 0)
        return mesa_fail(err, MESA_EIO, "cannot read %s: %s", path,
                         strerror(errno));
    if (S_ISDIR(s.st_mode))
        return mesa_fail(err, MESA_EIO, "cannot read %s: %s", path,
                         strerror(EISDIR));
    if ((uint64_t)s.st_size > limit)
        return mesa_fail(err, MESA_EPARSE,
                         "%s has %lld bytes, more than the %zu allowed", path,
                         (long long)s.st_size, limit);
    *n = (size_t)s.st_size;
    return MESA_OK;
}

mesa_status
mesa_file_get(const char *path, size_t limit, char **data, size_t *n,
              struct mesa_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;
    mesa_status st;

    *data = NULL;
    if (fd < 0)
        return mesa_fail(err, errno == ENOENT ? MESA_ENOTFOUND : MESA_EIO,
                         "cannot read %s: %s", path, strerror(errno));
    st = check_size(fd, path, limit, n, err);
    if (st == MESA_OK) {
        *data = mesa_alloc_raw(*n + 1, 1);
        if (!*data)
            st = mesa_nomem(err, *n, "bytes");
    }
    if (st == MESA_OK) {
        got = read_all(fd, *data, *n);
        if (got < 0)
            st = mesa_fail(err, MESA_EIO, "cannot read %s: %s", path,
                           strerror(errno));
        *n = got < 0 ? 0 : (size_t)got;
        (*data)[*n] = '\0';
    }
    close(fd);
    if (st != MESA_OK) {
        mesa_free(*data);
        *data = NULL;
    }
    return st;
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
    return mesa_fail(err, MESA_EIO, "cannot create %s: %s", path,
                     strerror(errno));
}

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

/* Remove "", "." and ".." parts of an absolute path, in place. */
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
