# SPDX-License-Identifier: MIT
# libcore: all objects of libmesa, for unit tests that look inside.
noinst_LTLIBRARIES += libcore.la
libcore_la_SOURCES = \
	%D%/bundle.c \
	%D%/data.c \
	%D%/internal.h \
	%D%/memory.c \
	%D%/parallel.c \
	%D%/random.c \
	%D%/sample.c \
	%D%/status.c \
	%D%/vmath.c \
	%D%/vmath_kernel.h \
	%D%/wide.h
libcore_la_LIBADD = $(LTDL_LIBS) $(INIH_LIBS)

# Exports are what include/mesa declares and, for mesa-core and mesa-conform,
# what core/*.h marks MESA_INTERNAL.
lib_LTLIBRARIES += libmesa.la
libmesa_la_SOURCES =
libmesa_la_LIBADD = libcore.la
libmesa_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -no-undefined \
	-export-symbols-regex '^mesa_'
