# SPDX-License-Identifier: MIT
# The program from outside.  Independent of each other, under 10 s each.
cli_tests = \
	%D%/active.sh \
	%D%/active_compare.sh \
	%D%/bad_data.sh \
	%D%/bad_ini.sh \
	%D%/categories.sh \
	%D%/compare.sh \
	%D%/completion.sh \
	%D%/conf.sh \
	%D%/config.sh \
	%D%/determinism.sh \
	%D%/draw.sh \
	%D%/ensembles.sh \
	%D%/environment.sh \
	%D%/export.sh \
	%D%/gallery.sh \
	%D%/hostile.sh \
	%D%/in_place.sh \
	%D%/inspect.sh \
	%D%/interrupt.sh \
	%D%/json.sh \
	%D%/learned.sh \
	%D%/manual.sh \
	%D%/maml.sh \
	%D%/ml3_policy.sh \
	%D%/mesa.sh \
	%D%/ml3.sh \
	%D%/ml3_shaping.sh \
	%D%/ml3_control.sh \
	%D%/ml3_reacher.sh \
	%D%/onehot.sh \
	%D%/output.sh \
	%D%/pictures_tasks.sh \
	%D%/pictures.sh \
	%D%/pictures_loops.sh \
	%D%/plugins.sh \
	%D%/predict.sh \
	%D%/query.sh \
	%D%/readme.sh \
	%D%/report.sh \
	%D%/report_odd.sh \
	%D%/resample.sh \
	%D%/resample_rows.sh \
	%D%/samplers.sh \
	%D%/targets.sh \
	%D%/tutorials.sh \
	%D%/terminal.sh \
	%D%/tensorboard.sh \
	%D%/typos.sh \
	%D%/usage.sh
TESTS += $(cli_tests)
EXTRA_DIST += $(cli_tests) %D%/lib.sh %D%/experiments.sh %D%/events.py \
	%D%/export.py
EXTRA_DIST += $(cli_tests) %D%/lib.sh %D%/experiments.sh %D%/browser.sh \
	%D%/browser.js %D%/export.py
