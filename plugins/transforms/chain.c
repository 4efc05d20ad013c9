/* SPDX-License-Identifier: MIT */
/*
 * chain - several transforms, one after the other.
 *
 * Each is fitted on the training rows as those before it leave them.  Applying
 * takes one more copy of the rows, two from three steps on.
 */
#include <math.h>

#include <mesa/mesa.h>

struct chain {
    struct mesa_components steps;
    struct mesa_instance **step;
    /* What each step makes of the columns that came first; NULL: nothing
     * else than the one before it. */
    struct mesa_transform_column **made;
    size_t                         width; /* after the last */
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
    c->made = mesa_alloc_array(c->steps.n, sizeof *c->made);
    if (!c->step || !c->made)
        return mesa_nomem(err, c->steps.n, "transforms");
    for (size_t i = 0; i < c->steps.n && st == MESA_OK; i++)
        st = mesa_instance_new(c->steps.item[i], &c->step[i], err);
    return st;
}

static void
forget_columns(struct chain *c)
{
    for (size_t i = 0; c->made && i < c->steps.n; i++) {
        mesa_free(c->made[i]);
        c->made[i] = NULL;
    }
}

static void
chain_fini(void *self)
{
    struct chain *c = self;

    for (size_t i = 0; c->step && i < c->steps.n; i++)
        mesa_instance_free(c->step[i]);
    forget_columns(c);
    mesa_free(c->step);
    mesa_free(c->made);
}

/* The column that a step describes, and what that was made of in turn, on
 * the columns before the step; *room is for the latter. */
static void
graft(struct mesa_transform_column *to,
      const struct mesa_transform_column *own,
      const struct mesa_transform_column *before,
      struct mesa_transform_column **room)
{
    *to = *own;
    if (own->of) {
        struct mesa_transform_column *parent = (*room)++;

        graft(parent, own->of, before, room);
        to->of = parent;
    } else if (before) {
        to->of = &before[own->from];
    }
    if (to->of)
        to->from = to->of->from;
}

/* What step i makes of width columns, that those before it left. */
static mesa_status
compose_step(struct chain *c, size_t i, size_t *width,
             const struct mesa_transform_column **before,
             struct mesa_error *err)
{
    const char *name = mesa_instance_class(c->step[i])->name;
    const struct mesa_transform_column *own;
    struct mesa_transform_column *room;
    size_t n = mesa_transform_columns(c->step[i], &own), all = n;

    if (!own && n != *width)
        return mesa_fail(err, MESA_EPARSE,
                         "step %zu, %s, is of %zu columns, but it gets %zu",
                         i, name, n, *width);
    if (!own)
        return MESA_OK;
    for (size_t j = 0; j < n; j++) {
        if (own[j].from >= *width)
            return mesa_fail(err, MESA_EPARSE,
                             "step %zu, %s, is of more than the %zu columns "
                             "that it gets",
                             i, name, *width);
        for (const struct mesa_transform_column *o = own[j].of; o; o = o->of)
            all++;
    }
    c->made[i] = mesa_alloc_array(all, sizeof *room);
    if (!c->made[i])
        return mesa_nomem(err, all, "columns");
    room = c->made[i] + n;
    for (size_t j = 0; j < n; j++)
        graft(&c->made[i][j], &own[j], *before, &room);
    *before = c->made[i];
    *width = n;
    return MESA_OK;
}

static mesa_status
compose(struct chain *c, size_t cols, struct mesa_error *err)
{
    const struct mesa_transform_column *before = NULL;
    mesa_status st = MESA_OK;

    forget_columns(c);
    c->width = cols;
    for (size_t i = 0; i < c->steps.n && st == MESA_OK; i++)
        st = compose_step(c, i, &c->width, &before, err);
    return st;
}

static size_t
chain_columns(const void *self, const struct mesa_transform_column **out)
{
    const struct chain *c = self;

    for (size_t i = c->steps.n; i-- && !*out;)
        *out = c->made[i];
    return c->width;
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
    size_t width = mesa_transform_columns(c->step[i], NULL);
    mesa_status st = check_missing(c, i, x, err);

    if (st == MESA_OK)
        st = mesa_transform_apply(c->step[i], x, out, err);
    *x = (struct mesa_cmatrix){ out, x->rows, width, width, NULL };
    return st;
}

/* Of the rows on their way through the steps only those of the last one are
 * needed, and those that hold the schema. */
static mesa_status
chain_fit(void *self, const struct mesa_dataset *train,
          struct mesa_error *err)
{
    struct chain *c = self;
    struct mesa_dataset now = *train, next;
    double *rows = NULL, *named = NULL, *block;
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < c->steps.n && st == MESA_OK; i++) {
        st = mesa_transform_fit(c->step[i], &now, err);
        if (st != MESA_OK || i + 1 == c->steps.n)
            break;
        st = mesa_transformed(c->step[i], &now, &next, &block, err);
        if (rows != named)
            mesa_free(rows);
        rows = block;
        if (st == MESA_OK && next.schema != now.schema) {
            mesa_free(named);
            named = block;
        }
        now = next;
    }
    if (rows != named)
        mesa_free(rows);
    mesa_free(named);
    return st == MESA_OK ? compose(c, train->x.cols, err) : st;
}

/* The last step writes to out, those before it to two copies in turn. */
static mesa_status
chain_apply(const void *self, const struct mesa_cmatrix *x, double *out,
            struct mesa_error *err)
{
    const struct chain *c = self;
    size_t last = c->steps.n - 1, widest[2] = { 0, 0 };
    struct mesa_cmatrix now = *x;
    double *copy[2] = { NULL, NULL };
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < last; i++) {
        size_t width = mesa_transform_columns(c->step[i], NULL);

        widest[i % 2] = width > widest[i % 2] ? width : widest[i % 2];
    }
    for (size_t k = 0; k < 2 && k < last && st == MESA_OK; k++) {
        copy[k] = mesa_alloc_raw(x->rows, widest[k] * sizeof **copy);
        if (!copy[k])
            st = mesa_nomem(err, x->rows, "transformed rows");
    }
    for (size_t i = 0; i <= last && st == MESA_OK; i++)
        st = apply_step(c, i, &now, i == last ? out : copy[i % 2], err);
    mesa_free(copy[0]);
    mesa_free(copy[1]);
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
    struct chain *c = self;
    size_t cols;
    mesa_status st = mesa_archive_fitted_shape(from, &cols, NULL, err);

    for (size_t i = 0; i < c->steps.n && st == MESA_OK; i++)
        st = mesa_instance_load(c->step[i], from, "step", i, err);
    return st == MESA_OK ? compose(c, cols, err) : st;
}

static mesa_status
chain_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
              uint32_t *out, struct mesa_error *err)
{
    const struct chain *c = self;
    mesa_status st = MESA_OK;

    *out = x;
    for (size_t i = 0; i < c->steps.n && st == MESA_OK; i++)
        st = mesa_transform_to_onnx(c->step[i], g, *out, out, err);
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
    .to_onnx     = chain_to_onnx,
    .columns     = chain_columns,
};

MESA_PLUGIN(.name = "chain", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&chain.head));
