/* SPDX-License-Identifier: MIT */
/*
 * elf_check.c - the ELF headers of a plugin, before it is mapped.
 *
 * All ranges that the headers give must lie inside the file.  What they
 * contain is left to the dynamic linker.  Reference: System V ABI, chapter 4.
 */
#include "elf_check.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef ElfW(Ehdr) header;
typedef ElfW(Phdr) segment;
typedef ElfW(Shdr) section;

/* The ELF header of the very object this code is in, which the linker names:
 * what runs here looks like that.  NULL if it is not part of the image. */
extern const header __ehdr_start
    __attribute__((weak, visibility("hidden")));

struct object {
    const char        *path;
    int                fd;
    uint64_t           size;
    header             h;
    struct mesa_error *err;
};

/* n bytes at offset; false when they are not all there. */
static bool
read_at(const struct object *o, void *to, size_t n, uint64_t offset)
{
    size_t at = 0;

    while (at < n) {
        ssize_t got = pread(o->fd, (char *)to + at, n - at,
                            (off_t)(offset + at));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += (size_t)got;
    }
    return true;
}

static mesa_status
truncated(const struct object *o, const char *what, unsigned i, uint64_t end)
{
    return mesa_fail(o->err, MESA_EABI,
                     "%s is truncated: %s %u ends at byte %llu but the file "
                     "has %llu",
                     o->path, what, i, (unsigned long long)end,
                     (unsigned long long)o->size);
}

/* Does [offset, offset + n) lie in the file? */
static bool
inside(const struct object *o, uint64_t offset, uint64_t n)
{
    return offset <= o->size && n <= o->size - offset;
}

static mesa_status
check_header(struct object *o)
{
    const unsigned probe = 1;
    unsigned char order = *(const unsigned char *)&probe ? ELFDATA2LSB
                                                         : ELFDATA2MSB;
    const header *own = &__ehdr_start;

    if (!read_at(o, &o->h, sizeof o->h, 0) ||
        memcmp(o->h.e_ident, ELFMAG, SELFMAG) != 0)
        return mesa_fail(o->err, MESA_EABI, "%s is not an ELF file", o->path);
    if (o->h.e_ident[EI_CLASS] !=
            (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
        o->h.e_ident[EI_DATA] != order ||
        (own && o->h.e_machine != own->e_machine))
        return mesa_fail(o->err, MESA_EABI,
                         "%s is built for another kind of machine", o->path);
    if (o->h.e_type != ET_DYN)
        return mesa_fail(o->err, MESA_EABI, "%s is not a shared object",
                         o->path);
    if (o->h.e_phentsize != sizeof(segment) ||
        (o->h.e_shnum && o->h.e_shentsize != sizeof(section)))
        return mesa_fail(o->err, MESA_EABI, "%s has headers of odd sizes",
                         o->path);
    return MESA_OK;
}

/* The linker maps segments; a page beyond the end of the file is mapped like
 * any other and faults when it is touched. */
static mesa_status
check_segments(const struct object *o)
{
    uint64_t n = o->h.e_phnum, bytes = n * sizeof(segment);

    if (!inside(o, o->h.e_phoff, bytes))
        return truncated(o, "program header", (unsigned)n,
                         o->h.e_phoff + bytes);
    for (unsigned i = 0; i < n; i++) {
        segment s;

        if (!read_at(o, &s, sizeof s, o->h.e_phoff + i * sizeof s) ||
            !inside(o, s.p_offset, s.p_filesz))
            return truncated(o, "segment", i, s.p_offset + s.p_filesz);
    }
    return MESA_OK;
}

/* Nothing at run time reads sections, but they stand last in the file: this
 * finds cuts that no segment shows. */
static mesa_status
check_sections(const struct object *o)
{
    uint64_t n = o->h.e_shnum, bytes = n * sizeof(section);

    if (!inside(o, o->h.e_shoff, bytes))
        return truncated(o, "section header", (unsigned)n,
                         o->h.e_shoff + bytes);
    for (unsigned i = 0; i < n; i++) {
        section s;

        if (!read_at(o, &s, sizeof s, o->h.e_shoff + i * sizeof s) ||
            (s.sh_type != SHT_NOBITS && s.sh_type != SHT_NULL &&
             !inside(o, s.sh_offset, s.sh_size)))
            return truncated(o, "section", i, s.sh_offset + s.sh_size);
    }
    return MESA_OK;
}

mesa_status
mesa_elf_check(const char *path, struct mesa_error *err)
{
    struct object o = { .path = path, .err = err };
    struct stat s;
    mesa_status st;

    /* a pipe that nobody writes to must not keep us waiting */
    o.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (o.fd < 0)
        return mesa_fail(err, errno == ENOENT ? MESA_ENOTFOUND : MESA_EIO,
                         "%s: %s", path, strerror(errno));
    if (fstat(o.fd, &s) != 0 || !S_ISREG(s.st_mode)) {
        close(o.fd);
        return mesa_fail(err, MESA_EABI, "%s is not a regular file", path);
    }
    o.size = (uint64_t)s.st_size;
    st = check_header(&o);
    if (st == MESA_OK)
        st = check_segments(&o);
    if (st == MESA_OK)
        st = check_sections(&o);
    close(o.fd);
    return st;
}
