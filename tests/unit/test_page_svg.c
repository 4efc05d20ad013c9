/* SPDX-License-Identifier: MIT */
/* test_page_svg.c - what of an SVG goes into a page, and what does not. */
#include "test.h"

#include "page_svg.h"

static char *
put(const char *svg, const char *title, bool runs)
{
    const struct mesa_page_picture picture = {
        .svg = svg, .n = strlen(svg), .title = title, .number = 3,
        .runs = runs
    };
    struct mesa_text t = { 0 };

    mesa_page_put_svg(&t, &picture);
    return mesa_text_take(&t);
}

#define SVG "<svg viewBox='0 0 640 400' xmlns='http://www.w3.org/2000/svg'>"
#define OPEN "<svg viewBox=\"0 0 640 400\" role=\"img\" aria-label=\"t\">"

/* What is inside of SVG and </svg> becomes that. */
static void
check_inside(const char *inside, const char *expected)
{
    char *svg = mesa_asprintf("%s%s</svg>", SVG, inside);
    char *page = put(svg, "t", false);
    char *whole = mesa_asprintf("%s%s</svg>", OPEN, expected);

    assert_string_equal(page, whole);
    mesa_free(svg);
    mesa_free(page);
    mesa_free(whole);
}

static void
test_gnuplot(void **state)
{
    (void)state;
    check_inside("\n<title>Gnuplot</title><desc>by <b>x</b></desc>\n", "");
    check_inside("<g id=\"gnuplot_canvas\"><g fill=\"none\">\n</g>\n</g>", "");
    check_inside("<g stroke=\"rgb(153, 153, 153)\" stroke-width='1.00' "
                 "stroke-linecap=\"butt\"><path d='M45.82,332.73 L94.31,"
                 "241.76  '/></g>",
                 "<g stroke=\"#999\" stroke-width=\"1\"><path d=\"M45.8,332.7"
                 "L94.3,241.8\"/></g>");
    check_inside("<defs><circle id='gpDot' r='0.5'/></defs><use xlink:href="
                 "'#gpDot' transform='translate(45.82,99.96) scale(2.19)' "
                 "color='rgb(  0, 114, 178)'/>",
                 "<defs><circle id=\"p3-gpDot\" r=\"0.5\"/></defs><use "
                 "href=\"#p3-gpDot\" transform=\"translate(45.8,100)scale("
                 "2.19)\" color=\"#0072b2\"/>");
    check_inside("<g fill='black'><text> a &lt;b> &amp; c</text></g>",
                 "<g fill=\"#000\"><text> a &lt;b&gt; &amp; c</text></g>");
    check_inside("<defs><filter id='textbox'><feFlood flood-color='white'/>"
                 "</filter></defs>", "");
    check_inside("<rect clip-path='url(#c)'/>",
                 "<rect clip-path=\"url(#p3-c)\"/>");
    check_inside("<image width='2' xlink:href='data:image/png;base64,AA+/='/>",
                 "<image width=\"2\" href=\"data:image/png;base64,AA+/=\"/>");
    check_inside("<path d='M0,1.330 L1.265,-0.411 z'/>",
                 "<path d=\"M0,1.33L1.265,-0.411z\"/>");
    check_inside("<polygon points = '10,20 30.05,40.04 '/>",
                 "<polygon points=\"10,20 30.1,40\"/>");
}

/* What stands for something without content, and numbers of characters. */
static void
test_kept(void **state)
{
    (void)state;
    check_inside("<rect width='2'></rect><g/><clipPath id='c'></clipPath>",
                 "<rect width=\"2\"></rect><g/>");
    check_inside("<image width='2' image-rendering='pixelated'></image>",
                 "<image width=\"2\" image-rendering=\"pixelated\">"
                 "</image>");
    check_inside("<text>&#60;script&#x3E; &#233;&#x20ac;&#x1F600;</text>",
                 "<text>&lt;script&gt; \xc3\xa9\xe2\x82\xac"
                 "\xf0\x9f\x98\x80</text>");
    check_inside("<text>&#xd800;</text>",
                 "<text>\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd</text>");
    check_inside("<use id='a' href='#b'/><use href='#a'/>",
                 "<use id=\"p3-a\" href=\"#p3-b\"/><use "
                 "href=\"#p3-a\"/>");
    check_inside("<g id='a'><use href='#b'/></g><use href='#b'/>",
                 "<g id=\"p3-a\"><use href=\"#p3-b\"/></g><use "
                 "href=\"#p3-b\"/>");
}

