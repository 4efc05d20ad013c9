/* SPDX-License-Identifier: MIT */
/* test.h - what every unit test includes. */
#ifndef MESA_TEST_H
#define MESA_TEST_H

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mesa/mesa.h>

/* The call succeeds; its message is printed when it does not. */
#define assert_ok(call)                                                  \
    do {                                                                 \
        struct mesa_error err_ = { MESA_OK, 0, "", "" };                 \
        struct mesa_error *err = &err_;                                  \
        mesa_status st_ = (call);                                        \
        if (st_ != MESA_OK)                                              \
            fail_msg("%s: %s: %s", #call, mesa_status_name(st_),         \
                     err->message);                                      \
    } while (0)

/* The call fails with this status and exactly this message. */
#define assert_error(call, status, text)                                 \
    do {                                                                 \
        struct mesa_error err_ = { MESA_OK, 0, "", "" };                 \
        struct mesa_error *err = &err_;                                  \
        mesa_status st_ = (call);                                        \
        if (st_ != (status))                                             \
            fail_msg("%s: got %s, expected %s", #call,                   \
                     mesa_status_name(st_), #status);                    \
        assert_string_equal(err->message, text);                         \
    } while (0)

/* Equal to the last bit (and -0 is not 0). */
#define assert_bits_equal(a, b)                                          \
    do {                                                                 \
        double a_ = (a), b_ = (b);                                       \
        if (memcmp(&a_, &b_, sizeof a_) != 0)                            \
            fail_msg("%s = %a, %s = %a", #a, a_, #b, b_);                \
    } while (0)

/* Within a relative tolerance of the expected value. */
#define assert_close(a, expected, tolerance)                             \
    do {                                                                 \
        double a_ = (a), e_ = (expected), d_ = a_ - e_;                  \
        double m_ = (tolerance) * (e_ < 0 ? -e_ : e_);                   \
        if (!((d_ < 0 ? -d_ : d_) <= m_))                                \
            fail_msg("%s = %.17g, expected %.17g", #a, a_, e_);          \
    } while (0)

#endif
