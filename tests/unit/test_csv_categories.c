/* SPDX-License-Identifier: MIT */
/*
 * test_csv_categories.c - columns of categories in CSV files: which there
 * are, their codes, what is unknown, and that no cut into blocks, number of
 * threads or lack of memory changes that.
 */
#include "csv_fixture.h"

#include "warn.h"

#include <math.h>
#include <stdlib.h>

/* "a[red,blue] b|0,1.5|..." : columns with their categories, then rows. */
static const char *
dump(const struct mesa_dataset *d)
{
    static char out[4000];
    char number[MESA_DOUBLE_TEXT];
    size_t n = 0;

#define PUT(...) (n += (size_t)snprintf(out + n, sizeof out - n, __VA_ARGS__))
    for (size_t j = 0; j < d->x.cols; j++) {
        const struct mesa_column *c = &d->schema->column[j];

        PUT("%s%s", j ? " " : "", c->name);
        for (uint32_t i = 0; i < c->n_categories; i++)
            PUT("%c%s", i ? ',' : '[', c->category[i]);
        PUT("%s", c->type == MESA_CATEGORICAL ? "]" : "");
    }
    for (size_t r = 0; r < d->x.rows; r++)
        for (size_t j = 0; j < d->x.cols; j++) {
            mesa_format_double(mesa_row(&d->x, r)[j], number);
            PUT("%c%s", j ? ',' : '|', number);
        }
#undef PUT
    assert_true(n < sizeof out);
    return out;
}

/* What was said, line by line. */
static char heard[4000];

static void
hear(void *context, const char *line)
{
    (void)context;
    strcat(strcat(heard, line), "\n");
}

/* text with '@' replaced by the fixture's folder. */
static const char *
in_folder(const struct fixture *fx, const char *text)
{
    static char out[4000];
    size_t n = 0;

    out[0] = '\0';
    for (; *text; text++)
        n += (size_t)snprintf(out + n, sizeof out - n,
                              *text == '@' ? "%s" : "%.1s",
                              *text == '@' ? fx->folder : text);
    assert_true(n < sizeof out);
    return out;
}

/* Text makes a column of categories, in the order of its bytes. */
static void
test_auto(void **state)
{
    static const char colours[] = "age,hue,y\n1,red,a\n?,blue,b\n\n"
                                  "3,,a\r\n4, red ,b\n5,\"Red\",a\n";

    (void)state;
    CHECK({ colours, "categorical = auto\n",
            "age hue[Red,blue,red]|1,2|nan,1|3,nan|4,2|5,0" },
          { "a,y\n1,p\n\" 2 \",q\n\"3\",p\n", "categorical = auto\n",
            "a|1|2|3" },
          { "a,b,y\n1,\"x, \"\"y\"\"\",p\n2,\"x\ny\",q\n3,x,p\n",
            "categorical = auto\n",
            "a b[x,x\ny,x, \"y\"]|1,2|2,1|3,0" },
          { "hue,y\nred,a\nNA,b\n", "categorical = auto\nlabel = y\n",
            "hue[red]|0|nan" },
          { "a,y\n,p\n?,q\n", "categorical = auto\nlabel = y\n",
            "a|nan|nan" });
}

/* Names, numbers among them: 1, 1.0 and 01 are one category unless the column
 * has text, too. */