static void
test_prolog(void **state)
{
    char *page = put("<?xml version='1.0'?>\n<!DOCTYPE svg PUBLIC \"a\" "
                     "\"b\">\n<!-- c -->" SVG "</svg>\n", "a <b> \"c\"",
                     false);

    (void)state;
    assert_string_equal(page, "<svg viewBox=\"0 0 640 400\" role=\"img\" "
                              "aria-label=\"a &lt;b&gt; &quot;c&quot;\">"
                              "</svg>");
    mesa_free(page);
    page = put("<svg viewBox='0 0 960 400'></svg>", "t", false);
    assert_non_null(strstr(page, "<svg viewBox=\"0 0 960 400\" "
                                 "class=\"wide\" role"));
    mesa_free(page);
}

/* Each of these becomes an <img>, in which nothing can act. */
static const char *const hostile[] = {
    SVG "<script>alert(1)</script></svg>",
    SVG "<SCRIPT/></svg>",
    SVG "<g onload='alert(1)'/></svg>",
    SVG "<foreignObject><p>x</p></foreignObject></svg>",
    SVG "<a href='http://x'><rect/></a></svg>",
    SVG "<style>@import url(http://x)</style></svg>",
    SVG "<rect style='fill:url(http://x)'/></svg>",
    SVG "<rect fill='url(http://x)'/></svg>",
    SVG "<rect fill='url(#x'/></svg>",
    SVG "<rect fill='url(#'/></svg>",
    SVG "<rect fill='a url(b)'/></svg>",
    SVG "<use href='http://x#y'/></svg>",
    SVG "<use xlink:href='javascript:alert(1)'/></svg>",
    SVG "<image href='http://x/y.png'/></svg>",
    SVG "<image href='data:image/svg+xml;base64,AA'/></svg>",
    SVG "<image href='data:image/png;base64,A\" onload=\"x'/></svg>",
    SVG "<animate attributeName='href' values='javascript:x'/></svg>",
    SVG "<set attributeName='onload' to='x'/></svg>",
    SVG "<iframe/></svg>",
    SVG "<text>&nbsp;</text></svg>",
    SVG "<text>&#;</text></svg>",
    SVG "<text>&#0;</text></svg>",
    SVG "<text>&#6a;</text></svg>",
    SVG "<text>&#x110000;</text></svg>",
    SVG "<text>&#60</text></svg>",
    SVG "<g id='a'><use href='#b'/></g><use href='#a'/></svg>",
    SVG "<use href = '#a'/><g id='a'><g><use href='#b'/></g></g></svg>",
    SVG "<rect fill='&quot;&gt;&lt;script'/></svg>",
    SVG "<rect x='1\"2'/></svg>",
    SVG "<rect id='a b'/></svg>",
    SVG "<text><![CDATA[<script>]]></text></svg>",
    SVG "<desc><!-- --></desc></svg>",
    SVG "<desc></svg>",
    SVG "<svg viewBox='0 0 1 1'/></svg>",
    SVG "<g></svg></g>",
    SVG "<g>",
    SVG "</svg><svg viewBox='0 0 1 1'></svg>",
    SVG "</svg></svg>",
    SVG "<rect x=1/></svg>",
    SVG "<rect x/></svg>",
    SVG "<rect x='1/></svg>",
    SVG "<!ENTITY a 'b'></svg>",
    "<!DOCTYPE svg [<!ENTITY a 'b'>]>" SVG "</svg>",
    "<svg xmlns='http://www.w3.org/2000/svg'></svg>",
    "<html><body>x</body></html>",
    "<script>alert(1)</script>",
    "no picture at all",
    ""
};

static void
test_hostile(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESA_COUNT(hostile); i++) {
        char *page = put(hostile[i], "<t>", false);

        if (strncmp(page, "<img alt=\"&lt;t&gt;\" src=\"data:image/svg+xml;"
                          "base64,", 51) != 0 ||
            strchr(page + 1, '<'))
            fail_msg("%s became %s", hostile[i], page);
        mesa_free(page);
    }
}

