/* SPDX-License-Identifier: MIT */
/*
 * test_undersample.c - samplers that drop rows: the rows that stay are those
 * of imbalanced-learn, and where distances are tied what the headers say.
 */
#include "sampler_fixture.h"

#include "../golden/undersample.h"

const struct mesa_plugin *all_knn_plugin(void);
const struct mesa_plugin *cnn_plugin(void);
const struct mesa_plugin *enn_plugin(void);
const struct mesa_plugin *ncr_plugin(void);
const struct mesa_plugin *near_miss_plugin(void);
const struct mesa_plugin *oss_plugin(void);
const struct mesa_plugin *renn_plugin(void);
const struct mesa_plugin *tomek_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "samplers", "all_knn", all_knn_plugin },
    { "samplers", "cnn", cnn_plugin },
    { "samplers", "enn", enn_plugin },
    { "samplers", "ncr", ncr_plugin },
    { "samplers", "near_miss", near_miss_plugin },
    { "samplers", "oss", oss_plugin },
    { "samplers", "renn", renn_plugin },
    { "samplers", "tomek", tomek_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

static void
test_rows_are_the_peers(void **state)
{
    const size_t n = sizeof golden_undersamples / sizeof *golden_undersamples;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct golden_undersample *g = &golden_undersamples[i];
        int32_t y[GOLDEN_ROWS];
        char kept[GOLDEN_ROWS + 1];
        struct mesa_dataset d =
            g->data == 0
                ? sampler_data(golden_x0, 3, golden_y0, y, 2)
                : sampler_data(golden_x1, 4, golden_y1, y, 3);
        struct maker m = empty;

        assert_ok(sampler_run(&m, g->sampler, g->words, &d, 1, kept, err));
        if (strcmp(kept, g->kept) != 0)
            fail_msg("%s %s of data %d:\n%s\n%s", g->sampler, g->words,
                     g->data, kept, g->kept);
        maker_free(&m);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_the_peers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
