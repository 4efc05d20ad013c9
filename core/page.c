/* SPDX-License-Identifier: MIT */
/*
 * page.c - report.html of a run: one file that needs nothing else, from what
 * the folder of the run holds.
 *
 * Reading order: what it was, what came out, how it got there, from which
 * data; then all that is needed to doubt it and to do it again.
 */
#include "page.h"

#include "files.h"
#include "page_css.h"
#include "page_js.h"
#include "page_run.h"

#include <string.h>
#include <sys/stat.h>

void
mesa_page_open(struct mesa_text *out, const char *title)
{
    /* The policy keeps the promise that a page loads nothing. */
    mesa_html_printf(out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
        "<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, "
        "initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
        "'none'; img-src data:; style-src 'unsafe-inline'; script-src "
        "'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
        "<link rel=\"icon\" href=\"data:,\">\n"
        "<title>%s</title>\n<style>\n", title);
    mesa_text_add(out, mesa_page_css);
    mesa_text_add(out, "</style>\n</head>\n<body>\n");
}

void
mesa_page_close(struct mesa_text *out)
{
    mesa_html_printf(out, "</main>\n<footer><p>Made by mesa-core %s from the "
                          "files of the run.</p></footer>\n<script>\n",
                     mesa_version());
    mesa_text_add(out, mesa_page_js);
    mesa_text_add(out, "</script>\n</body>\n</html>\n");
}

/* Not finished: what there is may change. */
static void
put_state(struct mesa_text *out, const struct mesa_page_run *run)
{
    if (run->summary)
        return;
    if (run->hidden) {
        mesa_text_add(out, "<p class=\"state\"><b>summary.json cannot be "
                           "read</b>: what came out is not known.</p>\n");
        return;
    }
    mesa_text_add(out, "<p class=\"state\"><b>This run is not finished.</b> ");
    if (run->stopped)
        mesa_text_add(out, "It was stopped with a checkpoint; it goes on with "
                           "--resume.");
    if (run->ended)
        mesa_html_printf(out, " The last that its log says: %s.", run->ended);
    mesa_text_add(out, "</p>\n");
}

static void
put_header(struct mesa_text *out, const struct mesa_page_run *run)
{
    mesa_html_printf(out, "<header>\n<h1>%s</h1>\n", run->name);
    mesa_text_add(out, "<button type=\"button\" id=\"theme\" hidden>Theme: "
                       "auto</button>\n");
    mesa_page_put_what(out, run);
    put_state(out, run);
    mesa_text_add(out, "</header>\n<nav aria-label=\"Sections\"><a "
                       "href=\"#result\">Result</a>");
    mesa_text_add(out, " <a href=\"#learning\">Learning</a> <a href=\"#data\">"
                       "Data</a> <a href=\"#tables\">Tables</a> <a "
                       "href=\"#config\">Configuration</a> <a "
                       "href=\"#timings\">Timings</a> <a href=\"#warnings\">"
                       "Warnings</a></nav>\n<main>\n");
}

static bool
has_figures(const struct mesa_page_run *run, uint32_t section)
{
    for (size_t i = 0; i < run->plots.n; i++)
        if (run->plots.entry[i].section == section)
            return true;
    return false;
}

static mesa_status
put_page(struct mesa_text *out, const struct mesa_page_run *run,
         struct mesa_error *err)
{
    size_t number = 1;
    mesa_status st;

    mesa_page_open(out, run->name);
    put_header(out, run);
    mesa_text_add(out, "<section id=\"result\">\n<h2>Result</h2>\n");
    if (!run->summary && !run->hidden)
        mesa_text_add(out, "<p>There is none yet.</p>\n");
    mesa_page_put_lead(out, run);
    mesa_page_put_scores(out, run);
    st = mesa_page_put_figures(out, run, MESA_PLOT_RESULT, &number, err);
    mesa_text_add(out, "</section>\n<section id=\"learning\">\n"
                       "<h2>Learning</h2>\n");
    if (!has_figures(run, MESA_PLOT_LEARNING))
        mesa_text_add(out, "<p>No pictures show how it was learnt; the "
                           "figures of each step are in metrics.csv.</p>\n");
    if (st == MESA_OK)
        st = mesa_page_put_figures(out, run, MESA_PLOT_LEARNING, &number, err);
    mesa_text_add(out, "</section>\n<section id=\"data\">\n<h2>Data</h2>\n");
    mesa_page_put_data(out, run);
    if (st == MESA_OK)
        st = mesa_page_put_figures(out, run, MESA_PLOT_DATA, &number, err);
    mesa_text_add(out, "</section>\n");
    if (st == MESA_OK)
        st = mesa_page_put_tables(out, run, err);
    mesa_page_put_config(out, run);
    mesa_page_put_versions(out, run);
    mesa_page_put_timings(out, run);
    mesa_page_put_warnings(out, run);
    mesa_page_put_again(out, run);
    mesa_page_close(out);
    return st;
}

