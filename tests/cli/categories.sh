#!/bin/sh
# SPDX-License-Identifier: MIT
# categories.sh - CSV files with words in them, from training to prediction
# and resampling: the model knows the categories and how its file was read.
. "$(dirname "$0")/lib.sh"

# Words with commas, quotes and blanks, numbers that are names, and values
# that are missing in the words of this file.
awk 'BEGIN {
    print "age|hue|plan|label"
    split("red|\"light, blue\"|\"gr\"\"een\"|\" pale\"", hue, "|")
    s = 5
    for (i = 0; i < 400; i++) {
        s = (s * 69069 + 1) % 16777216; a = s / 16777216
        s = (s * 69069 + 1) % 16777216; h = 1 + int(s / 16777216 * 4)
        s = (s * 69069 + 1) % 16777216; p = 8 + int(s / 16777216 * 4)
        rare = (a + (h == 2) + (p == 10) > 1.9)
        print (i % 41 ? a : -1) "|" (i % 37 ? hue[h] : "unknown") "|" p "|" \
            (rare ? "yes" : "no")
    }
}' >all.csv
cat >run.ini <<'INI'
[run]
seed = 5
output = out
[data]
type = csv
file = all.csv
delimiter = |
missing = unknown, -1
categorical = auto, plan
[sampler]
type = random_over
[estimator]
type = tree
max_depth = 5
INI

# matches NAME RUN PREDICTIONS: the rows that the run predicted, again.
matches() {
    awk -F, 'NR == FNR { rest[$1] = $2 "," $3 "," $4; next }
             FNR > 1 && rest[$1] != $4 "," $5 "," $6 { exit 1 }' \
        "$3" "$2/predictions.csv"
    result $? "$1"
}

mesa -c run.ini -q
result $? "a run"
model=out/model.safetensors
# Neither the delimiter nor what is missing need be said again.
mesa predict -m $model -i all.csv -o p.csv
result $? "its table"
check "without a warning" test ! -s "$err"
check "a line for each row" test "$(wc -l <p.csv)" -eq 401
matches "probabilities are those of the run" out p.csv
for threads in 1 3; do
    mesa predict -m $model -i - -o - --threads $threads \
        --set data.block_size=7 <all.csv
    check "$threads threads, blocks of seven bytes" cmp p.csv "$out"
done
mesa predict -m $model -i all.csv -o s.csv --score
check "--score" cmp p.csv s.csv
awk -F'|' -v OFS='|' '{ print $3, $4, $2, $1 }' all.csv >order.csv
mesa predict -m $model -i order.csv -o order.out
check "another order" cmp p.csv order.out
sed 1d all.csv >bare.csv
mesa predict -m $model -i bare.csv -o bare.out
check "without a header" cmp p.csv bare.out
awk -F'|' -v OFS='|' 'NR > 1 { $3 = $3 ".0" } 1' all.csv >spelt.csv
mesa predict -m $model -i spelt.csv -o spelt.out
check "another spelling of numbers" cmp p.csv spelt.out
printf '0.5,red,9\n0.6,red,8\n' >comma.csv
refused "another delimiter" 65 \
    "comma.csv has no header and 1 columns, expected the 3 of the model, or one more, the label" \
    predict -m $model -i comma.csv -o none.csv
printf 'age,hue,plan\n0.5,"light, blue",9\n' >comma.csv
mesa predict -m $model -i comma.csv -o - --set data.delimiter=,
result $? "another delimiter, with --set"
check "its row" test "$(wc -l <"$out")" -eq 2
mesa predict -m $model -i all.csv -o - --set data.missing=none
says "other missing words: --set goes before what was saved" \
    "all.csv:2: column 'hue' holds 'unknown'"

# What training has not seen.
printf 'age|hue|plan\n0.5|red|9\n0.5|mauve|12\n0.5|pink|9\n' >new.csv
printf 'age|hue|plan\n0.5|red|9\n0.5|unknown|unknown\n0.5|unknown|9\n' \
    >missing.csv
mesa predict -m $model -i missing.csv -o m.csv
check "missing values: nothing is said" test ! -s "$err"
mesa predict -m $model -i new.csv -o n.csv
check "an unknown category counts as missing" cmp n.csv m.csv
cat >expected <<'TEXT'
mesa-core: warning: new.csv:3: column 'hue' holds 'mauve', which is none of  pale, gr"een, light, blue, red: such values count as missing (unknown = error refuses them)
mesa-core: warning: new.csv:3: column 'plan' holds '12', which is none of 8, 9, 10, 11: such values count as missing (unknown = error refuses them)
TEXT
check "each column is told of once" cmp expected "$err"
mesa predict -m $model -i new.csv -o n.csv -q
check "-q: it is not said" test ! -s "$err"
refused "unknown = error" 65 \
    "new.csv:3: column 'hue' holds 'mauve', which is none of  pale, gr\"een, light, blue, red" \
    predict -m $model -i new.csv -o none.csv --set data.unknown=error

