/* SPDX-License-Identifier: MIT */
/* page.h - report.html: runs that people can look at. */
#ifndef MESA_CORE_PAGE_H
#define MESA_CORE_PAGE_H

#include "run.h"

/* FOLDER/report.html from what the folder of a run holds, pictures as far as
 * they are drawn. */
MESA_INTERNAL mesa_status mesa_page_write(const char *folder,
                                          struct mesa_error *err);

struct mesa_page_options {
    const char *output; /* NULL: report.html, in the folder of the one or in
                           the current one */
    bool        draw;   /* run the scripts of pictures that are missing */
    const volatile sig_atomic_t *stop; /* NULL: none */
};

/*
 * mesa-core report: that page of one folder, or one that puts several side by
 * side.  *why says in fresh memory why pictures could not be drawn, or is
 * NULL; that is no failure.
 */
MESA_INTERNAL enum mesa_exit
mesa_page_report(const char *const *folder, size_t n,
                 const struct mesa_page_options *options, char **why,
                 struct mesa_error *err);

#endif
