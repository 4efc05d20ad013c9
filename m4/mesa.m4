# SPDX-License-Identifier: MIT
# mesa.m4 - for configure scripts of plugins that are not part of mesa.

# MESA_PLUGIN_INIT([MINIMUM-VERSION], [ACTION-IF-FOUND], [ACTION-IF-NOT])
# Find mesa with pkg-config.  Sets and substitutes
#   MESA_CFLAGS     what to compile plugins with
#   MESA_LIBS       what to link them with
#   mesa_plugindir  where they belong; a plugin of kind KIND (learners,
#                   samplers, sources, transforms ...) goes to
#                   $(mesa_plugindir)/KIND
# Without ACTION-IF-NOT configure ends with an error if there is no mesa.
AC_DEFUN([MESA_PLUGIN_INIT], [
  AC_REQUIRE([PKG_PROG_PKG_CONFIG])
  PKG_CHECK_MODULES([MESA], [mesa >= m4_default([$1], [0.1])], [
    AC_MSG_CHECKING([for the folder of mesa plugins])
    AC_ARG_WITH([mesa-plugindir], [AS_HELP_STRING([--with-mesa-plugindir=DIR],
      [install plugins below DIR])],
      [mesa_plugindir="$withval"],
      [mesa_plugindir=`$PKG_CONFIG --variable=plugindir mesa`])
    AC_MSG_RESULT([$mesa_plugindir])
    # The same bits whatever the compiler: no fused multiply-adds.
    MESA_CFLAGS="$MESA_CFLAGS -ffp-contract=off -fvisibility=hidden"
    AC_SUBST([mesa_plugindir])
    $2
  ], [m4_default([$3],
    [AC_MSG_ERROR([mesa not found: install it, or let PKG_CONFIG_PATH name the folder of mesa.pc])])])
])
