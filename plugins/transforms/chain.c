/* SPDX-License-Identifier: MIT */
/*
 * chain - several transforms, one after the other.
 *
 * Each is fitted on the training rows as those before it leave them.  Applying
 * takes one more copy of the rows.
 */
#include <math.h>

#include <mesa/mesa.h>

struct chain {
    struct mesa_components steps;
    struct mesa_instance **step;
};

static const struct mesa_param chain_params[] = {
    MESA_COMPONENTS(struct chain, steps, "steps", MESA_KIND_TRANSFORM,
                    "impute, standard", "Transforms, in their order"),
    MESA_PARAM_END
};

static mesa_status
chain_init(void *self, struct mesa_error *err)
{
    struct chain *c = self;
    mesa_status st = MESA_OK;

    c->step = mesa_alloc_array(c->steps.n, sizeof *c->step);
    if (!c->step)
        return mesa_nomem(err, c->steps.n, "transforms");
    for (size_t i = 0; i < c->steps.n && st == MESA_OK; i++)
        st = mesa_instance_new(c->steps.item[i], &c->step[i], err);
    return st;
}

static void
chain_fini(void *self)
{
    struct chain *c = self;

    for (size_t i = 0; c->step && i < c->steps.n; i++)
        mesa_instance_free(c->step[i]);
    mesa_free(c->step);
}

/* Step i sees what the test rows have, which fit has not seen. */
static mesa_status
check_missing(const struct chain *c, size_t i, const struct mesa_cmatrix *x,
              struct mesa_error *err)
{
    const struct mesa_class *class_ = mesa_instance_class(c->step[i]);

    if (class_->flags & MESA_CLASS_MISSING)
        return MESA_OK;
    for (size_t r = 0; r < x->rows; r++)
        for (size_t j = 0; j < x->cols; j++)
            if (isnan(mesa_row(x, r)[j]))
                return mesa_fail(err, MESA_EDATA,
                                 "%s takes no missing values, but row %zu, "
                                 "column %zu is: put impute before it",
                                 class_->name, r, j);
    return MESA_OK;
}

/* Step i on x, into out, which x is from then on. */
static mesa_status
apply_step(const struct chain *c, size_t i, struct mesa_cmatrix *x,
           double *out, struct mesa_error *err)
{
    mesa_status st = check_missing(c, i, x, err);

    if (st == MESA_OK)
        st = mesa_transform_apply(c->step[i], x, out, err);
    *x = (struct mesa_cmatrix){ out, x->rows, x->cols, x->cols, NULL };
    return st;
}

static mesa_status
chain_fit(void *self, const struct mesa_dataset *train,
          struct mesa_error *err)
{
    const struct chain *c = self;
    struct mesa_dataset now = *train;
    double *block = mesa_alloc_raw(train->x.rows,
                                   2 * train->x.cols * sizeof *block);
    mesa_status st = MESA_OK;

    if (!block)
        return mesa_nomem(err, train->x.rows, "transformed rows");
    for (size_t i = 0; i < c->steps.n && st == MESA_OK; i++) {
        size_t half = i % 2 ? train->x.rows * train->x.cols : 0;

        st = mesa_transform_fit(c->step[i], &now, err);
        if (st == MESA_OK && i + 1 < c->steps.n)
            st = apply_step(c, i, &now.x, block + half, err);
    }
    mesa_free(block);
    return st;
}

/* The last step writes to out, the one before it to the copy, and so on. */
static mesa_status
chain_apply(const void *self, const struct mesa_cmatrix *x, double *out,
            struct mesa_error *err)
{
    const struct chain *c = self;
    struct mesa_cmatrix now = *x;
    double *copy = NULL;
    mesa_status st = MESA_OK;

    if (c->steps.n > 1) {
        copy = mesa_alloc_raw(x->rows, x->cols * sizeof *copy);
        if (!copy)
            return mesa_nomem(err, x->rows, "transformed rows");
    }
    for (size_t i = 0; i < c->steps.n && st == MESA_OK; i++)
        st = apply_step(c, i, &now, (c->steps.n - i) % 2 ? out : copy, err);
    mesa_free(copy);
    return st;
}

static mesa_status
chain_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct chain *c = self;
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < c->steps.n && st == MESA_OK; i++)
        st = mesa_instance_save(c->step[i], to, "step", i, err);
    return st;
}

static mesa_status
chain_load(void *self, const struct mesa_archive *from,
           struct mesa_error *err)
{
    const struct chain *c = self;
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < c->steps.n && st == MESA_OK; i++)
        st = mesa_instance_load(c->step[i], from, "step", i, err);
    return st;
}

static const struct mesa_transform_class chain = {
    MESA_TRANSFORM(struct chain),
    .head.name   = "chain",
    .head.title  = "Several transforms, one after the other",
    .head.params = chain_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING,
    .head.init   = chain_init,
    .head.fini   = chain_fini,
    .head.save   = chain_save,
    .head.load   = chain_load,
    .fit         = chain_fit,
    .apply       = chain_apply,
};

MESA_PLUGIN(.name = "chain", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&chain.head));
