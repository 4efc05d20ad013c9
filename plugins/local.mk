# SPDX-License-Identifier: MIT
# One block per plugin.  The build tree mirrors the install tree.
PLUGIN_LINKFLAGS = $(AM_LDFLAGS) -module -avoid-version -no-undefined \
	-export-symbols-regex 'mesa_plugin$$' -Wl,-z,now
PLUGIN_LIBS = libmesa.la
