#!/bin/sh
# SPDX-License-Identifier: MIT
# installcheck.sh - a plugin of somebody else's, built and run against the
# installed tree: DESTDIR and prefix, and bindir, libdir, datadir where they are
# not below it.
: "${top_srcdir:?the folder of the sources}"
: "${prefix:?where mesa is installed}"
bindir=$DESTDIR${bindir:-$prefix/bin}
libdir=$DESTDIR${libdir:-$prefix/lib}
datadir=$DESTDIR${datadir:-$prefix/share}
CC=${CC:-cc}
MAKE=${MAKE:-make}
number=0

# Nothing of the build tree is to be seen.
unset MESA_PLUGIN_PATH MAKEFLAGS MFLAGS
LC_ALL=C
PATH=$bindir:$PATH
PKG_CONFIG_PATH=$libdir/pkgconfig
export LC_ALL PATH PKG_CONFIG_PATH
if test -n "$DESTDIR"; then
    PKG_CONFIG_SYSROOT_DIR=$DESTDIR
    MESA_PLUGIN_PATH=$libdir/mesa
    export PKG_CONFIG_SYSROOT_DIR MESA_PLUGIN_PATH
fi
LD_LIBRARY_PATH=$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH

work=$(mktemp -d "${TMPDIR:-/tmp}/mesa-install-XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
failed=0

# check NAME COMMAND...: it succeeds; what it said is shown if not.
check()
{
    name=$1
    number=$((number + 1))
    shift
    if "$@" > "$work/said" 2>&1; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        sed 's/^/# /' "$work/said"
        failed=1
    fi
}

skip()
{
    number=$((number + 1))
    echo "ok $number - $1 # SKIP requires $2"
}

in_folder()
{
    (cd "$1" && shift && "$@")
}

run_example()
{
    (cd "$1" &&
        MESA_PLUGIN_PATH=$PWD${MESA_PLUGIN_PATH:+:$MESA_PLUGIN_PATH} \
            mesa-core -q -c example.ini &&
        test -s out/metrics.csv)
}

describe()
{
    MESA_PLUGIN_PATH=$1${MESA_PLUGIN_PATH:+:$MESA_PLUGIN_PATH} \
        mesa-core --describe "estimator/$2" | grep "type = $2"
}

staged()
{
    in_folder "$work/template" $MAKE install DESTDIR="$work/stage" &&
        find "$work/stage" -name centroid.so | grep learners/centroid.so
}

renamed()
{
    cp -R "$top_srcdir/examples/plugin-template" "$work/my_learner" &&
        chmod -R u+w "$work/my_learner" &&
        cd "$work/my_learner" && mv centroid.c my_learner.c &&
        sed -i s/centroid/my_learner/g my_learner.c Makefile example.ini &&
        $MAKE CC="$CC" && mesa-conform my_learner.so
}

# A loss of somebody else's: it compiles, keeps its promises, trains.
loss()
{
    cp -R "$top_srcdir/examples/loss-template" "$work/loss" &&
        chmod -R u+w "$work/loss" && cd "$work/loss" &&
        $MAKE CC="$CC" CFLAGS='-O2 -Wall -Wextra -Wpedantic -Werror' &&
        $MAKE check && run_example "$work/loss" &&
        grep '^type = logcosh' out/config.ini
}

# An environment of somebody else's: it compiles, keeps its promises, is acted
# in.
environment()
{
    cp -R "$top_srcdir/examples/environment-template" "$work/environment" &&
        chmod -R u+w "$work/environment" && cd "$work/environment" &&
        $MAKE CC="$CC" CFLAGS='-O2 -Wall -Wextra -Wpedantic -Werror' &&
        $MAKE check && run_example "$work/environment" &&
        grep '^type = pendulum' out/config.ini && test -s out/loss.safetensors
}

# An acquisition of somebody else's: it compiles, keeps its promises, and a run
# asks for rows that it finds worth something.
acquisition()
{
    cp -R "$top_srcdir/examples/acquisition-template" "$work/acquisition" &&
        chmod -R u+w "$work/acquisition" && cd "$work/acquisition" &&
        $MAKE CC="$CC" CFLAGS='-O2 -Wall -Wextra -Wpedantic -Werror' &&
        $MAKE check && run_example "$work/acquisition" &&
        grep '^type = asymmetric' out/config.ini &&
        awk -F, '$3 > 0 && $3 <= 1 { n++ } END { exit n != 50 }' \
            out/queries.csv
}

# scored RUN METRIC: that figure of its test tasks.
scored()
{
    awk -F, -v metric="$2" '$2 == "test" && $3 == metric { print $4 }' \
        "$1/metrics.csv"
}

# A model of somebody else's: it compiles, keeps its promises, and one step
# from where it was taught to start makes less than half of the error.
learner()
{
    cp -R "$top_srcdir/examples/learner-template" "$work/learner" &&
        chmod -R u+w "$work/learner" && cd "$work/learner" &&
        $MAKE CC="$CC" CFLAGS='-O2 -Wall -Wextra -Wpedantic -Werror' &&
        $MAKE check && run_example "$work/learner" &&
        grep '^type = fourier' out/config.ini && test -s out/init.safetensors &&
        echo "$(scored out mse@0) $(scored out mse@1)" |
        awk '{ print; exit !(NF == 2 && 2 * $2 < $1) }'
}

# The same model under another metalearner.
other_teacher()
{
    cd "$work/learner" || return 1
    sed '/^inner_lr/d; /^meta_lr/d; s/^type = maml/type = reptile/
        /^iterations/d' example.ini > reptile.ini
    MESA_PLUGIN_PATH=$PWD${MESA_PLUGIN_PATH:+:$MESA_PLUGIN_PATH} \
        mesa-core -q -c reptile.ini --set run.output=reptile \
        --set metalearner.iterations=1000 --set metalearner.inner_lr=0.1 &&
        echo "$(scored reptile mse@0) $(scored reptile mse@5)" |
        awk '{ print; exit !(NF == 2 && 1.25 * $2 < $1) }'
}

# The example in the manual is a whole plugin, and has to stay one.
manual()
{
    sed -n '/^```c$/,/^```$/p' "$top_srcdir/docs/plugin-author.md" |
        sed '/^```/d' > "$work/thin_out.c" && cd "$work" &&
        $CC -std=c11 -O2 -ffp-contract=off -fvisibility=hidden -fPIC \
            -shared -Wall -Wextra -Wpedantic -Werror \
            $(pkg-config --cflags mesa) -Wl,-z,defs -Wl,-z,now \
            -o thin_out.so thin_out.c $(pkg-config --libs mesa) &&
        mesa-conform thin_out.so
}

configured()
{
    mkdir "$work/configured" && cd "$work/configured" || return 1
    cat > configure.ac << 'END'
AC_INIT([somebody], [1.0])
AC_CONFIG_MACRO_DIRS([m4])
AC_PROG_CC
MESA_PLUGIN_INIT([0.1])
AC_CONFIG_FILES([found])
AC_OUTPUT
END
    echo '@mesa_plugindir@ @MESA_CFLAGS@ @MESA_LIBS@' > found.in
    mkdir m4 && cp "$datadir/aclocal/mesa.m4" m4/ &&
        aclocal -I m4 && autoconf && ./configure CC="$CC" && cat found &&
        grep '/mesa .*-ffp-contract=off.*-lmesa' found
}

echo 1..15
check 'pkg-config knows mesa' pkg-config --exists 'mesa >= 0.1'
check 'programs run' mesa-conform --version
cp -R "$top_srcdir/examples/plugin-template" "$work/template"
chmod -R u+w "$work/template"
rm -f "$work/template"/*.so
check 'the template compiles' in_folder "$work/template" $MAKE CC="$CC" \
    CFLAGS='-O2 -Wall -Wextra -Wpedantic -Werror'
check 'and passes mesa-conform' in_folder "$work/template" $MAKE check
check 'mesa-core describes it' describe "$work/template" centroid
if test -f "$libdir/mesa/sources/csv.so"; then
    check 'and runs it from an INI' run_example "$work/template"
else
    skip 'and runs it from an INI' 'the csv source'
fi
check 'it installs' staged
check 'a renamed copy passes, too' renamed
if test -f "$libdir/mesa/sources/moons.so"; then
    check 'the loss template compiles, passes and trains' loss
else
    skip 'the loss template compiles, passes and trains' 'the moons source'
fi
if test -f "$libdir/mesa/sources/sinusoid.so" &&
    test -f "$libdir/mesa/metalearners/maml.so"; then
    check 'the learner template compiles, passes and is taught' learner
else
    skip 'the learner template compiles, passes and is taught' \
        'sinusoid and maml'
fi
if test -d "$work/learner" && test -f "$libdir/mesa/metalearners/reptile.so"
then
    check 'and by another metalearner' other_teacher
else
    skip 'and by another metalearner' reptile
fi
if test -f "$libdir/mesa/metalearners/ml3_control.so"; then
    check 'the environment template compiles, passes, is acted in' environment
else
    skip 'the environment template compiles, passes, is acted in' ml3_control
fi
if test -f "$libdir/mesa/metalearners/active.so" &&
    test -f "$libdir/mesa/sources/moons.so"; then
    check 'the acquisition template compiles, passes and is asked' acquisition
else
    skip 'the acquisition template compiles, passes and is asked' \
        'active and moons'
fi
check 'the plugin in the manual works' manual
if command -v autoconf > /dev/null && command -v aclocal > /dev/null; then
    check 'MESA_PLUGIN_INIT finds mesa' configured
else
    skip 'MESA_PLUGIN_INIT finds mesa' autoconf
fi
exit $failed
