/* SPDX-License-Identifier: MIT */
/* mesa/status.h - status codes and the error record. */
#ifndef MESA_STATUS_H
#define MESA_STATUS_H

#include <mesa/base.h>

#define MESA_STATUS_MAP(X)                                          \
    X(OK,         0, "success")                                     \
    X(EINVAL,    -1, "invalid argument or parameter value")         \
    X(ENOMEM,    -2, "out of memory")                               \
    X(EIO,       -3, "input/output error")                          \
    X(EPARSE,    -4, "malformed input")                             \
    X(ENOTFOUND, -5, "no such plugin, file or key")                 \
    X(EABI,      -6, "incompatible plugin interface")               \
    X(ESHAPE,    -7, "array shapes do not agree")                   \
    X(ENUMERIC,  -8, "numerical failure")                           \
    X(ESTATE,    -9, "call made in the wrong order")                \
    X(ENOTSUP,  -10, "operation not supported by this plugin")      \
    X(EDATA,    -11, "data that the method cannot work on")         \
    X(EEXIST,   -12, "output is already there")

typedef enum mesa_status {
#define MESA_STATUS_ENUM_(id, num, text) MESA_##id = num,
    MESA_STATUS_MAP(MESA_STATUS_ENUM_)
#undef MESA_STATUS_ENUM_
    MESA_STATUS_FORCE_INT_ = 0x7fffffff
} mesa_status;

/*
 * Why a call failed.  A plain value: it lives on the caller's stack, needs no
 * initialiser, is never allocated, and means something only after a call has
 * returned something other than MESA_OK.
 */
struct mesa_error {
    mesa_status status;
    int         line;         /* in the source file that reported it */
    char        file[32];     /* its base name                       */
    char        message[476]; /* lower case, no full stop, one line  */
};

MESA_BEGIN

/* "EINVAL" and "invalid argument or parameter value"; "?" if unknown. */
MESA_API const char *mesa_status_name(mesa_status st);
MESA_API const char *mesa_status_text(mesa_status st);

/* Fill *err (which may be NULL) and return st, so that a failing function
 * can end in one line:  return mesa_fail(err, MESA_EINVAL, "k = %d", k);  */
#define mesa_fail(err, st, ...) \
    mesa_error_set((err), (st), __FILE__, __LINE__, __VA_ARGS__)

MESA_API mesa_status mesa_error_set(struct mesa_error *err, mesa_status st,
                                    const char *file, int line,
                                    const char *fmt, ...) MESA_PRINTF(5, 6);

/* Put "text: " in front of the message already in *err; returns st. */
MESA_API mesa_status mesa_error_prefix(struct mesa_error *err, mesa_status st,
                                       const char *fmt, ...) MESA_PRINTF(3, 4);

/*
 * A line for people about something that is not quite as asked; not an error.
 * It goes to standard error, and to run.log while a run is going on; the same
 * line only once.  Callable from any thread.
 */
MESA_API void mesa_warn(const char *fmt, ...) MESA_PRINTF(1, 2);

MESA_END

#endif
