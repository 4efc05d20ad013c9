/* SPDX-License-Identifier: MIT */
/* test_elf_check.c - damaged shared objects: what passes can be loaded. */
#include "test.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "elf_check.h"
#include "files.h"

static char folder[] = "/tmp/mesa-elf-XXXXXX";
static char path[sizeof folder + 8];
static char *image; /* a shared object that every system has */
static size_t image_n;

static void
write_bytes(const char *data, size_t n)
{
    struct mesa_file *f = NULL;

    assert_ok(mesa_file_open(&f, folder, "o", err));
    mesa_file_write(f, data, n);
    assert_ok(mesa_file_commit(f, err));
}

/* Refused, with the path and then this. */
static void
check_refused(const char *why)
{
    struct mesa_error err;

    assert_int_equal(mesa_elf_check(path, &err), MESA_EABI);
    assert_memory_equal(err.message, path, strlen(path));
    if (strcmp(err.message + strlen(path), why) != 0)
        fail_msg("'%s' instead of '%s'", err.message + strlen(path), why);
}

/* Load it in another process: true unless that dies. */
static bool
survives_loading(void)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        dlopen(path, RTLD_NOW | RTLD_LOCAL);
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status);
}

static void
test_whole(void **state)
{
    (void)state;
    write_bytes(image, image_n);
    assert_ok(mesa_elf_check(path, err));
    assert_true(survives_loading());
}

/* Cut at every place near the headers, and at many others. */
static void
test_truncated(void **state)
{
    size_t step = image_n / 300 + 1;

    (void)state;
    for (size_t n = 0; n < image_n; n += n < 200 ? 1 : step) {
        struct mesa_error err;
        mesa_status st;

        write_bytes(image, n);
        st = mesa_elf_check(path, &err);
        if (st == MESA_OK)
            assert_true(survives_loading());
        else
            assert_int_equal(st, MESA_EABI);
    }
    write_bytes(image, sizeof(ElfW(Ehdr)) - 1);
    check_refused(" is not an ELF file");
    write_bytes(image, image_n - 1);
    assert_int_equal(mesa_elf_check(path, NULL), MESA_EABI);
}

/* Without its section headers, as some tools strip them, a cut object is
 * given away by its segments alone. */
static void
test_truncated_without_sections(void **state)
{
    char *copy = malloc(image_n), why[200];
    ElfW(Ehdr) h;
    ElfW(Phdr) s;
    unsigned last = 0;
    size_t end = 0;

    (void)state;
    memcpy(copy, image, image_n);
    memcpy(&h, copy, sizeof h);
    h.e_shnum = h.e_shstrndx = 0;
    h.e_shoff = 0;
    memcpy(copy, &h, sizeof h);
    for (unsigned i = h.e_phnum; i-- > 0;) {
        memcpy(&s, copy + h.e_phoff + i * sizeof s, sizeof s);
        if (s.p_offset + s.p_filesz >= end) {
            end = s.p_offset + s.p_filesz;
            last = i;
        }
    }
    write_bytes(copy, end);
    assert_ok(mesa_elf_check(path, err));
    assert_true(survives_loading());
    write_bytes(copy, end - 1);
    snprintf(why, sizeof why, " is truncated: segment %u ends at byte %zu but "
             "the file has %zu", last, end, end - 1);
    check_refused(why);
    write_bytes(copy, h.e_phoff + h.e_phnum * sizeof s - 1);
    snprintf(why, sizeof why, " is truncated: program header %u ends at byte "
             "%zu but the file has %zu", (unsigned)h.e_phnum,
             (size_t)(h.e_phoff + h.e_phnum * sizeof s),
             (size_t)(h.e_phoff + h.e_phnum * sizeof s - 1));
    check_refused(why);
    free(copy);
}

/* The header with one field changed. */
static void
check_header_change(size_t offset, size_t size, uint64_t value,
                    const char *why)
{
    char *copy = malloc(image_n);

    memcpy(copy, image, image_n);
    memcpy(copy + offset, &value, size); /* little-endian, as archives are */
    write_bytes(copy, image_n);
    check_refused(why);
    free(copy);
}

#define FIELD(m) offsetof(ElfW(Ehdr), m), sizeof ((ElfW(Ehdr) *)0)->m

static void
test_headers_refused(void **state)
{
    ElfW(Ehdr) h;
    char why[200];

    (void)state;
    memcpy(&h, image, sizeof h);
    check_header_change(0, 1, 0, " is not an ELF file");
    check_header_change(EI_CLASS, 1, h.e_ident[EI_CLASS] ^ 3,
                        " is built for another kind of machine");
    check_header_change(EI_DATA, 1, h.e_ident[EI_DATA] ^ 3,
                        " is built for another kind of machine");
    check_header_change(FIELD(e_machine), EM_S390,
                        " is built for another kind of machine");
    check_header_change(FIELD(e_type), ET_REL, " is not a shared object");
    check_header_change(FIELD(e_type), ET_EXEC, " is not a shared object");
    check_header_change(FIELD(e_phentsize), 1, " has headers of odd sizes");
    check_header_change(FIELD(e_shentsize), 1, " has headers of odd sizes");
    snprintf(why, sizeof why, " is truncated: section header %u ends at byte "
             "%zu but the file has %zu", (unsigned)h.e_shnum,
             image_n + h.e_shnum * sizeof(ElfW(Shdr)), image_n);
    check_header_change(FIELD(e_shoff), image_n, why);
}

/* Offsets near the largest number must not wrap around. */
static void
test_overflow(void **state)
{
    char *copy = malloc(image_n);
    struct mesa_error err;
    ElfW(Ehdr) h;
    ElfW(Phdr) s;

    (void)state;
    memcpy(copy, image, image_n);
    memcpy(&h, copy, sizeof h);
    memcpy(&s, copy + h.e_phoff, sizeof s);
    s.p_offset = (ElfW(Off))-16;
    s.p_filesz = 32;
    memcpy(copy + h.e_phoff, &s, sizeof s);
    write_bytes(copy, image_n);
    assert_int_equal(mesa_elf_check(path, &err), MESA_EABI);
    assert_non_null(strstr(err.message, "is truncated: segment 0"));
    h.e_phoff = (ElfW(Off))-16;
    memcpy(copy, &h, sizeof h);
    write_bytes(copy, image_n);
    assert_int_equal(mesa_elf_check(path, &err), MESA_EABI);
    assert_non_null(strstr(err.message, "is truncated: program header"));
    free(copy);
}

static void
test_other_things(void **state)
{
    (void)state;
    write_bytes("", 0);
    check_refused(" is not an ELF file");
    write_bytes("#!/bin/sh\n", 10);
    check_refused(" is not an ELF file");
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    check_refused(" is not a regular file");
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    check_refused(" is not a regular file");
    rmdir(path);
    assert_error(mesa_elf_check("/nowhere.so", err), MESA_ENOTFOUND,
                 "/nowhere.so: No such file or directory");
}

/* The object to damage: where cmocka is, which this program runs on. */
static int
setup(void **state)
{
    struct mesa_error err;
    Dl_info info;
    void *address = dlsym(RTLD_DEFAULT, "_cmocka_run_group_tests");

    (void)state;
    if (!mkdtemp(folder) || !address || !dladdr(address, &info) ||
        mesa_file_get(info.dli_fname, (size_t)1 << 28, &image, &image_n,
                      &err) != MESA_OK)
        return -1;
    snprintf(path, sizeof path, "%s/o", folder);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    mesa_free(image);
    unlink(path);
    return rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_truncated_without_sections),
        cmocka_unit_test(test_headers_refused),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_other_things),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
