#!/bin/sh
# SPDX-License-Identifier: MIT
# broken.sh - modules that are wrong in one way: each is refused with a message
# that says which, or fails just the check that looks for it.
: "${top_builddir:?is set by make check}"
modules="$top_builddir/tests/broken/.libs"
conform="$top_builddir/mesa-conform"
number=0

LC_ALL=C
export LC_ALL
work=$(mktemp -d "${TMPDIR:-/tmp}/mesa-broken-XXXXXX") || exit 99
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

result()
{
    number=$((number + 1))
    if test "$1" = 0; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        sed 's/^/# /' "$work/said"
        test -z "$3" || echo "# expected: $3"
    fi
}

# refused NAME FILE MESSAGE: exit status 69 and just this line, in which FILE
# stands for its path.
refused()
{
    "$conform" "$2" > "$work/out" 2> "$work/raw"
    code=$?
    sed "s|$2|FILE|g" "$work/raw" > "$work/said"
    test $code = 69 && test ! -s "$work/out" &&
        test "$(cat "$work/said")" = "mesa-conform: $3"
    result $? "$1" "$3"
}

# module NAME MESSAGE: the same for one of ours.
module()
{
    refused "$1" "$modules/$1.so" "$2"
}

# fails NAME CHECK: of all checks just this one fails, and perhaps those in the
# third argument; with "any" others may, as a sanitizer sees fit.
fails()
{
    "$conform" "$modules/$1.so" > "$work/out" 2> "$work/raw"
    code=$?
    sed -n "s|^not ok [0-9]* - [a-z_]*/||p" "$work/out" > "$work/failed"
    { cat "$work/raw"; grep -A 1 '^not ok' "$work/out"; } > "$work/said"
    status=0
    allowed=$(echo $2 $3)
    test $code = 1 && grep -qx "$2" "$work/failed" || status=1
    for check in $(cat "$work/failed"); do
        case " $allowed " in
        *" any "* | *" $check "*) ;;
        *) status=1 ;;
        esac
    done
    result $status "$1 fails $2" "$allowed"
}

# option NAME CODE ARGUMENT...: that exit status; what it says in $work/said.
option()
{
    name=$1
    expected=$2
    shift 2
    "$conform" "$@" > "$work/said" 2>&1
    test $? = "$expected"
    result $? "$name" "exit status $expected"
}

rebuild='rebuild it with these headers'
module wrong_magic \
    'FILE: the magic number is 12345678, expected 4d455341'
module wrong_major \
    "FILE is built for plugin interface 2.0, mesa 0.1.0 has 1.0: $rebuild"
module newer_minor \
    "FILE is built for plugin interface 1.1, mesa 0.1.0 has 1.0: $rebuild"
module no_entry 'FILE has no mesa_plugin(): not a mesa plugin'
module null_entry 'FILE: mesa_plugin() returns NULL'
module unresolved \
    'FILE does not load: FILE: undefined symbol: mesa_no_such_function'
module short_descriptor 'FILE: the descriptor has 8 bytes, expected 64'
module no_version 'FILE: the descriptor lacks name, version or license'
module no_class 'FILE declares no class'
module short_table \
    'FILE: a class table has 16 bytes, expected at least 112'
module bad_name \
    "FILE: a class is named 'Not A Name', expected lower_snake_case"
module unknown_kind 'FILE: class broken: mesa 0.1.0 knows no kind 99'
module no_title 'FILE: class broken has no title'
module null_slot 'FILE: class broken lacks the required slot resample'
module no_build 'FILE: class no_build lacks the required slot build'
module no_learnt 'FILE: class no_learnt lacks the required slot learnt'
module no_keeping 'FILE: class no_keeping lacks the required slot save'
module pointless 'FILE: class pointless lacks the required slot task'
module standing 'FILE: class standing lacks the required slot step'
module save_only 'FILE: class broken has only one of save and load'
module bad_default \
    'FILE: class broken: parameter k_neighbors has a default out of its range'