/* Deeper than any picture. */
static void
test_deep(void **state)
{
    struct mesa_text t = { 0 };
    char *page;

    (void)state;
    mesa_text_add(&t, SVG);
    for (int i = 0; i < 200; i++)
        mesa_text_add(&t, "<g>");
    page = put(t.at, "t", false);
    assert_memory_equal(page, "<img ", 5);
    mesa_free(page);
    mesa_free(t.at);
}

/* What describes only, such as editors leave, is no harm. */
static void
test_dropped(void **state)
{
    (void)state;
    check_inside("<sodipodi:namedview a:b='c'><x:y/></sodipodi:namedview>"
                 "<metadata><rdf:RDF/></metadata>"
                 "<g inkscape:label='l' class='other' role='x'><rect "
                 "width='5'/></g>",
                 "<g><rect width=\"5\"/></g>");
    check_inside("<g stroke-linejoin='round' stroke-linecap='butt'>"
                 "<rect/></g>",
                 "<g stroke-linejoin=\"round\" stroke-linecap=\"butt\">"
                 "<rect/></g>");
    check_inside("<path class='gridline'/>", "<path class=\"gridline\"/>");
    check_inside("<text>not \xff utf8</text>",
                 "<text>not \xef\xbf\xbd utf8</text>");
}

#define SERIES SVG "<g id='gnuplot_plot_1'>"

static void
test_runner(void **state)
{
    char *page = put(SERIES "<path stroke='rgb(0, 114, 178)' d='M18,20 L20,20 "
                            "M1,2 L30.44,4.5 L5,6 M9,9 L8,8'/></g></svg>", "t",
                     true);
    const char *runner =
        "<circle class=\"runner\" r=\"5\" fill=\"#0072b2\"><animate "
        "attributeName=\"cx\" dur=\"8s\" repeatCount=\"indefinite\" "
        "values=\"1;30.4;5\"/><animate attributeName=\"cy\" dur=\"8s\" "
        "repeatCount=\"indefinite\" values=\"2;4.5;6\"/></circle>";

    (void)state;
    assert_non_null(strstr(page, runner));
    mesa_free(page);
    /* Guides, faint lines, areas and symbols of the key stay. */
    page = put(SERIES "<path stroke-dasharray='2,2' d='M1,2 L3,4 L5,6'/>"
                      "<path stroke-opacity='0.4' d='M1,2 L3,4 L5,6'/>"
                      "<path fill='red' d='M1,2 L3,4 L5,6'/>"
                      "<path d='M1,2 L3,4'/></g>"
                      "<path d='M1,2 L3,4 L5,6'/></svg>", "t", true);
    assert_null(strstr(page, "circle"));
    mesa_free(page);
    page = put(SERIES "<path d='M1,2 L3,4 L5,6'/></g></svg>", "t", false);
    assert_null(strstr(page, "circle"));
    mesa_free(page);
}

/* A long line runs through some of its points, and its last. */
static void
test_long_runner(void **state)
{
    struct mesa_text t = { 0 };
    char *page, *values;
    size_t n = 1;

    (void)state;
    mesa_text_add(&t, SERIES "<path d='M0,0");
    for (int i = 1; i < 1000; i++)
        mesa_text_printf(&t, " L%d,%d", i, i);
    mesa_text_add(&t, "'/></g></svg>");
    page = put(t.at, "t", true);
    values = strstr(page, "values=\"");
    assert_non_null(values);
    for (const char *c = values + 8; *c != '"'; c++)
        n += *c == ';';
    assert_in_range(n, 150, 241);
    assert_non_null(strstr(values, ";999\"/>"));
    mesa_free(page);
    mesa_free(t.at);
}

static void
test_memory(void **state)
{
    const uint64_t live = mesa_memory_live();
    char *page = NULL;

    (void)state;
    for (uint64_t k = 0; !page; k++) {
        mesa_memory_fail_at(k);
        page = put(SVG "<g><text>x</text></g><script/></svg>", "t", true);
        mesa_memory_fail_at(UINT64_MAX);
    }
    mesa_free(page);
    assert_int_equal(mesa_memory_live(), live);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gnuplot), cmocka_unit_test(test_prolog),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_hostile), cmocka_unit_test(test_deep),
        cmocka_unit_test(test_dropped), cmocka_unit_test(test_runner),
        cmocka_unit_test(test_long_runner), cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