static void
test_names(void **state)
{
    (void)state;
    CHECK({ "a,b,y\n10,1,p\n9,2,q\n9.0,3,p\n-0,4,p\n0,5,q\n",
            "categorical = a\n", "a[0,9,10] b|2,1|1,2|1,3|0,4|0,5" },
          { "a,b,y\n1,x,p\n01,y,q\n1.0,x,p\nA,x,p\n",
            "categorical = b, a\n",
            "a[01,1,1.0,A] b[x,y]|1,0|0,1|2,0|3,0" },
          { "a,b,y\n1,x,p\n2,y,q\n", "categorical = auto, a\n",
            "a[1,2] b[x,y]|0,0|1,1" },
          { "a,b,y\n7,x,p\n8,NA,q\n", "categorical = b, a\nmissing = 8\n",
            "a[7] b[NA,x]|0,1|nan,0" },
          { "a,y\n,p\nx,q\n", "categorical = a\nmissing = ?\n",
            "a[,x]|0|1" },
          { "1,x,p\n2,y,q\n", "header = no\ncategorical = x1\n",
            "x0 x1[x,y]|1,0|2,1" },
          { "a,y\n1,p\n2,q\n", "categorical = none\n", "a|1|2" },
          { "a,y\n1,p\n2,q\n", "categorical =\n", "a|1|2" });
}

/* Names that are known make the first line a header, nothing else does where
 * all is text. */
static void
test_header(void **state)
{
    static const char text[] = "hue,shape,y\nred,oval,a\nblue,flat,b\n";
    struct fixture fx;

    (void)state;
    CHECK({ text, "categorical = auto\nlabel = y\n",
            "hue[blue,red] shape[flat,oval]|1,1|0,0" },
          { text, "categorical = shape, auto\n",
            "hue[blue,red] shape[flat,oval]|1,1|0,0" },
          { text, "categorical = auto\nheader = yes\n",
            "hue[blue,red] shape[flat,oval]|1,1|0,0" },
          { text, "categorical = auto\nheader = no\n",
            "x0[blue,hue,red] x1[flat,oval,shape]|1,2|2,1|0,0" },
          { "auto,oval,1\nbus,flat,2\n", "categorical = auto\nlabel = 0\n",
            "x1[flat,oval] x2|1,1|0,2" });
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", text);
    assert_error(fixture_open(&fx, csv_plugin(),
                              "file = a.csv\ncategorical = auto\n", 1, err),
                 MESA_EDATA,
                 in_folder(&fx, "[data] csv: @/a.csv: the first line may be "
                                "names or categories: say header = yes or "
                                "header = no"));
    fixture_free(&fx);
}

/* Only the training rows tell; the same warning for any cut into blocks. */
static void
test_unknown(void **state)
{
    static const char parts[] = "train = a.csv\nvalid = b.csv\ntest = c.csv\n"
                                "categorical = auto, n\n";
    char lines[500];
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "hue,n,y\nred,1,a\nblue,2,b\n");
    fixture_text(&fx, "b.csv", "y,n,hue\na,3,\"ma\"\"uve\"\nb,1.0,pink\n"
                               "b,2,pink\n");
    fixture_text(&fx, "c.csv", "n,hue,y\n1,red,a\n5,red,b\n");
    for (size_t b = 0; b < MESA_COUNT(block_size); b++) {
        assert_ok(mesa_parallel_set_threads(1 + b % 3, err));
        snprintf(lines, sizeof lines, "%sblock_size = %d\n", parts,
                 block_size[b]);
        heard[0] = '\0';
        mesa_warn_to(hear, NULL);
        assert_ok(fixture_open(&fx, csv_plugin(), lines, 1, err));
        mesa_warn_to(NULL, NULL);
        assert_string_equal(dump(fixture_part(&fx, MESA_PART_VALID)),
                            "hue[blue,red] n[1,2]|nan,nan|nan,0|nan,1");
        assert_string_equal(dump(fixture_part(&fx, MESA_PART_TEST)),
                            "hue[blue,red] n[1,2]|1,0|1,nan");
        assert_true(fixture_part(&fx, MESA_PART_TEST)->flags &
                    MESA_DATA_MISSING);
#define REST ": such values count as missing (unknown = error refuses them)\n"
        assert_string_equal(
            heard,
            in_folder(&fx,
                      "@/b.csv:2: column 'n' holds '3', which is none of "
                      "1, 2" REST
                      "@/b.csv:2: column 'hue' holds 'ma\"uve', which is "
                      "none of blue, red" REST
                      "@/c.csv:3: column 'n' holds '5', which is none of "
                      "1, 2" REST));
        strcat(lines, "unknown = error\n");
        assert_error(fixture_open(&fx, csv_plugin(), lines, 1, err),
                     MESA_EDATA,
                     in_folder(&fx, "[data] csv: @/b.csv:2: column 'n' holds "
                                    "'3', which is none of 1, 2"));
    }
    fixture_free(&fx);
}