module twice_param 'FILE: class broken: parameter k_neighbors is there twice'
module bad_param \
    "FILE: class broken: parameter 0 has the name 'kNeighbors', expected \
lower_snake_case"
module outside_self \
    'FILE: class broken: parameter far lies outside the 8 bytes of self'
module no_help 'FILE: class broken: parameter k has no help text'
module unknown_type \
    'FILE: class broken: parameter k has the unknown type 77'

# The fingerprint depends on the sizes of structs: any two numbers will do.
"$conform" "$modules/wrong_layout.so" 2>&1 |
    sed "s|$modules/wrong_layout.so|FILE|; s/[0-9a-f]\{8\}/NUMBER/g" \
        > "$work/said"
test "$(cat "$work/said")" = "mesa-conform: FILE: shared structs are laid out \
otherwise (NUMBER, expected NUMBER): rebuild it without flags that change \
enums or packing"
result $? wrong_layout

# Files that are no modules, or only the beginning of one.
echo 'not a plugin, and long enough for an ELF header to fit into this text' \
    > "$work/text.so"
refused text "$work/text.so" 'FILE is not an ELF file'
: > "$work/empty.so"
refused empty "$work/empty.so" 'FILE is not an ELF file'
mkdir "$work/folder.so"
refused folder "$work/folder.so" 'FILE is not a regular file'
refused missing "$work/none.so" 'FILE: No such file or directory'
echo 'no dlname here' > "$work/odd.la"
refused odd_la "$work/odd.la" 'FILE is no libtool archive'

good="$modules/faultless.so"
size=$(wc -c < "$good")
for part in 1 4 10 30 50 70 90 99; do
    length=$((size * part / 100))
    head -c $length "$good" > "$work/cut.so"
    "$conform" "$work/cut.so" > "$work/out" 2> "$work/said"
    test $? = 69 && grep -q 'cut.so is \(truncated: \|not an ELF\)' \
        "$work/said"
    result $? "cut off after $part %"
done
head -c $((size - 1)) "$good" > "$work/cut.so"
"$conform" "$work/cut.so" > "$work/out" 2> "$work/said"
test $? = 69
result $? 'cut off before the last byte'

# Whoever can replace a plugin can run code as its user.
cp "$good" "$work/faultless.so"
chmod 666 "$work/faultless.so"
refused writable_file "$work/faultless.so" 'FILE can be written by anybody'
chmod 644 "$work/faultless.so"
chmod o+w "$work"
refused writable_folder "$work/faultless.so" \
    'FILE is in a folder that anybody can write'
chmod o-w "$work"

# The command line.
option 'a metalearner of tasks passes' 0 "$modules/patient.so"
option 'a metalearner that acts passes' 0 "$modules/striving.so"
option 'a model without fit passes' 0 "$modules/teachable.so"
option 'a loss that is learnt passes' 0 "$modules/critical.so"
option 'an acquisition passes' 0 "$modules/discerning.so"
option 'a metalearner that asks passes' 0 "$modules/inquiring.so"
option 'the copy passes' 0 "$work/faultless.so"
option 'no module' 2
option 'unknown option' 2 --nonsense
option 'bad assignment' 2 --set key "$good"
option 'list of checks' 0 --list
option 'one check' 0 -k 'faultless/create*' --no-fork "$good"

# Plugins that load, but break a promise.
fails leaky create any
fails careless memory_create 'init_fails memory'
fails moody same_seed \
    'refit two_instances threads row_by_row layout learns column_order'
fails improper probabilities \
    'far_rows refit_shape repeated_rows constant_columns large_values one_row
valid_rows'
fails scribbling input_untouched \
    'same_seed refit two_instances threads layout row_by_row valid_rows'
