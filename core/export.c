/* SPDX-License-Identifier: MIT */
/* export.c - transform, estimator and class names as one ONNX graph. */
#include "export.h"

#include "files.h"
#include "instance.h"
#include "onnx.h"
#include "saved.h"

#include <stdio.h>
#include <string.h>

static mesa_status
build(const struct mesa_saved *s, struct mesa_bytes *out,
      struct mesa_error *err)
{
    uint32_t x, proba;
    struct mesa_onnx *g = mesa_onnx_new(s->schema.n_columns, &x);
    mesa_status st = g ? MESA_OK : mesa_nomem(err, 1, "ONNX graph");

    if (st == MESA_OK && s->model.transform)
        st = mesa_transform_to_onnx(s->model.transform, g, x, &x, err);
    if (st == MESA_OK && s->schema.n_classes < 2)
        st = mesa_fail(err, MESA_ENOTSUP,
                       "a model of one class cannot be exported");
    if (st == MESA_OK)
        st = mesa_estimator_to_onnx(s->model.estimator, g, x, &proba, err);
    if (st == MESA_OK)
        st = mesa_onnx_finish(g, proba, &s->schema, out, err);
    mesa_onnx_free(g);
    return st;
}

static enum mesa_exit
write_bytes(const struct mesa_bytes *bytes, const char *output,
            struct mesa_error *err)
{
    struct mesa_file *file;
    mesa_status st;

    /* What is wrong with standard output is told at the end. */
    if (strcmp(output, "-") == 0) {
        fwrite(bytes->at, 1, bytes->n, stdout);
        return MESA_EXIT_OK;
    }
    st = mesa_file_open_path(&file, output, err);
    if (st != MESA_OK)
        return mesa_exit_code(st, MESA_STAGE_OUTPUT);
    mesa_file_write(file, bytes->at, bytes->n);
    return mesa_exit_code(mesa_file_commit(file, err), MESA_STAGE_RUN);
}

enum mesa_exit
mesa_export(struct mesa_registry *registry, const char *model,
            const char *output, struct mesa_error *err)
{
    struct mesa_bytes bytes = { 0 };
    struct mesa_saved saved;
    enum mesa_exit code = mesa_saved_open(&saved, registry, model, NULL, 0,
                                          err);
    mesa_status st;

    if (code == MESA_EXIT_OK) {
        st = build(&saved, &bytes, err);
        code = st == MESA_ENOTSUP ? MESA_EXIT_PLUGIN
                                  : mesa_exit_code(st, MESA_STAGE_RUN);
    }
    if (code == MESA_EXIT_OK)
        code = write_bytes(&bytes, output, err);
    mesa_free(bytes.at);
    mesa_saved_free(&saved);
    return code;
}
