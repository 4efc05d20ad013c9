/* SPDX-License-Identifier: MIT */
/*
 * test_hash.c - XXH64, and what changes the hash of a dataset.
 *
 * Known answers: tests/golden/gen/hash.py.
 */
#include "test.h"

#include "hash.h"

static const struct {
    size_t   n;
    uint64_t seed, hash;
} known[] = {
    { 1, UINT64_C(0x0), UINT64_C(0xe934a84adb052768) },
    { 1, UINT64_C(0x123456789abcdef0), UINT64_C(0x0a9efd78b83ca7a4) },
    { 3, UINT64_C(0x0), UINT64_C(0xf5cd310a927fde3e) },
    { 3, UINT64_C(0x123456789abcdef0), UINT64_C(0x357548dc1cca4145) },
    { 4, UINT64_C(0x0), UINT64_C(0xa9c00ae8f9b200f0) },
    { 4, UINT64_C(0x123456789abcdef0), UINT64_C(0x94891b95d6b2b990) },
    { 7, UINT64_C(0x0), UINT64_C(0x72b108a52e458e66) },
    { 7, UINT64_C(0x123456789abcdef0), UINT64_C(0x1640fd0255a4510b) },
    { 8, UINT64_C(0x0), UINT64_C(0x74c725313330d0cc) },
    { 8, UINT64_C(0x123456789abcdef0), UINT64_C(0x76b67bd3e22984ec) },
    { 15, UINT64_C(0x0), UINT64_C(0xa9e67596d9b0ba38) },
    { 15, UINT64_C(0x123456789abcdef0), UINT64_C(0xe83b4455003777f7) },
    { 31, UINT64_C(0x0), UINT64_C(0x4513ec5ebc46d0d3) },
    { 31, UINT64_C(0x123456789abcdef0), UINT64_C(0x85ff8358c833ebd4) },
    { 32, UINT64_C(0x0), UINT64_C(0x2c1f2ffa2ace16d3) },
    { 32, UINT64_C(0x123456789abcdef0), UINT64_C(0xdb66b1411d3668a6) },
    { 33, UINT64_C(0x0), UINT64_C(0x62f3b71cd8263c47) },
    { 33, UINT64_C(0x123456789abcdef0), UINT64_C(0x7703617ab8e72474) },
    { 36, UINT64_C(0x0), UINT64_C(0x385cbf15ac07bd09) },
    { 36, UINT64_C(0x123456789abcdef0), UINT64_C(0x8600f6ca3892c389) },
    { 40, UINT64_C(0x0), UINT64_C(0xb3e25688fe539300) },
    { 40, UINT64_C(0x123456789abcdef0), UINT64_C(0x0c70629b1b20afc2) },
    { 63, UINT64_C(0x0), UINT64_C(0x2c9d78b9323007f3) },
    { 63, UINT64_C(0x123456789abcdef0), UINT64_C(0x5918d5aeee071069) },
    { 64, UINT64_C(0x0), UINT64_C(0xcb86cfdc04a5148a) },
    { 64, UINT64_C(0x123456789abcdef0), UINT64_C(0xae28df6441ea3753) },
    { 77, UINT64_C(0x0), UINT64_C(0x79b53af790476a42) },
    { 77, UINT64_C(0x123456789abcdef0), UINT64_C(0xece62027a109a57f) },
    { 200, UINT64_C(0x0), UINT64_C(0x1c760183c44e5e90) },
    { 200, UINT64_C(0x123456789abcdef0), UINT64_C(0x991bcd864cdeb4af) },
};

static void
test_known_answers(void **state)
{
    unsigned char data[201];

    (void)state;
    /* From an odd address too: no alignment is assumed. */
    for (size_t odd = 0; odd < 2; odd++) {
        for (size_t i = 0; i < 200; i++)
            data[i + odd] = (unsigned char)(i * 37);
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            assert_true(mesa_hash(data + odd, known[i].n, known[i].seed) ==
                        known[i].hash);
    }
}

/* One bit anywhere changes about half of the bits. */
static void
test_every_bit_matters(void **state)
{
    unsigned char data[75] = { 0 };
    const uint64_t plain = mesa_hash(data, sizeof data, 0);

    (void)state;
    for (size_t bit = 0; bit < 8 * sizeof data; bit++) {
        uint64_t changed;
        int n = 0;

        data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        changed = plain ^ mesa_hash(data, sizeof data, 0);
        data[bit / 8] = 0;
        for (; changed; changed &= changed - 1)
            n++;
        assert_in_range(n, 12, 52);
    }
}

