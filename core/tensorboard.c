/* SPDX-License-Identifier: MIT */
/*
 * tensorboard.c - event files: figures of a step, records, and the file.
 *
 * A record is its length (8 bytes), the checksum of that (4), the message,
 * and the checksum of the message (4), lowest bytes first, as TFRecord files
 * have it.  Each step is written at once, in one call: whoever looks sees all
 * that is done, however long the next step takes.
 */
#include "tensorboard.h"

#include "files.h"
#include "json.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define FILE_PREFIX  "events.out.tfevents."
#define FILE_VERSION "brain.Event:2"

enum { HEAD = 12, TAIL = 4 };

/* What figures are called, each spelt once. */
struct tag {
    char *key, *text; /* as given; as UTF-8, which readers insist on */
};

struct mesa_events {
    int      fd;
    char    *path;
    char    *name; /* in path */
    uint64_t bytes;
    bool     failed; /* to keep a figure */
    size_t   n_tags, next_tag;
    struct tag *tag;
    size_t   n, capacity;
    struct mesa_event_value *value;
};

uint32_t
mesa_crc32c(const void *data, size_t n)
{
    static const uint32_t table[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
        0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
        0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75
    };
    const unsigned char *p = data;
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}

uint32_t
mesa_crc32c_masked(const void *data, size_t n)
{
    const uint32_t crc = mesa_crc32c(data, n);

    return ((crc >> 15) | (crc << 17)) + UINT32_C(0xa282ead8);
}

static void
put_low_first(unsigned char *to, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (unsigned char)(value >> (8 * i));
}

/* The message with its length and checksums; NULL if memory ran out. */
static unsigned char *
make_record(const struct mesa_event *event, size_t *bytes)
{
    size_t n = 0;
    unsigned char *message = mesa_event_packer(event, &n);
    unsigned char *out = message ? mesa_alloc_raw(HEAD + n + TAIL, 1) : NULL;

    if (out) {
        put_low_first(out, n, 8);
        put_low_first(out + 8, mesa_crc32c_masked(out, 8), 4);
        memcpy(out + HEAD, message, n);
        put_low_first(out + HEAD + n, mesa_crc32c_masked(message, n), 4);
        *bytes = HEAD + n + TAIL;
    }
    mesa_free(message);
    return out;
}

static mesa_status
cannot_write(const struct mesa_events *e, int why, struct mesa_error *err)
{
    return mesa_fail(err, MESA_EIO, "cannot write %s: %s", e->path,
                     strerror(why));
}

static mesa_status
write_event(struct mesa_events *e, struct mesa_event *event,
            struct mesa_error *err)
{
    struct timespec now;
    unsigned char *record;
    size_t n = 0, done = 0;
    mesa_status st = MESA_OK;

    clock_gettime(CLOCK_REALTIME, &now);
    event->wall_time = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
    record = make_record(event, &n);
    if (!record)
        return mesa_nomem(err, event->n, "events");
    while (done < n && st == MESA_OK) {
        const ssize_t some = write(e->fd, record + done, n - done);

        if (some > 0)
            done += (size_t)some;
        else if (some == 0 || errno != EINTR)
            st = cannot_write(e, some == 0 ? ENOSPC : errno, err);
    }
    mesa_free(record);
    if (st == MESA_OK)
        e->bytes += n;
    else if (ftruncate(e->fd, (off_t)e->bytes) != 0)
        return st; /* half a record: readers stop there */
    return st;
}

/* The host's name, with nothing in it that a path could mind. */
static void
tame_host_name(char *to, size_t size)
{
    struct utsname host;

    snprintf(to, size, "%s",
             uname(&host) == 0 && host.nodename[0] ? host.nodename
                                                   : "localhost");
    for (char *p = to; *p; p++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                    "0123456789.-", *p))
            *p = '-';
}

