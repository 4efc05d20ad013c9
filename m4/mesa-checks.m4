# SPDX-License-Identifier: MIT
# mesa-checks.m4 - the project's own configure checks.

# MESA_CFLAGS_ADD(VARIABLE, FLAGS...): append each flag the compiler takes.
AC_DEFUN([MESA_CFLAGS_ADD], [
  for mesa_flag in $2; do
    mesa_saved="$CFLAGS"
    CFLAGS="$CFLAGS -Werror $mesa_flag"
    AC_MSG_CHECKING([whether $CC takes $mesa_flag])
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
      [AC_MSG_RESULT([yes]); $1="$$1 $mesa_flag"], [AC_MSG_RESULT([no])])
    CFLAGS="$mesa_saved"
  done
])

# -ffp-contract=off is a matter of correctness: results must not depend on
# which multiplications the compiler fuses.
AC_DEFUN([MESA_COMPILER_FLAGS], [
  MESA_CFLAGS=
  WARN_CFLAGS=
  MESA_CFLAGS_ADD([MESA_CFLAGS], [-std=c11 -ffp-contract=off -fno-math-errno -fvisibility=hidden])
  AS_CASE(["$MESA_CFLAGS"], [*-ffp-contract=off*], [],
    [AC_MSG_ERROR([the compiler cannot switch off floating-point contraction])])
  MESA_CFLAGS_ADD([WARN_CFLAGS], [-Wall -Wextra -Wpedantic -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wundef -Wvla -Wcast-qual])
  AS_IF([test "x$enable_werror" = xyes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
  AS_IF([test "x$enable_sanitizers" != xno], [
    MESA_CFLAGS="$MESA_CFLAGS -fsanitize=$enable_sanitizers -fno-omit-frame-pointer -fno-sanitize-recover=all"
    SANITIZE_LDFLAGS="-fsanitize=$enable_sanitizers"])
  AC_SUBST([MESA_CFLAGS])
  AC_SUBST([WARN_CFLAGS])
  AC_SUBST([SANITIZE_LDFLAGS])
])

# Function multi-versioning: one source, the instruction set chosen at run
# time.  Not under sanitizers, whose run-time is not yet up when the loader
# resolves such functions.
AC_DEFUN([MESA_TARGET_CLONES], [
  AC_CACHE_CHECK([for target_clones], [mesa_cv_target_clones], [
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[
      __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
      double f(double *x, int n);
      __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
      double f(double *x, int n)
      { for (int i = 0; i < n; i++) x[i] *= 2; return x[0]; }
    ]], [[double x[8] = { 1 }; return f(x, 8) == 2.0 ? 0 : 1;]])],
    [mesa_cv_target_clones=yes], [mesa_cv_target_clones=no])])
  AS_IF([test "x$enable_sanitizers" != xno], [mesa_cv_target_clones=no])
  AS_IF([test "x$mesa_cv_target_clones" = xyes],
    [AC_DEFINE([MESA_HAVE_TARGET_CLONES], [1],
      [Define if functions can be cloned for instruction sets.])])
  AH_BOTTOM([
/* Compiled for several instruction sets, chosen at load time.  The bodies
 * must give the same bits on all: no reduction left to the vectoriser, and
 * multiply-adds only where written as fma.  Where the compiler is told to use
 * more than a clone may, gcc 12 breaks off at some clones, and none is needed. */
#if defined MESA_HAVE_TARGET_CLONES && !defined __AVX512F__
#define MESA_CLONES                                                  \
    __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", \
                                 "default")))
#else
#define MESA_CLONES
#endif])
])

AC_DEFUN([MESA_CHECK_PTHREAD], [
  MESA_CFLAGS_ADD([PTHREAD_CFLAGS], [-pthread])
  AC_SUBST([PTHREAD_CFLAGS])
])
