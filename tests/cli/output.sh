#!/bin/sh
# SPDX-License-Identifier: MIT
# output.sh - the output folder: new, finished, unfinished, not writable, full.
. "$(dirname "$0")/lib.sh"

make_ini >run.ini
mesa -c run.ini -q
result $? "a run"
for file in $compared timings.json run.log origins.ini report.html; do
    check "$file is there" test -s "out/$file"
done
check "no checkpoint stays" test ! -e out/checkpoint.safetensors
check "a table and a script of each picture" test -s out/plots/index.csv \
    -a -s out/plots/classes.csv -a -s out/plots/classes.gp
check "nothing else is there" \
    test "$(find out -maxdepth 1 -type f ! -name 'events.*' | wc -l)" -eq 9
cp -R out first

refused "finished: again" 73 \
    "$(pwd -P)/out holds a finished run; use --force to replace it" -c run.ini
exits "finished: --resume" 0 -c run.ini --resume
says "finished: --resume says so" "$(pwd -P)/out is finished already"
same_bytes "finished: --resume changes nothing" first out
refused "finished: --resume with another configuration" 73 \
    "$(pwd -P)/out was started with another configuration, which differs in \
run.seed, estimator.max_depth; use --force to start over" \
    -c run.ini --resume --set run.seed=8 --set estimator.max_depth=3
same_bytes "finished: nothing has changed" first out
exits "finished: --force" 0 -c run.ini --force -q
same_bytes "finished: --force gives the same bytes" first out

rm out/summary.json
refused "unfinished: again" 73 \
    "$(pwd -P)/out holds an unfinished run; use --resume to go on or --force \
to replace it" -c run.ini
exits "unfinished without a checkpoint: --resume" 0 -c run.ini --resume -q
same_bytes "unfinished without a checkpoint: same bytes" first out

# runs/NAME when no output is given; other files in the folder stay.
grep -v '^output' run.ini >name.ini
exits "no output given" 0 -c name.ini -q
same_bytes "no output given: runs/NAME" first runs/name
mkdir kept && echo note >kept/note.txt
exits "a folder with other files" 0 -c run.ini -q --set run.output=kept
check "other files stay" grep -q note kept/note.txt
exits "nested output folders" 0 -c run.ini -q --set run.output=a/b/c
same_bytes "nested output folders: same bytes" first a/b/c

# Where nothing can be written.
echo >file
mesa -c run.ini -q --set run.output=file/sub
result $(($? != 73)) "output below a file: 73"
says "output below a file: named" "file"
mesa -c run.ini -q --set run.output=file
result $(($? != 73)) "output is a file: 73"
check "output is a file: it stays" test -f file
if [ "$(id -u)" -ne 0 ]; then
    mkdir locked && chmod 555 locked
    mesa -c run.ini -q --set run.output=locked/sub
    result $(($? != 73)) "output not writable: 73"
    says "output not writable: message" "Permission denied"
else
    skip "output not writable" "root may write everywhere"
fi

# A full disk: first a limit on the size of files, which stops each of them.
ulimited() { (ulimit -f "$1" && shift && mesa "$@"); }
for blocks in 0 1 2 4; do
    ulimited "$blocks" -c run.ini -q --set run.output=small
    status=$?
    case $status in 73 | 74) bad=0 ;; *) bad=1 ;; esac
    result "$bad" "files of at most $blocks blocks: 73 or 74" ||
        echo "# exit status $status"
    if [ "$blocks" -gt 0 ]; then
        says "files of at most $blocks blocks: named" "mesa-core: cannot write"
    fi
    check "files of at most $blocks blocks: nothing left" test ! -e small
done

# Then a real one, where we may mount.
mkdir disk
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=16k none disk 2>/dev/null
then
    mesa -c run.ini -q --set run.output=disk/out
    status=$?
    case $status in 73 | 74) bad=0 ;; *) bad=1 ;; esac
    result "$bad" "full disk: 73 or 74"
    says "full disk: message" "No space left on device"
    check "full disk: nothing left" test ! -e disk/out
    umount disk
else
    skip "full disk" "a file system cannot be mounted here"
fi
finish
