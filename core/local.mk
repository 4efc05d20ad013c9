# SPDX-License-Identifier: MIT
# libcore: all objects of libmesa, for unit tests that look inside.
noinst_LTLIBRARIES += libcore.la
libcore_la_SOURCES = \
	%D%/acquisition.c \
	%D%/archive.c \
	%D%/archive_file.c \
	%D%/archive_internal.h \
	%D%/bagging.c \
	%D%/boosting.c \
	%D%/boosting_rules.c \
	%D%/boosting_rules.h \
	%D%/boosting_use.c \
	%D%/bundle.c \
	%D%/bundle.h \
	%D%/catalogue.c \
	%D%/catalogue.h \
	%D%/catalogue_json.c \
	%D%/cluster.c \
	%D%/cluster.h \
	%D%/cluster_seed.c \
	%D%/component.c \
	%D%/counts.c \
	%D%/counts.h \
	%D%/csv_text.c \
	%D%/csv_text.h \
	%D%/data.c \
	%D%/differentiable.c \
	%D%/elf_check.c \
	%D%/elf_check.h \
	%D%/ensemble.c \
	%D%/ensemble_use.c \
	%D%/environment.c \
	%D%/evaluate.c \
	%D%/evaluate.h \
	%D%/evaluate_curves.c \
	%D%/evaluate_curves.h \
	%D%/evaluate_pictures.c \
	%D%/evaluate_plane.c \
	%D%/evaluate_plane.h \
	%D%/evaluate_regions.c \
	%D%/evaluate_regions.h \
	%D%/evaluate_write.c \
	%D%/export.c \
	%D%/export.h \
	%D%/files.c \
	%D%/files.h \
	%D%/graph/build.c \
	%D%/graph/chains.c \
	%D%/graph/constant.c \
	%D%/graph/elementwise.c \
	%D%/graph/elementwise_loops.h \
	%D%/graph/grad.c \
	%D%/graph/graph.h \
	%D%/graph/kernels.h \
	%D%/graph/lower.c \
	%D%/graph/lower_tiles.c \
	%D%/graph/matmul.c \
	%D%/graph/matmul.h \
	%D%/graph/matmul_block.c \
	%D%/graph/matmul_block.h \
	%D%/graph/ops.c \
	%D%/graph/places.c \
	%D%/graph/plan.c \
	%D%/graph/plan.h \
	%D%/graph/reduce.c \
	%D%/graph/reduce_loops.h \
	%D%/graph/run.c \
	%D%/graph/run.h \
	%D%/graph/run_blocks.c \
	%D%/graph/run_steps.c \
	%D%/graph/schedule.c \
	%D%/graph/segments.c \
	%D%/graph/shapes.c \
	%D%/graph/transpose.h \
	%D%/graph/view.c \
	%D%/graph/vmathf_kernel.h \
	%D%/hardness.c \
	%D%/hash.c \
	%D%/hash.h \
	%D%/host.c \
	%D%/host.h \
	%D%/html.c \
	%D%/html.h \
	%D%/inifile.c \
	%D%/inifile.h \
	%D%/inspect.c \
	%D%/inspect.h \
	%D%/inspect_foreign.c \
	%D%/inspect_model.c \
	%D%/inspect_run.c \
	%D%/inspect_scores.c \
	%D%/inspect_tell.c \
	%D%/inspect_tell.h \
	%D%/inspect_tensors.c \
	%D%/instance.c \
	%D%/instance.h \
	%D%/interval.c \
	%D%/interval.h \
	%D%/internal.h \
	%D%/json.c \
	%D%/json.h \
	%D%/json_tree.c \
	%D%/json_tree.h \
	%D%/kinds.c \
	%D%/layers.c \
	%D%/loss.c \
	%D%/memory.c \
	%D%/metrics.c \
	%D%/model.c \
	%D%/nearest.c \
	%D%/neighbors/build.c \
	%D%/neighbors/compare.c \
	%D%/neighbors/hunt.c \
	%D%/neighbors/hunt.h \
	%D%/neighbors/neighbors.c \
	%D%/neighbors/neighbors.h \
	%D%/number.c \
	%D%/number_format.c \
	%D%/onnx.c \
	%D%/onnx.h \
	%D%/onnx_bytes.c \
	%D%/onnx_model.c \
	%D%/onnx_trees.c \
	%D%/optimizer.c \
	%D%/page.c \
	%D%/page.h \
	%D%/page_about.c \
	%D%/page_compare.c \
	%D%/page_figures.c \
	%D%/page_read.c \
	%D%/page_run.h \
	%D%/page_runner.c \
	%D%/page_scores.c \
	%D%/page_svg.c \
	%D%/page_svg.h \
	%D%/page_svg_value.c \
	%D%/page_tables.c \
	%D%/parallel.c \
	%D%/param_text.c \
	%D%/parts.c \
	%D%/pipeline.c \
	%D%/plot.c \
	%D%/plot.h \
	%D%/plot_axes.c \
	%D%/plot_draw.c \
	%D%/plot_files.c \
	%D%/plot_script.c \
	%D%/plot_table.c \
	%D%/plot_table.h \
	%D%/plot_thin.c \
	%D%/plugin.c \
	%D%/predict.c \
	%D%/predict.h \
	%D%/progress.c \
	%D%/progress.h \
	%D%/query.c \
	%D%/query.h \
	%D%/query_answers.c \
	%D%/query_answers.h \
	%D%/query_file.c \
	%D%/query_file.h \
	%D%/query_intake.c \
	%D%/query_intake.h \
	%D%/random.c \
	%D%/ranking.c \
	%D%/ranking.h \
	%D%/ranks.c \
	%D%/recipe.c \
	%D%/recipe.h \
	%D%/recipe_inline.c \
	%D%/recipe_text.c \
	%D%/registry.c \
	%D%/registry.h \
	%D%/report.c \
	%D%/report.h \
	%D%/report_table.c \
	%D%/resample.c \
	%D%/resample.h \
	%D%/run.c \
	%D%/run.h \
	%D%/run_checkpoint.c \
	%D%/run_collect.c \
	%D%/run_curves.c \
	%D%/run_events.c \
	%D%/run_folder.c \
	%D%/run_log.c \
	%D%/run_pictures.c \
	%D%/run_state.h \
	%D%/run_summary.c \
	%D%/run_table.c \
	%D%/run_times.c \
	%D%/sample.c \
	%D%/saved.c \
	%D%/saved.h \
	%D%/settings.c \
	%D%/settings.h \
	%D%/source.c \
	%D%/split.c \
	%D%/split.h \
	%D%/state.c \
	%D%/state.h \
	%D%/status.c \
	%D%/strategy.c \
	%D%/task.c \
	%D%/task.h \
	%D%/terminal.c \
	%D%/terminal.h \
	%D%/tensorboard.c \
	%D%/tensorboard.h \
	%D%/tensorboard_event.c \
	%D%/tensorboard_histogram.c \
	%D%/text.c \
	%D%/text.h \
	%D%/timing.c \
	%D%/timing.h \
	%D%/total.h \
	%D%/trial.c \
	%D%/vmath.c \
	%D%/vmath_kernel.h \
	%D%/weighted.c \
	%D%/weights.c \
	%D%/warn.c \
	%D%/warn.h \
	%D%/wide.h
