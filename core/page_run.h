/* SPDX-License-Identifier: MIT */
/* page_run.h - a run as its folder tells of it, and parts of its page. */
#ifndef MESA_CORE_PAGE_RUN_H
#define MESA_CORE_PAGE_RUN_H

#include "html.h"
#include "json_tree.h"
#include "plot.h"

/* A line of config.ini or origins.ini. */
struct mesa_page_value {
    char *section, *key, *value;
    char *origin; /* where it is from, of "type" the title; "": not known */
};

struct mesa_page_run {
    const char             *folder; /* as it was given, borrowed */
    char                   *name;   /* its last part */
    struct mesa_json_node  *summary, *timings; /* NULL: there is none */
    size_t                  n_values, n_warnings, n_tables;
    struct mesa_page_value *value;
    char                  **warning, **table; /* table: names of files */
    char                   *started, *ended;  /* what run.log says, or NULL */
    bool                    stopped;          /* there is a checkpoint */
    bool                    hidden; /* summary.json cannot be read */
    struct mesa_plot_index  plots;
};

/* page_read.c.  MESA_ENOTFOUND: there is no such folder, or it is none of a
 * run.  Free even after failure. */
MESA_INTERNAL mesa_status mesa_page_read(struct mesa_page_run *run,
                                         const char *folder,
                                         struct mesa_error *err);
MESA_INTERNAL void mesa_page_free(struct mesa_page_run *run);
/* Why a file cannot be read: the last part of the message. */
const char *mesa_page_why(const struct mesa_error *err);
/* The value of a key, or NULL. */
const char *mesa_page_value(const struct mesa_page_run *run,
                            const char *section, const char *key);

/* page_scores.c: a number for people, and a mean with its deviation. */
void mesa_page_put_number(struct mesa_text *out, const char *text);
void mesa_page_put_mean(struct mesa_text *out,
                        const struct mesa_json_node *figure);
bool mesa_page_less_is_better(const char *metric);
/* The figure to name first, of the part to name first; NULL if there are no
 * scores. */
const struct mesa_json_node *
mesa_page_leading(const struct mesa_page_run *run, const char **part);
/* What came out: one figure large; all of them. */
void mesa_page_put_lead(struct mesa_text *out,
                        const struct mesa_page_run *run);
void mesa_page_put_scores(struct mesa_text *out,
                          const struct mesa_page_run *run);

/* page_figures.c: pictures of a section, numbered from *number on. */
mesa_status mesa_page_put_figures(struct mesa_text *out,
                                  const struct mesa_page_run *run,
                                  uint32_t section, size_t *number,
                                  struct mesa_error *err);
/* One of them, by its place in the index; its HTML id is "picture-" and id. */
mesa_status mesa_page_put_figure(struct mesa_text *out,
                                 const struct mesa_page_run *run, size_t i,
                                 const char *id, size_t number,
                                 struct mesa_error *err);

/* page_tables.c: the first rows of each CSV file. */
mesa_status mesa_page_put_tables(struct mesa_text *out,
                                 const struct mesa_page_run *run,
                                 struct mesa_error *err);

/* page_about.c: where it comes from. */
void mesa_page_put_what(struct mesa_text *out,
                        const struct mesa_page_run *run);
void mesa_page_put_data(struct mesa_text *out,
                        const struct mesa_page_run *run);
void mesa_page_put_config(struct mesa_text *out,
                          const struct mesa_page_run *run);
void mesa_page_put_versions(struct mesa_text *out,
                            const struct mesa_page_run *run);
void mesa_page_put_timings(struct mesa_text *out,
                           const struct mesa_page_run *run);
void mesa_page_put_warnings(struct mesa_text *out,
                            const struct mesa_page_run *run);
void mesa_page_put_again(struct mesa_text *out,
                         const struct mesa_page_run *run);

/* page.c: up to the first section, and from the last one on. */
void mesa_page_open(struct mesa_text *out, const char *title);
void mesa_page_close(struct mesa_text *out);

/* page_compare.c: several runs side by side; path: of the page. */
mesa_status mesa_page_compare(struct mesa_text *out,
                              const struct mesa_page_run *run, size_t n,
                              const char *path, struct mesa_error *err);

#endif