/* The page, as a file of that name or where the path says. */
static mesa_status
write_page(struct mesa_text *text, const char *folder, const char *path,
           struct mesa_error *err)
{
    char *page = mesa_text_take(text);
    struct mesa_file *f;
    mesa_status st = MESA_OK;

    if (!page)
        return mesa_nomem(err, 1, "report");
    st = folder ? mesa_file_open(&f, folder, path, err)
                : mesa_file_open_path(&f, path, err);
    if (st == MESA_OK) {
        mesa_file_hurry(f);
        mesa_file_write(f, page, strlen(page));
        st = mesa_file_commit(f, err);
    }
    mesa_free(page);
    return st;
}

mesa_status
mesa_page_write(const char *folder, struct mesa_error *err)
{
    struct mesa_page_run run;
    struct mesa_text text = { 0 };
    mesa_status st = mesa_page_read(&run, folder, err);

    if (st == MESA_OK)
        st = put_page(&text, &run, err);
    if (st == MESA_OK)
        st = write_page(&text, folder, "report.html", err);
    mesa_free(text.at);
    mesa_page_free(&run);
    return st;
}

/* Two names of one folder would show one run twice. */
static mesa_status
refuse_twice(const char *const *folder, size_t n, struct mesa_error *err)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            struct stat a, b;

            if (stat(folder[i], &a) == 0 && stat(folder[j], &b) == 0 &&
                a.st_dev == b.st_dev && a.st_ino == b.st_ino)
                return mesa_fail(err, MESA_EDATA,
                                 "%s and %s are the same folder", folder[j],
                                 folder[i]);
        }
    return MESA_OK;
}

/* Scripts are programs: those of anybody's folder are not run unasked. */
static mesa_status
tell_missing(const char *folder, char **why, struct mesa_error *err)
{
    size_t n;
    mesa_status st = mesa_plots_missing(folder, &n, err);

    *why = NULL;
    if (st != MESA_OK || n == 0)
        return st;
    *why = mesa_asprintf("%s has %zu script%s of pictures to be drawn; --draw "
                         "runs %s",
                         folder, n, n == 1 ? "" : "s",
                         n == 1 ? "it" : "them");
    return *why ? MESA_OK : mesa_nomem(err, 1, "message");
}

static mesa_status
read_all(struct mesa_page_run *run, const char *const *folder, size_t n,
         const struct mesa_page_options *options, char **why,
         struct mesa_error *err)
{
    mesa_status st = refuse_twice(folder, n, err);

    /* What is no run is told before anything is drawn. */
    for (size_t i = 0; i < n && st == MESA_OK; i++)
        st = mesa_page_read(&run[i], folder[i], err);
    for (size_t i = 0; i < n && st == MESA_OK; i++) {
        char *missing;

        st = options->draw ? mesa_plots_draw(folder[i], options->stop,
                                             &missing, err)
                           : tell_missing(folder[i], &missing, err);
        if (*why)
            mesa_free(missing);
        else
            *why = missing;
    }
    return st;
}

enum mesa_exit
mesa_page_report(const char *const *folder, size_t n,
                 const struct mesa_page_options *options, char **why,
                 struct mesa_error *err)
{
    struct mesa_page_run *run = mesa_alloc_array(n, sizeof *run);
    const char *output = options->output;
    const char *path = output ? output : "report.html";
    struct mesa_text text = { 0 };
    enum mesa_exit code;
    mesa_status st = run ? MESA_OK : mesa_nomem(err, n, "runs");

    *why = NULL;
    if (st == MESA_OK)
        st = read_all(run, folder, n, options, why, err);
    if (st == MESA_OK)
        st = n == 1 ? put_page(&text, run, err)
                    : mesa_page_compare(&text, run, n, path, err);
    code = mesa_exit_code(st, MESA_STAGE_DATA);
    if (st == MESA_OK)
        code = mesa_exit_code(write_page(&text, n == 1 && !output ? folder[0]
                                                                  : NULL,
                                         path, err),
                              MESA_STAGE_OUTPUT);
    mesa_free(text.at);
    for (size_t i = 0; run && i < n; i++)
        mesa_page_free(&run[i]);
    mesa_free(run);
    return code;
}