libcore_la_CPPFLAGS = $(AM_CPPFLAGS) -DPLUGINDIR='"$(pkglibdir)"'
libcore_la_LIBADD = libscreen.la $(LTDL_LIBS) $(INIH_LIBS)

# Looks and comfort of report.html, as strings.
nodist_libcore_la_SOURCES = page_css.h page_js.h
$(libcore_la_OBJECTS): page_css.h page_js.h $(tensorboard_header)
CLEANFILES += page_css.h page_js.h
EXTRA_DIST += %D%/page.css %D%/page.js %D%/page_text.sh
page_text = $(AM_V_GEN)$(SHELL) $(srcdir)/%D%/page_text.sh
page_css.h: %D%/page.css %D%/page_text.sh
	$(page_text) $(srcdir)/%D%/page.css mesa_page_css > $@.tmp && mv $@.tmp $@
page_js.h: %D%/page.js %D%/page_text.sh
	$(page_text) $(srcdir)/%D%/page.js mesa_page_js > $@.tmp && mv $@.tmp $@
# What protoc-c makes is distributed, so that users of a distribution need the
# library only; its warnings are not ours.
EXTRA_DIST += %D%/tensorboard.proto
MAINTAINERCLEANFILES += %D%/tensorboard.pb-c.c %D%/tensorboard.pb-c.h
if HAVE_PROTOBUF_C
noinst_LTLIBRARIES += libtensorboard.la
libtensorboard_la_SOURCES = %D%/tensorboard.pb-c.c %D%/tensorboard.pb-c.h
libtensorboard_la_CPPFLAGS = -I%D% $(PROTOBUF_C_CFLAGS)
libtensorboard_la_CFLAGS = $(MESA_CFLAGS)
libtensorboard_la_LIBADD = $(PROTOBUF_C_LIBS)
libcore_la_CPPFLAGS += -I%D% $(PROTOBUF_C_CFLAGS)
libcore_la_LIBADD += libtensorboard.la
tensorboard_header = %D%/tensorboard.pb-c.h
endif
%D%/tensorboard.pb-c.c: $(srcdir)/%D%/tensorboard.proto
	$(AM_V_GEN)$(MKDIR_P) %D% && \
		$(PROTOC_C) -I$(srcdir)/%D% --c_out=%D% tensorboard.proto
%D%/tensorboard.pb-c.h: %D%/tensorboard.pb-c.c

# Its rounding is in no result: sums may be fused.
noinst_LTLIBRARIES += libscreen.la
libscreen_la_SOURCES = %D%/neighbors/screen.c
libscreen_la_CFLAGS = $(AM_CFLAGS) -ffp-contract=fast

# Exports are what include/mesa declares and, for mesa-core and mesa-conform,
# what core/*.h marks MESA_INTERNAL.
lib_LTLIBRARIES += libmesa.la
libmesa_la_SOURCES =
libmesa_la_LIBADD = libcore.la
libmesa_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -no-undefined \
	-export-symbols-regex '^mesa_'

bin_PROGRAMS += mesa-core
mesa_core_SOURCES = \
	%D%/arguments.c \
	%D%/arguments.h \
	%D%/builtin.h \
	%D%/main.c
mesa_core_LDADD = libmesa.la
nodist_mesa_core_SOURCES = builtin.c

# The table of plugins inside the program: empty unless they are static.
CLEANFILES += builtin.c
if STATIC_PLUGINS
mesa_core_LDADD += $(PLUGINS)
builtin.c: Makefile $(srcdir)/%D%/builtin.sh
	$(AM_V_GEN)$(SHELL) $(srcdir)/%D%/builtin.sh $(srcdir) $(PLUGINS) > $@.tmp && \
		mv $@.tmp $@
else
builtin.c: Makefile $(srcdir)/%D%/builtin.sh
	$(AM_V_GEN)$(SHELL) $(srcdir)/%D%/builtin.sh $(srcdir) > $@.tmp && mv $@.tmp $@
endif
EXTRA_DIST += %D%/builtin.sh
