#!/bin/sh
# SPDX-License-Identifier: MIT
# ensembles.sh - every ensemble runs conf/ensembles.ini, in each variant, and
# gives the same bytes for any number of threads.
. "$(dirname "$0")/lib.sh"

# both NAME OPTION...: a run on one thread and one on three.
both() {
    name=$1
    shift
    set -- -c "$top_srcdir/conf/ensembles.ini" -q --set evaluate.repeats=1 "$@"
    exits "$name runs" 0 "$@" --set run.output=one --set run.threads=1 --force
    exits "$name runs on three threads" 0 "$@" --set run.output=three \
        --set run.threads=3 --force
    same_bytes "$name: the same bytes for any number of threads" one three
}

for type in adaboost bagging balance_cascade balanced_forest easy_ensemble \
    forest ramoboost rusboost self_paced_ensemble smotebagging smoteboost \
    underbagging; do
    both "$type" --set "estimator.type=$type"
done
for type in ramoboost rusboost smotebagging smoteboost; do
    both "$type of MESA" --set "estimator.type=$type" \
        --set estimator.variant=mesa
done
both "self_paced_ensemble of MESA" --set estimator.type=self_paced_ensemble \
    --set "estimator.sampler=self_paced(variant=mesa)"
both "balance_cascade of MESA" --set estimator.type=balance_cascade \
    --set "estimator.sampler=cascade(variant=mesa)"
for algorithm in samme samme.r adaboost_m2; do
    both "$algorithm" --set estimator.type=adaboost \
        --set "estimator.algorithm=$algorithm"
done
finish