/* Numbers and text in one column may be a slip, unless it is named. */
static void
test_mixture(void **state)
{
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "a,b,y\n1,1,p\n2O,3+,q\n3,2,p\nx,1,q\n");
    heard[0] = '\0';
    mesa_warn_to(hear, NULL);
    assert_ok(fixture_open(&fx, csv_plugin(),
                           "file = a.csv\ncategorical = auto, b\n", 1, err));
    mesa_warn_to(NULL, NULL);
    assert_string_equal(dump(fixture_part(&fx, MESA_PART_ALL)),
                        "a[1,2O,3,x] b[1,2,3+]|0,0|1,2|2,1|3,0");
    assert_string_equal(
        heard, in_folder(&fx, "@/a.csv: column 'a' holds numbers and text "
                              "(2O, x): it is taken for one of categories; "
                              "name it in categorical if that is right\n"));
    fixture_free(&fx);
}

struct broken {
    const char *text, *lines;
    mesa_status status;
    const char *expected;
};

static void
check_broken(const struct broken *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct fixture fx;

        fixture_init(&fx);
        fixture_text(&fx, "a.csv", b[i].text);
        for (size_t k = 0; k < MESA_COUNT(block_size); k++) {
            char lines[500], expected[1000];

            assert_ok(mesa_parallel_set_threads(1 + k % 3, err));
            snprintf(lines, sizeof lines,
                     "file = a.csv\nblock_size = %d\n%s", block_size[k],
                     b[i].lines);
            snprintf(expected, sizeof expected, "[data] csv: %s",
                     in_folder(&fx, b[i].expected));
            assert_error(fixture_open(&fx, csv_plugin(), lines, 1, err),
                         b[i].status, expected);
        }
        fixture_free(&fx);
    }
}

static void
test_errors(void **state)
{
    static const struct broken broken[] = {
        { "hue,n,y\nred,1,a\n", "categorical = hues\n", MESA_EDATA,
          "@/a.csv has no column of categories 'hues', did you mean 'hue'? "
          "(its columns are: hue, n, y)" },
        { "hue,n,y\nred,1,a\n", "categorical = none, hue\n", MESA_EDATA,
          "@/a.csv has no column of categories 'none' (its columns are: hue, "
          "n, y)" },
        { "hue,n,y\nred,1,a\n", "categorical = y\n", MESA_EDATA,
          "@/a.csv: 'y' is the label and in categorical" },
        { "hue,n,y\nred,1,a\n", "categorical = hue\nignore = hue\n",
          MESA_EDATA, "@/a.csv: 'hue' is in ignore and in categorical" },
        { "hue,n,y\n?,1,a\n,2,b\n", "categorical = hue\n", MESA_EDATA,
          "@/a.csv: column 'hue' in categorical has none but missing values: "
          "name it in ignore" },
        { "id,n,y\nr1,1,a\nr2,2,b\nr3,3,a\nr4,4,b\n",
          "categorical = auto\nmax_categories = 3\n", MESA_EDATA,
          "@/a.csv: column 'id' holds more than 3 different values, too many "
          "for categories: name it in ignore if they number or name the "
          "rows, or raise max_categories" },
        { "hue,n,y\nred,1,a\nred,two,b\n", "categorical = hue\n",
          MESA_EPARSE,
          "@/a.csv:3: column 'n' holds 'two', expected a number; if it holds "
          "categories, add it to categorical" },
        { "hue,n,y\nred,1,a\nred,inf,b\n", "categorical = auto\n",
          MESA_EPARSE,
          "@/a.csv:3: column 'n' holds 'inf', which is not finite" },
        { "hue,n,y\nred,1,a\nred,nan,b\n",
          "categorical = auto\nmissing = ?\n", MESA_EPARSE,
          "@/a.csv:3: column 'n' holds 'nan', expected a number" },
        { "hue,n,y\nred,1,a\nred,2\n", "categorical = auto\n", MESA_EPARSE,
          "@/a.csv:3: 2 fields, expected 3" },
        { "hue,n,y\nred,1,a\n\"red\"x,2,b\n\"blue\",1,b\n",
          "categorical = auto\nheader = yes\n", MESA_EPARSE,
          "@/a.csv:3: the quoted field that starts here has text after its "
          "closing quote" },
        { "hue,n,y\nred,1,a\n\xe9,2,b\n", "categorical = auto\n",
          MESA_EPARSE,
          "@/a.csv: category 1 of column 'hue' is not UTF-8: save the file "
          "as UTF-8" },
    };
    const struct broken number = {
        "hue,n,y\nred,1,a\n", "max_categories = 0\n", MESA_EINVAL,
        "t.ini:3: [data] max_categories is '0', expected an integer >= 1 and "
        "<= 2147483647"
    };
    struct fixture fx;

    (void)state;
    check_broken(broken, MESA_COUNT(broken));
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", number.text);
    assert_error(fixture_open(&fx, csv_plugin(),
                              "file = a.csv\nmax_categories = 0\n", 1, err),
                 number.status, number.expected);
    fixture_free(&fx);
}

