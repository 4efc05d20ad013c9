/* SPDX-License-Identifier: MIT */
/* mesa/plugin.h - what a plugin exports, and the head every class shares. */
#ifndef MESA_PLUGIN_H
#define MESA_PLUGIN_H

#include <mesa/archive.h>
#include <mesa/data.h>
#include <mesa/param.h>

#define MESA_PLUGIN_MAGIC UINT32_C(0x4d455341) /* "MESA" */
#define MESA_ABI_MAJOR    1 /* differs: refuse to load                */
#define MESA_ABI_MINOR    0 /* plugin newer than core: refuse to load */
enum mesa_kind {
    MESA_KIND_ESTIMATOR = 1,
    MESA_KIND_SAMPLER,
    MESA_KIND_LOSS,
    MESA_KIND_ACQUISITION,
    MESA_KIND_METALEARNER,
    MESA_KIND_SOURCE,
    MESA_KIND_TRANSFORM,
    MESA_KIND_ENVIRONMENT
};

enum mesa_class_flag {
    MESA_CLASS_MULTICLASS    = 1 << 0, /* n_classes > 2                   */
    MESA_CLASS_MISSING       = 1 << 1, /* NaN in x                        */
    MESA_CLASS_WEIGHTS       = 1 << 2, /* honours dataset.weight          */
    MESA_CLASS_DETERMINISTIC = 1 << 3, /* ignores the random stream       */
    MESA_CLASS_FEEDBACK      = 1 << 4, /* sampler: reads feedback->proba  */
    MESA_CLASS_TASKS         = 1 << 5, /* metalearner: works on tasks     */
    MESA_CLASS_CONTROL       = 1 << 6, /* metalearner: acts, without data */
    MESA_CLASS_UNLABELLED    = 1 << 7  /* rows with y = -1: class unknown */
};

/*
 * Head of every class table, frozen for the life of MESA_ABI_MAJOR.  Tables
 * grow at their tail only; beyond struct_size everything reads as zero.
 *
 * The core allocates self (zeroed), stores every parameter already checked,
 * and calls init; then the work; then fini: exactly once if init was called,
 * even when init failed, so it must accept a half-built self.
 */
struct mesa_class {
    uint32_t                 struct_size; /* whole table, by MESA_xxx()  */
    uint16_t                 kind;        /* enum mesa_kind              */
    uint16_t                 revision;    /* of this kind's table        */
    uint32_t                 self_size;   /* bytes of private state      */
    uint32_t                 flags;       /* enum mesa_class_flag        */
    const char              *name;        /* [a-z][a-z0-9_]*, the INI type */
    const char              *title;       /* one line, no full stop      */
    const char              *cite;        /* reference, or NULL          */
    const struct mesa_param *params;      /* MESA_PARAM_END last, or NULL */
    mesa_status (*init)(void *self, struct mesa_error *err);
    void (*fini)(void *self);
    /* What was learnt, to and from an archive; both or neither. */
    mesa_status (*save)(const void *self, struct mesa_archive *to,
                        struct mesa_error *err);
    mesa_status (*load)(void *self, const struct mesa_archive *from,
                        struct mesa_error *err);
    const void *reserved[4]; /* zero */
};
struct mesa_plugin {
    uint32_t    magic;
    uint16_t    abi_major, abi_minor;
    uint32_t    struct_size;
    uint32_t    layout; /* fingerprint of shared structs */
    const char *name, *version, *license, *author, *url;
    const struct mesa_class *const *classes; /* NULL-terminated */
};

#define MESA_LAYOUT                                                     \
    ((uint32_t)sizeof(struct mesa_class)   * UINT32_C(0x01000193) ^     \
     (uint32_t)sizeof(struct mesa_param)   * UINT32_C(0x00010019) ^     \
     (uint32_t)sizeof(struct mesa_dataset) * UINT32_C(0x00000101) ^     \
     (uint32_t)(sizeof(mesa_status) * 16 + sizeof(bool)))

#define MESA_CLASSES(...) \
    ((const struct mesa_class *const[]){ __VA_ARGS__, NULL })
/* The first row of a class table; used by MESA_ESTIMATOR() and its kin. */
#define MESA_HEAD_(table, k, rev, T)                       \
    .head.struct_size = sizeof(table), .head.kind = (k),   \
    .head.revision = (rev), .head.self_size = sizeof(T)

/* Once per module, at file scope, followed by a semicolon.  A function, as
 * only functions are sure to be found by dlsym; by another name only where
 * plugins are linked into one program. */
#ifndef MESA_PLUGIN_ENTRY
#define MESA_PLUGIN_ENTRY mesa_plugin
#endif
#define MESA_PLUGIN(...)                                           \
    static const struct mesa_plugin mesa_plugin_table_ = {         \
        .magic = MESA_PLUGIN_MAGIC, .layout = MESA_LAYOUT,         \
        .abi_major = MESA_ABI_MAJOR, .abi_minor = MESA_ABI_MINOR,  \
        .struct_size = sizeof(struct mesa_plugin), __VA_ARGS__     \
    };                                                             \
    MESA_API const struct mesa_plugin *MESA_PLUGIN_ENTRY(void);    \
    const struct mesa_plugin *MESA_PLUGIN_ENTRY(void)              \
    { return &mesa_plugin_table_; }                                \
    struct mesa_plugin
#endif