static mesa_status
make_events(struct mesa_events **out, char *path, struct mesa_error *err)
{
    struct mesa_events *e = path ? mesa_alloc_array(1, sizeof *e) : NULL;

    *out = e;
    if (!e) {
        mesa_free(path);
        return mesa_nomem(err, 1, "event file");
    }
    e->fd = -1;
    e->path = path;
    e->name = strrchr(path, '/') + 1;
    return MESA_OK;
}

mesa_status
mesa_events_new(struct mesa_events **out, const char *folder,
                const char **name, struct mesa_error *err)
{
    struct mesa_event first = { .version = FILE_VERSION };
    char host[65];
    mesa_status st = MESA_OK;

    *out = NULL;
    tame_host_name(host, sizeof host);
    /* Readers take files in the order of their names. */
    for (long long at = time(NULL); st == MESA_OK; at++) {
        mesa_events_free(*out);
        st = make_events(out, mesa_asprintf("%s/" FILE_PREFIX "%010lld.%s",
                                            folder, at, host), err);
        if (st != MESA_OK)
            break;
        (*out)->fd = open((*out)->path,
                          O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC,
                          0666);
        if ((*out)->fd >= 0)
            break;
        if (errno != EEXIST)
            st = cannot_write(*out, errno, err);
    }
    if (st == MESA_OK) {
        *name = (*out)->name;
        st = write_event(*out, &first, err);
        if (st != MESA_OK)
            unlink((*out)->path);
    }
    if (st != MESA_OK) {
        mesa_events_free(*out);
        *out = NULL;
    }
    return st;
}

static bool
is_event_file(const char *name)
{
    return strncmp(name, FILE_PREFIX, strlen(FILE_PREFIX)) == 0 &&
           !strchr(name, '/');
}

