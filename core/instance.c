/* SPDX-License-Identifier: MIT */
/* instance.c - instances into archives and back, with what they were fitted
 * on. */
#include "archive_internal.h"
#include "instance.h"

/* What the core itself must know of a fitted instance. */
static const char *const fitted_shape = "mesa.shape";

mesa_status
mesa_instance_save(const struct mesa_instance *instance,
                   struct mesa_archive *to, const char *name, size_t i,
                   struct mesa_error *err)
{
    const struct mesa_class *c = instance->class_;
    uint64_t shape[3] = { instance->fitted, instance->n_columns,
                          instance->n_classes };
    struct mesa_archive child;
    mesa_status st;

    if (!c->save)
        return mesa_fail(err, MESA_ENOTSUP, "%s cannot be saved", c->name);
    st = mesa_archive_child(to, name, i, &child, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(&child, fitted_shape, MESA_U64, 3, shape,
                                     err);
    if (st != MESA_OK)
        return st;
    return mesa_instance_blame(instance, c->save(instance->self, &child, err),
                               err);
}

mesa_status
mesa_archive_fitted_shape(const struct mesa_archive *from, size_t *n_columns,
                          size_t *n_classes, struct mesa_error *err)
{
    const size_t three = 3;
    const void *data;
    mesa_status st = mesa_archive_expect(from, fitted_shape, MESA_U64, 1,
                                         &three, &data, err);

    if (st != MESA_OK)
        return st;
    *n_columns = ((const uint64_t *)data)[1];
    if (n_classes)
        *n_classes = ((const uint64_t *)data)[2];
    return MESA_OK;
}

mesa_status
mesa_instance_same_shape(const struct mesa_instance *a,
                         const struct mesa_instance *b,
                         struct mesa_error *err)
{
    size_t columns = mesa_estimator_n_columns(a);
    size_t classes = mesa_estimator_n_classes(a);
    size_t columns_b = mesa_estimator_n_columns(b);
    size_t classes_b = mesa_estimator_n_classes(b);

    if (columns == columns_b && classes == classes_b)
        return MESA_OK;
    return mesa_fail(err, MESA_EPARSE,
                     "members of %zu columns and %zu classes and of %zu and "
                     "%zu",
                     columns, classes, columns_b, classes_b);
}

mesa_status
mesa_instance_load(struct mesa_instance *instance,
                   const struct mesa_archive *from, const char *name, size_t i,
                   struct mesa_error *err)
{
    const struct mesa_class *c = instance->class_;
    const size_t three = 3;
    const uint64_t *shape;
    struct mesa_archive child;
    const void *data;
    mesa_status st;

    if (!c->load)
        return mesa_fail(err, MESA_ENOTSUP, "%s cannot be loaded", c->name);
    st = mesa_archive_child(from, name, i, &child, err);
    if (st == MESA_OK)
        st = mesa_archive_expect(&child, fitted_shape, MESA_U64, 1, &three,
                                 &data, err);
    if (st != MESA_OK)
        return st;
    shape = data;
    instance->fitted = false;
    st = mesa_instance_blame(instance, c->load(instance->self, &child, err),
                             err);
    if (st != MESA_OK)
        return st;
    instance->fitted = shape[0] != 0;
    instance->n_columns = shape[1];
    instance->n_classes = shape[2];
    instance->n_rows = 0;
    return MESA_OK;
}
