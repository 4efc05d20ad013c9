/* SPDX-License-Identifier: MIT */
/* json.h - writing JSON, and reading the little of it that archives need. */
#ifndef MESA_CORE_JSON_H
#define MESA_CORE_JSON_H

#include "text.h"

/* Writes into a text, two spaces per level, members in the order given. */
struct mesa_json_writer {
    struct mesa_text *text;
    unsigned          depth;
    bool              first, after_key;
};

struct mesa_json_writer mesa_json_writer(struct mesa_text *text);
void mesa_json_open(struct mesa_json_writer *w, char bracket);
void mesa_json_close(struct mesa_json_writer *w, char bracket);
void mesa_json_key(struct mesa_json_writer *w, const char *key);
void mesa_json_string(struct mesa_json_writer *w, const char *value);
void mesa_json_uint(struct mesa_json_writer *w, uint64_t value);
void mesa_json_int(struct mesa_json_writer *w, int64_t value);
void mesa_json_bool(struct mesa_json_writer *w, bool value);
void mesa_json_null(struct mesa_json_writer *w);
/* NaN and infinities, which JSON has not, become null. */
void mesa_json_double(struct mesa_json_writer *w, double value);

/* The string in quotes, escaped.  JSON is UTF-8: each byte of value that is
 * not becomes U+FFFD.  Where that loses something, ask first. */
void mesa_json_quote(struct mesa_text *text, const char *value);

/* The first byte of [text, end) that is not UTF-8, or NULL. */
const char *mesa_utf8_malformed(const char *text, const char *end);

/*
 * A strict pull parser over [at, end).  Each function consumes one thing and
 * says whether it was there; after the first false, error says why, and
 * at where.
 */
struct mesa_json_reader {
    const char *start, *at, *end;
    const char *error;
};

bool mesa_json_expect(struct mesa_json_reader *r, char punctuation);
/* Is this the next character (after blanks)?  Consumes it if so. */
bool mesa_json_accept(struct mesa_json_reader *r, char punctuation);
/* A string, decoded, in fresh memory. */
bool mesa_json_read_string(struct mesa_json_reader *r, char **out);
bool mesa_json_read_uint(struct mesa_json_reader *r, uint64_t *out);
/* Nothing but blanks is left. */
bool mesa_json_read_end(struct mesa_json_reader *r);

#endif
