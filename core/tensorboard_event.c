/* SPDX-License-Identifier: MIT */
/* tensorboard_event.c - figures of a step as the message of one record. */
#include "tensorboard.h"

#ifdef HAVE_PROTOBUF_C

#include "tensorboard.pb-c.h"

/* Room for the message of one figure. */
struct slot {
    Mesa__SummaryValue  value;
    Mesa__Histogram     histogram;
};

/* Messages borrow, and have no const. */
static void *
lend(const void *what)
{
    union {
        const void *in;
        void       *out;
    } u = { what };

    return u.out;
}

static void
fill_histogram(Mesa__Histogram *to, const struct mesa_histogram *h)
{
    mesa__histogram__init(to);
    to->min = h->min;
    to->max = h->max;
    to->num = (double)h->n;
    to->sum = h->sum;
    to->sum_squares = h->sum_squares;
    to->n_bucket_limit = to->n_bucket = h->n_buckets;
    to->bucket_limit = lend(h->limit);
    to->bucket = lend(h->count);
}

static void
fill_value(struct slot *slot, const struct mesa_event_value *v)
{
    Mesa__SummaryValue *to = &slot->value;

    mesa__summary_value__init(to);
    to->tag = lend(v->tag);
    if (v->histogram) {
        fill_histogram(&slot->histogram, v->histogram);
        to->value_case = MESA__SUMMARY_VALUE__VALUE_HISTO;
        to->histo = &slot->histogram;
    } else {
        to->value_case = MESA__SUMMARY_VALUE__VALUE_SIMPLE_VALUE;
        to->simple_value = (float)v->value;
    }
}

static unsigned char *
pack(const struct mesa_event *event, size_t *bytes)
{
    Mesa__Event message = MESA__EVENT__INIT;
    Mesa__Summary summary = MESA__SUMMARY__INIT;
    struct slot *slot = mesa_alloc_array(event->n, sizeof *slot);
    Mesa__SummaryValue **pointer = mesa_alloc_array(event->n, sizeof *pointer);
    unsigned char *out = NULL;

    if (!slot || !pointer)
        goto done;
    for (size_t i = 0; i < event->n; i++) {
        fill_value(&slot[i], &event->value[i]);
        pointer[i] = &slot[i].value;
    }
    summary.n_value = event->n;
    summary.value = pointer;
    message.wall_time = event->wall_time;
    message.step = (int64_t)event->step;
    message.what_case = event->version ? MESA__EVENT__WHAT_FILE_VERSION
                                       : MESA__EVENT__WHAT_SUMMARY;
    if (event->version)
        message.file_version = lend(event->version);
    else
        message.summary = &summary;
    *bytes = mesa__event__get_packed_size(&message);
    out = mesa_alloc_raw(*bytes, 1);
    if (out)
        mesa__event__pack(&message, out);
done:
    mesa_free(pointer);
    mesa_free(slot);
    return out;
}

mesa_event_pack *const mesa_event_packer = pack;

#else

mesa_event_pack *const mesa_event_packer = NULL;

#endif
