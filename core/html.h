/* SPDX-License-Identifier: MIT */
/* html.h - text of any origin, as text of a page. */
#ifndef MESA_CORE_HTML_H
#define MESA_CORE_HTML_H

#include "text.h"

/* The string, escaped for elements and for attributes in quotes; what is not
 * UTF-8, or no character that a page may hold, becomes U+FFFD. */
MESA_INTERNAL void mesa_html_text(struct mesa_text *to, const char *string);
MESA_INTERNAL void mesa_html_bytes(struct mesa_text *to, const char *string,
                                   size_t n);

/* printf, each %s escaped.  It knows %s, %zu and %%. */
MESA_INTERNAL void mesa_html_printf(struct mesa_text *to, const char *fmt,
                                    ...) MESA_PRINTF(2, 3);

/* The string as part of the path of a URL, escaped for both. */
MESA_INTERNAL void mesa_html_url(struct mesa_text *to, const char *path);

/* n bytes in base64 (RFC 4648, section 4). */
MESA_INTERNAL void mesa_html_base64(struct mesa_text *to, const char *data,
                                    size_t n);

#endif
