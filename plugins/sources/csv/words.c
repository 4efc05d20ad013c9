/* SPDX-License-Identifier: MIT */
/*
 * words.c - sets of strings (hashed with FNV-1a, open addressing, at most
 * half full), and lists of names for messages.
 */
#include "csv.h"

#include <stdio.h>
#include <string.h>

/* The high bits folded in, since only the low ones choose the slot. */
static size_t
hash(const char *p, size_t n)
{
    uint64_t h = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)p[i]) * UINT64_C(1099511628211);
    return (size_t)(h ^ h >> 32);
}

/* The slot where the word is, or where it would go.  n_slots > 0. */
static uint32_t *
find_slot(const struct csv_words *w, const char *begin, size_t length)
{
    size_t i = hash(begin, length) & (w->n_slots - 1);

    for (; w->slot[i]; i = (i + 1) & (w->n_slots - 1)) {
        const char *text = w->text[w->slot[i] - 1];

        if (strncmp(text, begin, length) == 0 && text[length] == '\0')
            break;
    }
    return &w->slot[i];
}

size_t
csv_words_find(const struct csv_words *w, const char *begin, size_t length)
{
    uint32_t found = w->n_slots ? *find_slot(w, begin, length) : 0;

    return found ? found - 1 : CSV_NO_WORD;
}

/* Twice the slots, and room for half as many words. */
static bool
grow(struct csv_words *w)
{
    size_t n_slots = w->n_slots ? w->n_slots * 2 : 16;
    uint32_t *slot = mesa_alloc_array(n_slots, sizeof *slot);
    char **text = mesa_realloc_array(w->text, n_slots / 2, sizeof *text);

    if (text)
        w->text = text;
    if (!slot || !text) {
        mesa_free(slot);
        return false;
    }
    mesa_free(w->slot);
    w->slot = slot;
    w->n_slots = n_slots;
    for (size_t i = 0; i < w->n; i++)
        *find_slot(w, text[i], strlen(text[i])) = (uint32_t)i + 1;
    return true;
}

mesa_status
csv_words_add(struct csv_words *w, const char *begin, size_t length,
              struct mesa_error *err)
{
    uint32_t *slot;
    char *copy;

    if (csv_words_find(w, begin, length) != CSV_NO_WORD)
        return MESA_OK;
    if (w->n >= w->n_slots / 2 && !grow(w))
        return mesa_nomem(err, w->n + 1, "names");
    /* After growing: the slot must be in the new table. */
    copy = mesa_alloc_raw(length + 1, 1);
    if (!copy)
        return mesa_nomem(err, length, "bytes of a name");
    memcpy(copy, begin, length);
    copy[length] = '\0';
    slot = find_slot(w, begin, length);
    w->text[w->n++] = copy;
    *slot = (uint32_t)w->n;
    return MESA_OK;
}

void
csv_words_free(struct csv_words *w)
{
    for (size_t i = 0; i < w->n; i++)
        mesa_free(w->text[i]);
    mesa_free(w->text);
    mesa_free(w->slot);
    memset(w, 0, sizeof *w);
}

void
csv_list_add(struct csv_list *list, const char *name)
{
    size_t room = sizeof list->text - list->n;
    int n;

    /* What comes after the dots is not wanted either. */
    if (list->n >= 3 && strcmp(list->text + list->n - 3, "...") == 0)
        return;
    if (strlen(name) + 8 > room)
        n = snprintf(list->text + list->n, room, "%s...",
                     list->n ? ", " : "");
    else
        n = snprintf(list->text + list->n, room, "%s%s", list->n ? ", " : "",
                     name);
    list->n += (size_t)n;
}

#define LONGEST 64

/* Insertions, deletions and replacements from a to b, one row of the table
 * at a time (Wagner and Fischer 1974). */
static size_t
edit_distance(const char *a, const char *b)
{
    size_t row[LONGEST + 1], n = strlen(b);

    if (n > LONGEST)
        return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
        }
    }
    return row[n];
}

void
csv_suggest(const struct csv_words *names, const char *typed, char out[100])
{
    /* The longer the word, the more of it may be wrong. */
    size_t n = strlen(typed), best = n <= 4 ? 1 : n <= 8 ? 2 : 3;
    size_t nearest = CSV_NO_WORD;

    for (size_t i = 0; i < names->n; i++) {
        size_t d = edit_distance(typed, names->text[i]);

        if (d <= best && (nearest == CSV_NO_WORD || d < best)) {
            best = d;
            nearest = i;
        }
    }
    out[0] = '\0';
    if (nearest != CSV_NO_WORD)
        snprintf(out, 100, ", did you mean '%.64s'?", names->text[nearest]);
}
