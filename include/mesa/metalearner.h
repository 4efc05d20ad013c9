/* SPDX-License-Identifier: MIT */
/* mesa/metalearner.h - outer loops, stepped by the core: [metalearner]. */
#ifndef MESA_METALEARNER_H
#define MESA_METALEARNER_H

#include <mesa/host.h>

struct mesa_report; /* where it all ends: mesa/report.h */

struct mesa_metalearner_class {
    struct mesa_class head;

    /* Required.  Prepare; the host lends the components of the INI. */
    mesa_status (*begin)(void *self, const struct mesa_host *host,
                         struct mesa_error *err);

    /*
     * Required.  One outer iteration: an episode, a meta-batch, a query.
     * Sets *done with the last one.  What it does is a function of the state
     * and i alone, with streams from mesa_host_rng: between steps the core
     * may save self, stop, and in another process begin, load and go on.
     */
    mesa_status (*step)(void *self, const struct mesa_host *host, uint64_t i,
                        struct mesa_metrics *metrics, bool *done,
                        struct mesa_error *err);

    /* Optional.  After the last step; leaves the learnt component ready. */
    mesa_status (*finish)(void *self, const struct mesa_host *host,
                          struct mesa_error *err);

    /* Optional.  How many steps there will be, for progress; 0: unknown. */
    uint64_t (*total)(const void *self, const struct mesa_host *host);

    /* Optional.  What [evaluate] fits instead of [estimator]; NULL: that. */
    const struct mesa_component *(*result)(const void *self);

    /* Optional.  After finish, when results are written: what it found. */
    mesa_status (*report)(const void *self, const struct mesa_host *host,
                          struct mesa_report *report, struct mesa_error *err);

    /* Optional, both or neither: init.safetensors, for other runs to start
     * from.  keep comes after finish, or after a step that failed with
     * MESA_ENUMERIC, with what was good before; start between init and begin,
     * with the file that [metalearner] state names, good for life. */
    mesa_status (*keep)(const void *self, struct mesa_archive *to,
                        struct mesa_error *err);
    mesa_status (*start)(void *self, const struct mesa_archive *from,
                         struct mesa_error *err);
};

#define MESA_METALEARNER(T) \
    MESA_HEAD_(struct mesa_metalearner_class, MESA_KIND_METALEARNER, 1, T)

#endif
