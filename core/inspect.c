/* SPDX-License-Identifier: MIT */
/*
 * inspect.c - what a file or folder is, and what anybody can tell of it.
 *
 * Files are told apart by the notes that mesa-core leaves in them; any other
 * safetensors file is a list of tensors.
 */
#include "inspect.h"

#include "archive_internal.h"
#include "files.h"
#include "hash.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void
mesa_inspect_heading(struct mesa_inspection *in, const char *what,
                     const char *words)
{
    if (in->tell.json)
        mesa_tell_uint(&in->tell, "format", 1, NULL);
    mesa_tell_string(&in->tell, "path", in->path);
    mesa_tell_word(&in->tell, "what", what, words);
}

/* Size and hash of the file, and who wrote it. */
static mesa_status
tell_file(struct mesa_inspection *in, const struct mesa_archive *a,
          struct mesa_error *err)
{
    char *bytes;
    size_t n;
    mesa_status st = mesa_file_get(in->path, SIZE_MAX / 4, &bytes, &n, err);

    if (st != MESA_OK)
        return st;
    mesa_tell_uint(&in->tell, "size", n, "bytes");
    mesa_tell_hash(&in->tell, "hash", mesa_hash(bytes, n, 0));
    mesa_free(bytes);
    mesa_tell_string(&in->tell, "version",
                     mesa_archive_get_note(a, "mesa.version"));
    return MESA_OK;
}

/* What a component has learnt, for another run to start from. */
static mesa_status
inspect_state(struct mesa_inspection *in, const struct mesa_archive *a,
              struct mesa_error *err)
{
    const char *config = mesa_archive_get_note(a, "mesa.config");
    const char *kind = mesa_archive_get_note(a, "mesa.kind");

    mesa_tell_string(&in->tell, "kind", kind);
    mesa_tell_string(&in->tell, "type", mesa_archive_get_note(a, "mesa.type"));
    if (kind) {
        char *use = mesa_asprintf("--set %s.state=%s", kind, in->path);

        if (!use)
            return mesa_nomem(err, 1, "text");
        mesa_tell_string(&in->tell, "to_use", use);
        mesa_free(use);
    }
    return config ? mesa_inspect_config(in, config, "mesa.config", err)
                  : MESA_OK;
}

static mesa_status
tell_notes(struct mesa_inspection *in, const struct mesa_archive *a)
{
    const struct mesa_store *s = a->store;

    if (s->n_notes == 0 && !in->tell.json)
        return MESA_OK;
    mesa_tell_open(&in->tell, "notes");
    for (size_t i = 0; i < s->n_notes; i++)
        mesa_tell_string(&in->tell, s->note[i].key, s->note[i].text);
    mesa_tell_close(&in->tell);
    return MESA_OK;
}

static bool
is_checkpoint(const struct mesa_archive *a)
{
    struct mesa_tensor t;

    return mesa_archive_get(a, "run", &t, NULL) == MESA_OK &&
           t.dtype == MESA_U64 && t.n_dims == 1 &&
           mesa_archive_get_note(a, "mesa.loop");
}

static enum mesa_exit
inspect_archive(struct mesa_inspection *in, const struct mesa_archive *a,
                struct mesa_error *err)
{
    bool model = mesa_archive_get_note(a, "mesa.estimator") &&
                 mesa_archive_get_note(a, "mesa.columns");
    bool state = mesa_archive_get_note(a, "mesa.state");
    bool checkpoint = !model && !state && is_checkpoint(a);
    enum mesa_exit code = MESA_EXIT_OK;
    mesa_status st;

    if (model)
        mesa_inspect_heading(in, "model", "a model that a run has fitted");
    else if (state)
        mesa_inspect_heading(in, "state",
                             "what a component has learnt in a run");
    else if (checkpoint)
        mesa_inspect_heading(in, "checkpoint", "a checkpoint of a run");
    else
        mesa_inspect_heading(in, "tensors",
                             "tensors that mesa-core did not write");
    st = tell_file(in, a, err);
    if (st == MESA_OK && model)
        code = mesa_inspect_model(in, err);
    else if (st == MESA_OK && checkpoint)
        st = mesa_inspect_checkpoint(in, a, err);
    else if (st == MESA_OK && state)
        st = inspect_state(in, a, err);
    else if (st == MESA_OK)
        st = tell_notes(in, a);
    if (st == MESA_OK && code == MESA_EXIT_OK)
        st = mesa_inspect_tensors(in, a, err);
    return st == MESA_OK ? code : mesa_exit_code(st, MESA_STAGE_DATA);
}

static enum mesa_exit
inspect_file(struct mesa_inspection *in, struct mesa_error *err)
{
    struct mesa_archive *a;
    mesa_status st = mesa_archive_read(in->path, &a, err);
    enum mesa_exit code;

    if (st == MESA_EPARSE && mesa_inspect_foreign(in))
        return MESA_EXIT_OK;
    if (st != MESA_OK)
        return mesa_exit_code(st, MESA_STAGE_DATA);
    code = inspect_archive(in, a, err);
    mesa_archive_free(a);
    return code;
}

enum mesa_exit
mesa_inspect(struct mesa_registry *registry, const char *path, bool json,
             bool verbose, struct mesa_error *err)
{
    struct mesa_inspection in = { registry, path, verbose, { 0 } };
    struct stat is;
    enum mesa_exit code;
    char *text;

    if (stat(path, &is) != 0) {
        mesa_status st = errno == ENOENT || errno == ENOTDIR ? MESA_ENOTFOUND
                                                             : MESA_EIO;

        mesa_fail(err, st, "cannot read %s: %s", path, strerror(errno));
        return mesa_exit_code(st, MESA_STAGE_DATA);
    }
    mesa_teller_begin(&in.tell, json);
    if (S_ISDIR(is.st_mode)) {
        mesa_inspect_heading(&in, "run", "the folder of a run");
        code = mesa_inspect_run(&in, err);
    } else {
        code = inspect_file(&in, err);
    }
    text = mesa_teller_end(&in.tell);
    if (!text && code == MESA_EXIT_OK)
        code = mesa_exit_code(mesa_nomem(err, 1, "text"), MESA_STAGE_RUN);
    if (code == MESA_EXIT_OK)
        fputs(text, stdout);
    mesa_free(text);
    return code;
}