fails sharing two_instances 'damaged'
fails boastful missing 'missing_column constant_columns'
fails weightless weights
fails fragile one_class 'one_row'
fails trusting damaged 'fini_half_built'
fails hoarding refit
fails packed layout row_by_row
fails sociable row_by_row 'threads layout'
fails fickle any_seed 'column_order learns'
fails idle rows
fails rounding ranked
fails clueless learns column_order
fails forgetful save_load 'load_over'
fails narrow memory
fails shouting metadata help_texts
fails shouting help_texts metadata
fails misnamed file_name
fails picky create_max
fails inventing made_rows 'constant_columns any_seed same_seed two_instances
layout threads'
fails adding mean_of_rows
fails hasty batch_order
fails naive large_scores single_precision
fails halting gradient second
fails shallow second
fails unlinked probabilities
fails by_row shapes any
fails miscounting tensors any
fails precocious untaught any
fails borrowing learn any
fails distracted learn learn_again
fails obstinate learn_again
fails grasping learn_memory any
fails numb teachable 'taught_by_steps moved'
fails unmoved moved
fails undemanding missing_terms
fails oblivious save_load 'load_over'
fails accumulating load_over
fails credulous damaged
fails halfway both_slots
fails nameless parameters
fails sideways forward 'forward_shapes forward_memory derivative'
fails rigid forward_shapes
fails detached derivative
fails lossy invert
fails dividing constant_columns 'one_row finite'
fails creeping input_untouched 'refit two_instances layout columns'
fails overflowing input_untouched any
fails astray columns 'memory damaged'
fails flowing open_again 'describe threads'
fails amnesiac resume
fails dreaming continued 'first_round'
fails teaching finish_again
fails keeping keep_and_start
fails stubborn start_matters start_from
fails spoiling keep_last_good
fails impatient cancel_and_go_on keep_last_good
fails silent start_other
fails gullible spoilt_tasks
fails rambling report
fails doodling report
fails spilling report_memory
fails misdating report
fails gaping report
fails deaf onnx
fails mute onnx onnx_memory
fails growing onnx onnx_memory
fails squinting aim
fails guessing same_seed 'any_seed two_instances layout threads'
fails speechless stream_slots
fails backward stream 'stream_again stream_closed'
fails lingering stream_again
fails dripping stream_closed any
fails confident stream_missing
fails promising open
fails lopsided balance 'few_rows'
fails wandering same_seed 'two_instances layout threads'
fails restless same_tasks 'task_order task_threads'
fails unfinished task_rows any
fails undecided task_rows
fails monotonous tasks_differ
fails repeating parts_differ
fails aimless space
fails anonymous space
fails fleeting space any
fails displaced reset
fails ageing step 'rows in_place action_bounds'
fails crowded rows
fails treading in_place
fails boundless action_bounds
fails bursting finite
fails shifting goals
fails signed_distance distance
fails shared_bill cost
fails lagging nodes_step nodes_derivative
fails cut_off nodes_derivative
fails itemised nodes_cost
fails pointed nodes_cost
fails groping lacking
fails drifting resume 'threads cancel_and_go_on'
fails secretive open
fails nosy questions any
fails pestering questions any
fails stammering questions any
fails shapeless questions any
fails pampered known_before
fails changeable answer_later
fails pressing answer_later
fails undeterred answer_never
fails unlettered questions 'known_before answer_never'
fails hollow members
fails estranged members
fails orphaned members_loaded
fails overlooking members_of_classes any
fails elastic embed_rows
fails endless embed embed_rows
fails exotic needs
fails negative utilities any
fails dichotomous classes blocks
fails gregarious one_row
fails scaling alike one_row
fails surprised certain one_row
fails presumptuous lacking
fails contiguous layout
fails comparing blocks
fails queueing blocks
fails orderly permuted
fails erratic same_seed any
fails whimsical any_seed permuted
fails mindful again any
fails communal two_instances
fails teaming threads at_once
fails bashful at_once
fails smudging input_untouched
fails brimming within any
fails doubling select
fails wasteful memory any
echo "1..$number"