/* In a part, a value of another type than in training. */
static void
test_text_in_a_part(void **state)
{
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "hue,n,y\nred,1,a\nblue,2,b\n");
    fixture_text(&fx, "b.csv", "hue,n,y\nred,x,a\nred,1,b\n");
    assert_error(fixture_open(&fx, csv_plugin(),
                              "train = a.csv\ntest = b.csv\nheader = yes\n"
                              "categorical = auto\n",
                              1, err),
                 MESA_EPARSE,
                 in_folder(&fx, "[data] csv: @/b.csv:2: column 'n' holds "
                                "'x', expected a number"));
    fixture_free(&fx);
}

/* A million names of rows end the search before they fill memory. */
static void
test_many_values(void **state)
{
    size_t rows = 1000000, n = 0;
    char *text = malloc(rows * 20 + 100);
    struct fixture fx;

    (void)state;
    assert_non_null(text);
    n = (size_t)sprintf(text, "id,n,y\n");
    for (size_t r = 0; r < rows; r++)
        n += (size_t)sprintf(text + n, "r%zu,1,%zu\n", r, r % 2);
    fixture_init(&fx);
    fixture_write(&fx, "a.csv", text, n);
    free(text);
    assert_error(fixture_open(&fx, csv_plugin(),
                              "file = a.csv\ncategorical = auto\n", 1, err),
                 MESA_EDATA,
                 in_folder(&fx,
                           "[data] csv: @/a.csv: column 'id' holds more than "
                           "1000 different values, too many for categories: "
                           "name it in ignore if they number or name the "
                           "rows, or raise max_categories"));
    assert_ok(fixture_open(&fx, csv_plugin(),
                           "file = a.csv\ncategorical = auto\n"
                           "max_categories = 1000000\n",
                           1, err));
    assert_int_equal(fixture_part(&fx, MESA_PART_ALL)
                         ->schema->column[0].n_categories,
                     rows);
    fixture_free(&fx);
}

/* Rows of three fields, most of them, at random. */
static size_t
make_noise(struct mesa_rng *rng, char *text)
{
    static const char *const end[] = { "\n\r\n", "\r\n" };
    static const char *const field[] = { "1",   "2",      "1.0",    "x",
                                         " y ", "\"x\"",  "\"a,b\"", "",
                                         "NA",  "\"\n\"", "\"\"\"\"", "-3",
                                         "3",   "3",      "4",      "\"" };
    size_t n = (size_t)sprintf(text, "a,b,c\n"), rows;

    rows = 1 + mesa_rng_below(rng, 8);
    for (size_t k = 0; k < 3 * rows; k++) {
        size_t known = MESA_COUNT(field) - (mesa_rng_below(rng, 40) > 0);

        n += (size_t)sprintf(
            text + n, "%s%s",
            k % 3 == 2 ? "1" : field[mesa_rng_below(rng, known)],
            k % 3 < 2 ? "," : end[mesa_rng_below(rng, 2)]);
    }
    return n;
}

