# SPDX-License-Identifier: MIT
EXTRA_DIST += \
	%D%/exports.sh \
	%D%/headers.sh \
	%D%/libmesa.symbols \
	%D%/v1
AM_TESTS_ENVIRONMENT += CC='$(CC)'; export CC; CXX='$(CXX)'; export CXX;
TESTS += %D%/exports.sh %D%/headers.sh

check_PROGRAMS += %D%/abi_table
tests_abi_abi_table_SOURCES = %D%/abi_table.c

if !STATIC_PLUGINS
# A plugin of the first day: against the headers of the first day.
check_LTLIBRARIES += %D%/v1_plugin.la
tests_abi_v1_plugin_la_CPPFLAGS = -I$(top_srcdir)/%D%/v1
tests_abi_v1_plugin_la_LDFLAGS = $(BROKEN_LINKFLAGS)
tests_abi_v1_plugin_la_LIBADD = libmesa.la
check_LTLIBRARIES += %D%/tail_long.la
tests_abi_tail_long_la_LDFLAGS = $(BROKEN_LINKFLAGS)
tests_abi_tail_long_la_LIBADD = libmesa.la
check_LTLIBRARIES += %D%/tail_short.la
tests_abi_tail_short_la_LDFLAGS = $(BROKEN_LINKFLAGS)
tests_abi_tail_short_la_LIBADD = libmesa.la
TESTS += %D%/tail_long.la %D%/tail_short.la %D%/v1_plugin.la
endif
