/* SPDX-License-Identifier: MIT */
/* elf_check.h - is a shared object whole? */
#ifndef MESA_CORE_ELF_CHECK_H
#define MESA_CORE_ELF_CHECK_H

#include "internal.h"

/* MESA_EABI unless path is an ELF shared object for this machine whose
 * headers, sections and segments lie inside the file: the dynamic linker maps
 * without looking and a truncated object ends the program with SIGBUS. */
MESA_INTERNAL mesa_status mesa_elf_check(const char *path,
                                         struct mesa_error *err);

#endif
