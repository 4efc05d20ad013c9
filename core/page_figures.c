/* SPDX-License-Identifier: MIT */
/* page_figures.c - the pictures of a run, in its page. */
#include "page_run.h"

#include "files.h"
#include "page_svg.h"

/* A picture of which only the bytes count: longer ones are shown as a link. */
#define LIMIT ((size_t)1 << 20)

static void
put_caption(struct mesa_text *out, const struct mesa_plot_entry *e)
{
    mesa_html_printf(out, "<figcaption><b>%s.</b> %s", e->title, e->caption);
    if (e->flags & MESA_PLOT_ANIMATE)
        mesa_text_add(out, " <button type=\"button\" class=\"stop\" "
                           "hidden>Stop</button>");
    mesa_text_add(out, "</figcaption></figure>\n");
}

mesa_status
mesa_page_put_figure(struct mesa_text *out, const struct mesa_page_run *run,
                     size_t i, const char *id, size_t number,
                     struct mesa_error *err)
{
    const struct mesa_plot_entry *e = &run->plots.entry[i];
    struct mesa_page_picture picture = { .title = e->title,
                                         .number = number,
                                         .runs = e->flags & MESA_PLOT_ANIMATE };
    char *path = mesa_asprintf("%s/plots/%s.svg", run->folder, e->name);
    struct mesa_error why = { .status = MESA_OK };
    char *svg = NULL;
    mesa_status st = path ? mesa_file_get_regular(path, LIMIT, &svg,
                                                  &picture.n, &why)
                          : MESA_ENOMEM;

    mesa_html_printf(out, "<figure id=\"picture-%s\">\n", id);
    if (st == MESA_OK) {
        picture.svg = svg;
        mesa_page_put_svg(out, &picture);
    } else if (st == MESA_ENOTFOUND || st == MESA_EPARSE) {
        mesa_html_printf(out, st == MESA_EPARSE
                                  ? "<p class=\"missing\">Too large to show "
                                    "here, see plots/%s.svg.</p>"
                                  : "<p class=\"missing\">Not drawn; gnuplot "
                                    "makes it of plots/%s.gp.</p>",
                         e->name);
        st = MESA_OK;
    } else if (st == MESA_EIO) {
        mesa_html_printf(out, "<p class=\"missing\">plots/%s.svg cannot be "
                              "read: %s.</p>", e->name, mesa_page_why(&why));
        st = MESA_OK;
    } else {
        st = mesa_nomem(err, 1, "picture");
    }
    put_caption(out, e);
    mesa_free(svg);
    mesa_free(path);
    return st;
}

mesa_status
mesa_page_put_figures(struct mesa_text *out, const struct mesa_page_run *run,
                      uint32_t section, size_t *number, struct mesa_error *err)
{
    bool any = false;
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < run->plots.n && st == MESA_OK; i++) {
        if (run->plots.entry[i].section != section)
            continue;
        if (!any)
            mesa_text_add(out, "<div class=\"figures\">\n");
        any = true;
        st = mesa_page_put_figure(out, run, i, run->plots.entry[i].name,
                                  (*number)++, err);
    }
    if (any)
        mesa_text_add(out, "</div>\n");
    return st;
}