/* Two rows, two columns, two classes, all of it changeable. */
struct full {
    double              x[4], weight[2], target[2];
    int32_t             y[2];
    const char         *category[2], *class_name[2], *target_name[1];
    struct mesa_column  column[2];
    struct mesa_schema  schema;
    struct mesa_dataset d;
};

static void
fill(struct full *f)
{
    *f = (struct full){
        .x = { 1, 2, 3, 4 }, .weight = { 1, 2 }, .target = { 5, 6 },
        .y = { 0, 1 }, .category = { "red", "blue" },
        .class_name = { "no", "yes" }, .target_name = { "age" },
        .column = { { "a", MESA_CATEGORICAL, 2, NULL },
                    { "b", MESA_NUMERIC, 0, NULL } },
        .schema = { sizeof f->schema, 2, 2, NULL, NULL, "label", 1, NULL },
        .d = { .struct_size = sizeof f->d, .x = { NULL, 2, 2, 2, NULL },
               .target = { NULL, 2, 1, 1, NULL }, .n_classes = 2 },
    };
    f->column[0].category = f->category;
    f->schema.column = f->column;
    f->schema.class_name = f->class_name;
    f->schema.target = f->target_name;
    f->d.x.data = f->x;
    f->d.y = f->y;
    f->d.weight = f->weight;
    f->d.target.data = f->target;
    f->d.schema = &f->schema;
}

static void
change(struct full *f, size_t what)
{
    switch (what) {
    case 0: f->x[3] = 4.000000000000001; break;
    case 1: f->y[1] = 0; break;
    case 2: f->weight[0] = 2; break;
    case 3: f->target[1] = -6; break;
    case 4: f->class_name[1] = "si"; break;
    case 5: f->column[1].name = "bb"; break;
    case 6: f->category[0] = "rot"; break;
    case 7: f->column[1].type = MESA_CATEGORICAL; break;
    case 8: f->schema.label = "target"; break;
    case 9: f->d.weight = NULL; break;
    case 10: f->d.target.rows = 0; break;
    case 11: f->d.y = NULL; break;
    case 12: f->d.schema = NULL; break;
    case 13: f->d.n_classes = 3; break;
    case 14: f->d.x = (struct mesa_cmatrix){ f->x, 1, 4, 4, NULL }; break;
    case 15: f->schema.class_name = NULL; break;
    case 16: f->schema.label = NULL; break;
    case 17: f->schema.n_targets = 0; break;
    case 18: f->target_name[0] = "price"; break;
    default: break;
    }
}

static void
test_every_part_of_a_dataset_matters(void **state)
{
    enum { CHANGES = 19 };
    uint64_t seen[CHANGES + 1];
    struct full f;

    (void)state;
    fill(&f);
    seen[CHANGES] = mesa_hash_dataset(&f.d, 0);
    assert_true(seen[CHANGES] != mesa_hash_dataset(&f.d, 1));
    for (size_t i = 0; i < CHANGES; i++) {
        fill(&f);
        change(&f, i);
        seen[i] = mesa_hash_dataset(&f.d, 0);
    }
    for (size_t i = 0; i <= CHANGES; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(seen[i] != seen[j]);
}

/* A category that moves over to be a column's name, and back. */
static void
test_names_do_not_run_together(void **state)
{
    struct full a, b;

    (void)state;
    fill(&a);
    fill(&b);
    a.column[0].n_categories = 1; /* a(red), blue */
    a.column[1] = (struct mesa_column){ "blue", MESA_CATEGORICAL, 0, NULL };
    b.column[0].n_categories = 0; /* a, red(blue) */
    b.column[1] = (struct mesa_column){ "red", MESA_CATEGORICAL, 1,
                                        b.category + 1 };
    assert_true(mesa_hash_dataset(&a.d, 0) != mesa_hash_dataset(&b.d, 0));
}

static void
test_layout_does_not_matter(void **state)
{
    static const double wide[] = { 3, 4, -1, 1, 2, -1 };
    static const double apart[] = { 6, 0, 5, 0 };
    static const size_t swap[] = { 1, 0 };
    struct full f, g;

    (void)state;
    fill(&f);
    fill(&g);
    g.d.x = (struct mesa_cmatrix){ wide, 2, 2, 3, swap };
    g.d.target = (struct mesa_cmatrix){ apart, 2, 1, 2, swap };
    assert_true(mesa_hash_dataset(&f.d, 0) == mesa_hash_dataset(&g.d, 0));
    g.d.x.index = NULL;
    assert_true(mesa_hash_dataset(&f.d, 0) != mesa_hash_dataset(&g.d, 0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_every_bit_matters),
        cmocka_unit_test(test_every_part_of_a_dataset_matters),
        cmocka_unit_test(test_names_do_not_run_together),
        cmocka_unit_test(test_layout_does_not_matter),
    };

    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