# A model keeps no paths, and one without the note is read as ever.
check "no path is in the model" \
    sh -c '! LC_ALL=C grep -a -q all.csv out/model.safetensors'
LC_ALL=C sed 's/"mesa.data"/"mesa.dat_"/' $model >old.safetensors
mesa predict -m old.safetensors -i all.csv -o - --set 'data.delimiter=|' \
    --set data.missing=unknown,-1
check "a model without the note" cmp p.csv "$out"
LC_ALL=C sed 's/max_categories = 1000/max_categories = zero/' $model \
    >bad.safetensors
refused "a value of the note that is none" 78 \
    "bad.safetensors: mesa.data:13: [data] max_categories is 'zero', expected an integer >= 1 and <= 2147483647" \
    predict -m bad.safetensors -i all.csv -o none.csv
LC_ALL=C sed 's/type = csv/type = cvs/' $model >type.safetensors
mesa predict -m type.safetensors -i all.csv -o - --set 'data.delimiter=|' \
    --set data.missing=unknown,-1
check "trained from another source" cmp p.csv "$out"

# resample writes words, which can be read again.
mesa resample -c run.ini -o rows.csv
result $? "random_over"
# shellcheck disable=SC2016 # awk's
check "it writes the words" \
    awk 'NR == FNR { n = split($0, part, "|"); hue[part[2]] = 1; next }
         FNR > 1 { i = $0; sub(/^[^,]*,[^,]*,[^,]*,[^,]*,[^,]*,/, "", i)
                   sub(/,[^,]*,[^,]*$/, "", i)
                   if (i != "" && !(i in hue) && !("\"" i "\"" in hue)) exit 1
                   words += i ~ /gr""een|light, blue|" pale"/ }
         END { exit words < 100 }' all.csv rows.csv
sed 's/^file = .*/file = rows.csv/; /^delimiter/d; /^missing/d
     s/^\[sampler/ignore = source, parent_a, parent_b, step\n&/' \
    run.ini >again.ini
mesa resample -c again.ini -o again.csv
result $? "its table is read again"
sed 's/^[^,]*,[^,]*,[^,]*,[^,]*,//' rows.csv | sort -u >rows.set
sed 's/^[^,]*,[^,]*,[^,]*,[^,]*,//' again.csv | sort -u >again.set
check "its rows are those" cmp rows.set again.set
printf 'hue,n,y\n"\tx",1,a\n"x ",2,b\nx,3,a\n' >blanks.csv
sed 's/^file = .*/file = blanks.csv/; /^delimiter/d; /^missing/d; s/, plan//' \
    run.ini >blanks.ini
mesa resample -c blanks.ini -o blanks.out
cut -d, -f5- blanks.out | head -n 4 >blanks.again
check "blanks and tabs at the ends of words are kept" \
    cmp blanks.csv blanks.again

# Words of an ARFF file, in a CSV file.
printf '%s\n' '@relation r' '@attribute hue {red, blue, green}' \
    '@attribute n numeric' '@attribute y {a, b}' @data >words.arff
awk 'NR > 1 { split("red blue green", hue, " "); h = 1 + NR % 3
              print hue[h] "," NR % 7 "," (h == 2 ? "b" : "a") }' \
    all.csv >words.rows
cat words.rows >>words.arff
{ echo hue,n,y && cat words.rows; } >words.csv
sed '/^delimiter/d; /^missing/d; /^categorical/d; s/^type = csv/type = arff/
     s/^file = .*/file = words.arff/' run.ini >arff.ini
mesa -c arff.ini -q --set run.output=arff
result $? "a run on an ARFF file"
mesa predict -m arff/model.safetensors -i words.csv -o w.csv
matches "its rows from a CSV file" arff w.csv
for sampler in smotenc smoten; do
    test $sampler = smoten && ignored=age || ignored=
    sed "s/^type = random_over/type = $sampler/
         s/^\[sampler/ignore = $ignored\n[transform]\ntype = impute\n&/" \
        run.ini >$sampler.ini
    mesa resample -c $sampler.ini --transformed -o $sampler.csv
    result $? "$sampler" || diagnose "$err"
    # shellcheck disable=SC2016 # awk's
    check "$sampler: made rows have words" \
        awk '/^,/ { made++; if (!/,(red|"light, blue"|"gr""een"|" pale"),/ ||
                                !/,(8|9|10|11),yes$/) exit 1 }
             END { exit made < 100 }' $sampler.csv
done

# What is wrong with the key is known before anything is read.
refused "--check: no such column" 65 \
    "$(pwd -P)/all.csv has no column of categories 'plans', did you mean 'plan'? (its columns are: age, hue, plan, label)" \
    -c run.ini --check --set data.categorical=plans \
    --set "data.file=$(pwd -P)/all.csv"
refused "--check: the label" 65 \
    "$(pwd -P)/all.csv: 'label' is the label and in categorical" \
    -c run.ini --check --set data.categorical=hue,label \
    --set "data.file=$(pwd -P)/all.csv"
finish