/* The same rows, warnings or error for any blocks, and nothing left behind. */
static void
test_noise(void **state)
{
    static const char parts[] = "file = a.csv\ncategorical = auto\n"
                                "max_categories = 3\nheader = yes\n";
    uint64_t before = mesa_memory_live();
    struct mesa_rng rng;
    size_t n_good = 0;
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    mesa_rng_seed(&rng, 4);
    for (size_t trial = 0; trial < 2000; trial++) {
        char text[400], lines[200], *said[2], *rows[2];
        struct mesa_error why[2];

        fx.n_files = 0;
        fixture_write(&fx, "a.csv", text, make_noise(&rng, text));
        for (int k = 0; k < 2; k++) {
            mesa_status st;

            snprintf(lines, sizeof lines, "%sblock_size = %zu\n", parts,
                     k ? 1 + mesa_rng_below(&rng, 20) : 1000);
            heard[0] = '\0';
            mesa_warn_to(hear, NULL);
            st = fixture_open(&fx, csv_plugin(), lines, 1, &why[k]);
            n_good += st == MESA_OK;
            rows[k] = strdup(st == MESA_OK
                                 ? dump(fixture_part(&fx, MESA_PART_ALL))
                                 : why[k].message);
            said[k] = strdup(heard);
        }
        assert_string_equal(rows[0], rows[1]);
        assert_string_equal(said[0], said[1]);
        for (int k = 0; k < 2; k++) {
            free(rows[k]);
            free(said[k]);
        }
    }
    mesa_warn_to(NULL, NULL);
    fixture_free(&fx);
    assert_true(n_good > 100);
    assert_int_equal(mesa_memory_live(), before);
}

/* Each allocation in turn fails: a clear status, and nothing leaks. */
static void
test_lost_memory(void **state)
{
    static const char lines[] = "train = a.csv\nvalid = b.csv\n"
                                "categorical = auto, n\nblock_size = 20\n";
    uint64_t before = mesa_memory_live(), k;
    mesa_status st = MESA_ENOMEM;
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "hue,n,m,y\nred,1,1,p\n\"b\"\"l\",2,5,q\n"
                               "x,1,3,p\ny,1,4,p\nz,7,8,q\n");
    fixture_text(&fx, "b.csv", "hue,n,m,y\n\"b\"\"l\",9,2,q\n"
                               "\"u\"\"\",1,1,p\n");
    mesa_warn_to(hear, NULL);
    for (k = 0; st != MESA_OK; k++) {
        struct mesa_error why;
        struct mesa_rng rng;

        heard[0] = '\0';
        assert_ok(fixture_make(&fx, csv_plugin(), lines, err));
        fx.bundle = mesa_bundle_new();
        mesa_rng_seed(&rng, 1);
        mesa_memory_fail_at(k);
        st = mesa_source_open(fx.source, fx.bundle, &rng, &why);
        mesa_memory_fail_at(UINT64_MAX);
        if (st != MESA_OK) {
            assert_int_equal(st, MESA_ENOMEM);
            assert_non_null(strstr(why.message, "out of memory"));
        }
        fixture_close(&fx);
        assert_int_equal(mesa_memory_live(), before);
        assert_true(k < 10000);
    }
    mesa_warn_to(NULL, NULL);
    assert_true(k > 80);
    fixture_free(&fx);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auto),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_mixture),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_text_in_a_part),
        cmocka_unit_test(test_many_values),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_lost_memory),
    };

    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
