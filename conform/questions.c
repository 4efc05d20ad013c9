/* SPDX-License-Identifier: MIT */
/* questions.c - rows without labels, and somebody who knows them. */
#include "questions.h"

#include "toy.h"

#include <math.h>
#include <string.h>

/* Every sixth row has a label, among them some of both classes. */
static void
hide_labels(struct mesa_dataset *d, enum known_rows known)
{
    for (size_t r = 0; r < d->x.rows; r++)
        if (known == KNOWN_NONE || r % 6 != 3)
            toy_y(d)[r] = -1;
    d->flags |= MESA_DATA_UNLABELLED;
}

static void
look_at_row(struct questions *q, const struct mesa_question *asked, size_t i)
{
    const size_t row = asked->row[i];

    if (row >= q->data->x.rows) {
        fail(q->bench, "row %zu of %zu is asked for", row, q->data->x.rows);
        return;
    }
    if ((q->data->flags & MESA_DATA_UNLABELLED) && q->data->y[row] >= 0)
        fail(q->bench, "row %zu is asked for, which has a label", row);
    if (q->given[row])
        fail(q->bench, "row %zu is asked for, as in step %llu", row,
             (unsigned long long)(q->given[row] - 1));
    for (size_t j = 0; j < i; j++)
        if (asked->row[j] == row)
            fail(q->bench, "row %zu is asked for twice at once", row);
    if (asked->utility && !(asked->utility[i] >= 0) &&
        !isnan(asked->utility[i]))
        fail(q->bench, "row %zu is asked for, worth %g", row,
             asked->utility[i]);
}

static void
look_at_proba(struct questions *q, const struct mesa_question *asked)
{
    const size_t k = q->data->n_classes;

    for (size_t i = 0; i < asked->n && asked->proba; i++) {
        double sum = 0.0;

        for (size_t c = 0; c < k; c++)
            sum += asked->proba[i * k + c];
        if (!(fabs(sum - 1.0) <= 1e-9))
            fail(q->bench, "the probabilities of row %zu sum to %.12g",
                 asked->row[i], sum);
    }
}

/* What is wrong with a question is a failure of the check, and the question
 * is not answered. */
static mesa_status
answer(void *context, const struct mesa_question *asked, int32_t *label,
       enum mesa_answer *out, struct mesa_error *err)
{
    struct questions *q = context;
    const size_t rows = q->data->x.rows;

    q->n_late += q->answer != MESA_ANSWER_GIVEN && q->n_asked > 0;
    q->n_asked++;
    if (asked->struct_size < sizeof *asked)
        fail(q->bench, "struct_size of a question is %u, expected %zu",
             (unsigned)asked->struct_size, sizeof *asked);
    if (asked->n == 0 || asked->n > rows)
        fail(q->bench, "%zu of %zu rows are asked for", asked->n, rows);
    for (size_t i = 0; i < asked->n && going(q->bench); i++)
        look_at_row(q, asked, i);
    if (going(q->bench))
        look_at_proba(q, asked);
    if (!going(q->bench))
        return mesa_fail(err, MESA_EINVAL, "this is no question");
    q->n = asked->n;
    memcpy(q->row, asked->row, asked->n * sizeof *q->row);
    *out = q->answer;
    for (size_t i = 0; i < asked->n && q->answer == MESA_ANSWER_GIVEN; i++) {
        label[i] = q->truth[asked->row[i]];
        q->given[asked->row[i]] = 1 + q->step;
    }
    return MESA_OK;
}

void
lend_questions(struct bench *b, struct mesa_host *host, struct questions *q,
               enum known_rows known)
{
    struct mesa_dataset *d = toy_overlapping(b, 1);
    const size_t rows = going(b) ? d->x.rows : 0;
    int32_t *truth = bench_array(b, rows, sizeof *truth);

    *q = (struct questions){ .bench = b, .data = d, .truth = truth };
    q->given = bench_array(b, rows, sizeof *q->given);
    q->row = bench_array(b, rows, sizeof *q->row);
    if (!going(b))
        return;
    memcpy(truth, d->y, rows * sizeof *truth);
    toy_make_names(b, d);
    if (known != KNOWN_ALL)
        hide_labels(d, known);
    host->parts.data[MESA_PART_TRAIN] = d;
    host->ask = answer;
    host->ask_context = q;
}

void
questions_step(struct questions *q, uint64_t step)
{
    const size_t rows = q->data ? q->data->x.rows : 0;

    q->step = step;
    q->n_asked = q->n_late = 0;
    for (size_t r = 0; r < rows; r++)
        if (q->given[r] > step)
            q->given[r] = 0;
}
