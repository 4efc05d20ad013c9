#!/bin/sh
# SPDX-License-Identifier: MIT
# samplers.sh - every sampler through mesa-core resample: the same bytes for
# any number of threads, tables that can be read, and what they refuse.
. "$(dirname "$0")/lib.sh"

# Two classes that overlap, with duplicates, and three that do.
awk 'BEGIN { print "u,v,label"
    for (i = 0; i < 240; i++) {
        few = i % 6 == 0
        printf "%d,%d,%s\n", i * 37 % 41 + 9 * few, i * 53 % 29 + 4 * few,
            few ? "yes" : "no" } }' >two.csv
awk -F, 'NR == 1 { print; next }
         { print $1 "," $2 "," ($3 == "no" && NR % 3 == 0 ? "may be" : $3) }' \
    two.csv >three.csv
cat >run.ini <<'INI'
[run]
seed = 3
[data]
type = csv
file = two.csv
[sampler]
type = tomek
INI

# How many rows of a class there are in a table.
count_of() {
    awk -F, -v class="$2" 'NR > 1 && $NF == class { n++ } END { print n + 0 }' \
        "$1"
}

for sampler in tomek enn renn all_knn cnn oss ncr near_miss \
    instance_hardness_threshold random_under self_paced cascade; do
    for data in two three; do
        name="$sampler, $data classes"
        mesa resample -c run.ini -q -o one.csv --threads 1 \
            --set "sampler.type=$sampler" --set "data.file=$data.csv"
        result $? "$name"
        mesa resample -c run.ini -q -o five.csv --threads 5 \
            --set "sampler.type=$sampler" --set "data.file=$data.csv"
        check "$name: same bytes on 5 threads" cmp one.csv five.csv
        # Rows are those of the input, and no row of the smallest class goes.
        awk -F, 'NR == FNR { row[FNR - 2] = $0; next }
                 FNR > 1 && ($2 $3 $4 != "" ||
                             row[$1] != $5 "," $6 "," $7) { exit 1 }' \
            "$data.csv" one.csv
        result $? "$name: rows of the input"
        check "$name: all rows of the smallest class" \
            test "$(count_of one.csv yes)" -eq 40
        check "$name: fewer rows of another" \
            test "$(count_of one.csv no)" -lt "$(count_of "$data.csv" no)"
    done
done

for sampler in smote borderline_smote adasyn ramo g_smote random_over \
    smote_enn smote_tomek; do
    for data in two three; do
        name="$sampler, $data classes"
        mesa resample -c run.ini -q -o one.csv --threads 1 \
            --set "sampler.type=$sampler" --set "data.file=$data.csv"
        result $? "$name"
        mesa resample -c run.ini -q -o five.csv --threads 5 \
            --set "sampler.type=$sampler" --set "data.file=$data.csv"
        check "$name: same bytes on 5 threads" cmp one.csv five.csv
        # Parents are rows of the input, the first of the same class.
        awk -F, 'NR == FNR { label[FNR - 2] = $3; next }
                 FNR > 1 && $1 == "" && (label[$2] != $7 ||
                                         !($3 in label)) { exit 1 }' \
            "$data.csv" one.csv
        result $? "$name: parents"
        check "$name: more rows of the smallest class" \
            test "$(count_of one.csv yes)" -gt 40
    done
done

# Counts by name, by number and by what they add.
for strategy in yes:100 1:100 minority:100 yes:+60 1:+60 0.5; do
    exits "$strategy" 0 resample -c run.ini -q -o out.csv \
        --set sampler.type=smote --set "sampler.sampling_strategy=$strategy"
    check "$strategy: 100 rows" test "$(count_of out.csv yes)" -eq 100
    check "$strategy: the others stay" test "$(count_of out.csv no)" -eq 200
done

# refused_with NAME MESSAGE SAMPLER STRATEGY
refused_with() {
    refused "$1" "$code" "[sampler] $3: sampling_strategy $4$2" \
        resample -c run.ini -q -o none.csv --set "sampler.type=$3" \
        --set "sampler.sampling_strategy=$4"
}

code=78
refused_with "a class that is not there" \
    ": there are no rows of class 'perhaps'" smote perhaps:9
refused_with "fewer rows than there are" \
    " would have 9 rows of class 'yes' but there are already 40" smote yes:9
refused_with "more rows than there are" \
    " would keep 900 rows of class 'no' but there are 200" near_miss no:900
refused_with "a sum for under-sampling" \
    ": '+9' is no count" near_miss no:+9
refused_with "a count for cleaning" \
    ": cleaning takes classes without counts" enn no:9
finish