mesa_status
mesa_events_continue(struct mesa_events **out, const char *folder,
                     const char *name, uint64_t bytes, struct mesa_error *err)
{
    struct stat s;
    mesa_status st;

    *out = NULL;
    if (!is_event_file(name))
        return mesa_fail(err, MESA_ENOTFOUND, "'%s' is no event file", name);
    st = make_events(out, mesa_asprintf("%s/%s", folder, name), err);
    if (st != MESA_OK)
        return st;
    (*out)->fd = open((*out)->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if ((*out)->fd < 0 && errno == ENOENT)
        st = mesa_fail(err, MESA_ENOTFOUND, "%s is gone", (*out)->path);
    else if ((*out)->fd < 0 || fstat((*out)->fd, &s) != 0)
        st = cannot_write(*out, errno, err);
    else if ((uint64_t)s.st_size < bytes)
        st = mesa_fail(err, MESA_ENOTFOUND,
                       "%s is shorter than the checkpoint says",
                       (*out)->path);
    else if (ftruncate((*out)->fd, (off_t)bytes) != 0)
        st = cannot_write(*out, errno, err);
    (*out)->bytes = bytes;
    if (st != MESA_OK) {
        mesa_events_free(*out);
        *out = NULL;
    }
    return st;
}

void
mesa_events_free(struct mesa_events *e)
{
    if (!e)
        return;
    mesa_events_drop(e);
    for (size_t i = 0; i < e->n_tags; i++) {
        mesa_free(e->tag[i].key);
        mesa_free(e->tag[i].text);
    }
    if (e->fd >= 0)
        close(e->fd);
    mesa_free(e->tag);
    mesa_free(e->value);
    mesa_free(e->path);
    mesa_free(e);
}

static bool
is_tag(const char *key, const char *split, const char *name)
{
    const size_t n = strlen(split);

    return n == 0 ? strcmp(key, name) == 0
                  : strncmp(key, split, n) == 0 && key[n] == '/' &&
                        strcmp(key + n + 1, name) == 0;
}

static const char *
add_tag(struct mesa_events *e, const char *split, const char *name)
{
    struct tag *moved = mesa_realloc_array(e->tag, e->n_tags + 1,
                                           sizeof *moved);
    struct tag made = { NULL, NULL };

    if (moved)
        e->tag = moved;
    made.key = mesa_asprintf("%s%s%s", split, *split ? "/" : "", name);
    made.text = made.key ? mesa_strdup(made.key) : NULL;
    if (!moved || !made.text) {
        mesa_free(made.key);
        mesa_free(made.text);
        return NULL;
    }
    if (mesa_utf8_malformed(made.text, made.text + strlen(made.text)))
        for (char *p = made.text; *p; p++)
            if ((unsigned char)*p >= 0x80)
                *p = '?';
    moved[e->n_tags++] = made;
    return made.text;
}

/* Steps tell the same figures in the same order, so that the next one is
 * most often the one behind the last. */
static const char *
find_tag(struct mesa_events *e, const char *split, const char *name)
{
    for (size_t k = 0; k < e->n_tags; k++) {
        const size_t i = (e->next_tag + k) % e->n_tags;

        if (is_tag(e->tag[i].key, split, name)) {
            e->next_tag = i + 1;
            return e->tag[i].text;
        }
    }
    return add_tag(e, split, name);
}

/* Room for one more figure, or NULL. */
static struct mesa_event_value *
next_value(struct mesa_events *e, const char *split, const char *name)
{
    const char *tag = find_tag(e, split, name);

    if (tag && e->n == e->capacity) {
        const size_t more = 2 * e->capacity + 16;
        struct mesa_event_value *moved =
            mesa_realloc_array(e->value, more, sizeof *moved);

        if (moved) {
            e->value = moved;
            e->capacity = more;
        }
    }
    if (!tag || e->n == e->capacity) {
        e->failed = true;
        return NULL;
    }
    e->value[e->n] = (struct mesa_event_value){ .tag = tag };
    return &e->value[e->n++];
}

void
mesa_events_scalar(struct mesa_events *e, const char *split, const char *name,
                   double value)
{
    struct mesa_event_value *v = e ? next_value(e, split, name) : NULL;

    if (v)
        v->value = value;
}

void
mesa_events_histogram(struct mesa_events *e, const char *split,
                      const char *name, const double *value, size_t n)
{
    struct mesa_histogram *h = e ? mesa_alloc_raw(1, sizeof *h) : NULL;
    struct mesa_event_value *v;

    if (!h) {
        if (e)
            e->failed = true;
        return;
    }
    mesa_histogram_of(value, n, h);
    if (h->left_out > 0) {
        char *what = mesa_asprintf("%s, not finite", name);

        if (what)
            mesa_events_scalar(e, split, what, (double)h->left_out);
        e->failed |= !what;
        mesa_free(what);
    }
    v = h->n > 0 ? next_value(e, split, name) : NULL;
    if (v)
        v->histogram = h;
    else
        mesa_free(h);
}

void
mesa_events_drop(struct mesa_events *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < e->n; i++)
        mesa_free(e->value[i].histogram);
    e->n = 0;
    e->failed = false;
}

mesa_status
mesa_events_put(struct mesa_events *e, uint64_t step, struct mesa_error *err)
{
    struct mesa_event event = { .step = step, .n = e->n, .value = e->value };
    mesa_status st = MESA_OK;

    if (e->failed)
        st = mesa_nomem(err, e->n, "events");
    else if (e->n > 0)
        st = write_event(e, &event, err);
    mesa_events_drop(e);
    return st;
}

uint64_t
mesa_events_bytes(const struct mesa_events *e)
{
    return e->bytes;
}

/* Is it one of the lines? */
static bool
is_line(const char *lines, const char *name)
{
    const size_t n = strlen(name);

    while (lines && *lines) {
        if (strncmp(lines, name, n) == 0 &&
            (lines[n] == '\n' || !lines[n]))
            return true;
        lines = strchr(lines, '\n');
        lines += lines != NULL;
    }
    return false;
}

void
mesa_events_remove(const char *folder, const char *keep)
{
    DIR *at = opendir(folder);
    const struct dirent *entry;

    while (at && (entry = readdir(at)))
        if (is_event_file(entry->d_name) && !is_line(keep, entry->d_name))
            unlinkat(dirfd(at), entry->d_name, 0);
    if (at)
        closedir(at);
}
