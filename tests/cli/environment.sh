#!/bin/sh
# SPDX-License-Identifier: MIT
# environment.sh - runs without data, in an environment: which sections they
# need, and which would be idle.
. "${0%/*}/lib.sh"

cat >acts.ini <<'END'
[run]
output = none
[environment]
type = pointmass
horizon = 5
[estimator]
type = mlp
hidden_layer_sizes = 4
[loss]
type = learned
hidden_layer_sizes = 4
use_target = no
use_input = yes
use_extra = yes
[metalearner]
type = ml3_control
iterations = 2
eval_policies = 2
END
exits "environments are acted in" 0 -q -c acts.ini
exits "and named in what is printed" 0 -c acts.ini --print-config
check "the section comes first" sh -c \
    "grep -n '^\[' '$out' | sed -n 2p | grep -q '\[environment\]'"
sed '/^\[environment\]/,/^horizon/d' acts.ini >nowhere.ini
refused "no [environment]" 78 "nowhere.ini: there is no [environment] section: \
what is there to act in?" -c nowhere.ini
refused "[data], where nothing looks at rows" 78 "--set: [data] is used by \
nothing: metalearner ml3_control acts in [environment]" -c acts.ini \
    --set data.type=moons
for section in transform=standard sampler=smote; do
    refused "[${section%=*}], where there are no rows" 78 "--set: \
[${section%=*}] is used by nothing: metalearner ml3_control acts in \
[environment]" -c acts.ini --set "${section%=*}.type=${section#*=}"
done
refused "[evaluate], where episodes are scored" 78 "--set: [evaluate] is used \
by nothing: metalearner ml3_control scores episodes itself" -c acts.ini \
    --set evaluate.metrics=mcc
# A sampler that something refers to.
sed '/^\[estimator\]/,/^\[loss\]/ {
    s/^type = mlp/type = resampled/
    s/^hidden_layer_sizes = 4/sampler = sampler/
}' acts.ini >sampled.ini
printf '[sampler]\ntype = smote\n' >>sampled.ini
refused "rows of a run without data" 78 "there is no [data] section: which \
rows?" resample -c sampled.ini -o -

printf '[data]\ntype = moons\n[estimator]\ntype = tree\n' >rows.ini
refused "[environment], where nothing acts" 78 "--set: [environment] is used \
by nothing: there is no [metalearner] that acts" -c rows.ini \
    --set environment.type=reacher
printf '[data]\ntype = sinusoid\n[estimator]\ntype = mlp\n' >tasks.ini
printf '[metalearner]\ntype = maml\n' >>tasks.ini
refused "[environment], where tasks are learnt" 78 "--set: [environment] is \
used by nothing: metalearner maml takes tasks as they are" -c tasks.ini \
    --set environment.type=reacher
printf '[metalearner]\ntype = mesa\n' >>rows.ini
refused "[environment], where rows are chosen" 78 "--set: [environment] is \
used by nothing: metalearner mesa does not act" -c rows.ini \
    --set environment.type=reacher
refused "an unknown environment" 69 "--set: there is no environment \
'reecher'; did you mean 'reacher'?" -c acts.ini \
    --set environment.type=reecher
refused "a goal of three numbers" 78 "[environment] reacher: test_goals has 3 \
numbers, expected pairs of joint angles" -c acts.ini --check \
    --set environment.type=reacher --set environment.test_goals=1,2,3
finish
