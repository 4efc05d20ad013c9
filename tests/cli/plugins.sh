#!/bin/sh
# SPDX-License-Identifier: MIT
# plugins.sh - plugins in folders of the user's own: found, preferred, refused.
. "$(dirname "$0")/lib.sh"

good=$top_builddir/plugins/samplers/.libs/random_under.so
if [ ! -f "$good" ]; then
    echo "1..0 # SKIP plugins are inside the program"
    exit 0
fi
umask 022
make_ini >run.ini
mkdir -p own/samplers
MESA_PLUGIN_PATH=$PWD/own:/nonexistent::
export MESA_PLUGIN_PATH

exits "folders that are empty or not there" 0 --list
grep -q 'refused' "$out"
result $(($? == 0)) "nothing is refused"

# Another name for a file is not another name for the plugin in it.
cp "$good" own/samplers/alias.so
refused "a file with another name than its plugin" 69 \
    "--set: $PWD/own/samplers/alias.so declares no sampler named 'alias'" \
    -c run.ini --set sampler.type=alias --check
exits "--list with a plugin that is refused" 0 --list sampler
check "--list says what was refused and why" grep -q -x -F -e \
    "  $PWD/own/samplers/alias.so declares no sampler named 'alias'" "$out"
check "--list still shows the others" grep -q '^sampler  *random_under' "$out"
rm own/samplers/alias.so

# broken NAME MESSAGE: own/samplers/random_under.so comes first, and is this.
broken() {
    refused "$1" 69 "--set: $2" -c run.ini --set sampler.type=random_under \
        --check
    rm -rf own/samplers/random_under.so
}
own=$PWD/own/samplers/random_under.so
echo 'int mesa_plugin(void);' >"$own"
broken "a text file" "$own is not an ELF file"
: >"$own"
broken "an empty file" "$own is not an ELF file"
mkdir "$own"
broken "a folder" "$own is not a regular file"
ln -s "$own" "$own"
mesa -c run.ini --set sampler.type=random_under --check
result $? "a link to itself is none"
rm "$own"
cp "$good" "$own"
chmod o+w "$own"
broken "a file that anybody may write" "$own can be written by anybody"
cp "$good" "$own"
chmod o+w own/samplers
broken "a folder that anybody may write" \
    "$own is in a folder that anybody can write"
chmod o-w own/samplers

# Cut anywhere, a plugin is refused and never a crash.
size=$(wc -c <"$good")
bad=0
for part in 1 4 16 63 64 200 400 500 700 900 990 999; do
    head -c $((size * part / 1000)) "$good" >"$own"
    mesa -c run.ini --set sampler.type=random_under --check
    status=$?
    if [ $status -ne 69 ] || [ "$(wc -l <"$err")" -ne 1 ]; then
        echo "# $part in 1000: exit status $status"
        diagnose "$err"
        bad=1
    fi
done
result $bad "a truncated plugin is refused"

cp "$good" "$own"
exits "a good one" 0 -c run.ini --set sampler.type=random_under -q
mv "$own" own/random_under.so
exits "a good one without a folder for its kind" 0 -c run.ini \
    --set sampler.type=random_under --check
chmod o+w own/random_under.so
refused "that was the one" 69 \
    "--set: $PWD/own/random_under.so can be written by anybody" \
    -c run.ini --set sampler.type=random_under --check
finish
