# SPDX-License-Identifier: MIT
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
LA_LOG_DRIVER = $(LOG_DRIVER)
TEST_EXTENSIONS = .sh .la
# Tests ask for more memory than there is; that is no error for a sanitizer.
AM_TESTS_ENVIRONMENT = \
	ASAN_OPTIONS=allocator_may_return_null=1:$$ASAN_OPTIONS; \
	export ASAN_OPTIONS; \
	CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	MESA_PLUGIN_PATH='$(abs_top_builddir)/plugins'; export MESA_PLUGIN_PATH;

noinst_HEADERS += \
	%D%/golden/compare.h \
	%D%/golden/boosting.h \
	%D%/golden/graph.h \
	%D%/golden/metrics.h \
	%D%/golden/metrics_classes.h \
	%D%/golden/optimizer.h \
	%D%/golden/paced.h \
	%D%/golden/strategy.h \
	%D%/golden/tree.h \
	%D%/unit/compare_fixture.h \
	%D%/unit/csv_fixture.h \
	%D%/unit/environment_fixture.h \
	%D%/unit/graph_differences.h \
	%D%/unit/graph_fixture.h \
	%D%/unit/graph_reference.h \
	%D%/unit/recipe_fixture.h \
	%D%/unit/test.h \
	%D%/unit/tree_fixture.h
EXTRA_DIST += \
	%D%/golden/gen/compare.py \
	%D%/golden/gen/boosting.py \
	%D%/golden/gen/graph.py \
	%D%/golden/gen/hash.py \
	%D%/golden/gen/metrics.py \
	%D%/golden/gen/metrics_classes.py \
	%D%/golden/gen/optimizer.py \
	%D%/golden/gen/paced.py \
	%D%/golden/gen/random.py \
	%D%/golden/gen/split.py \
	%D%/golden/gen/strategy.py \
	%D%/golden/gen/tree.py

# Unit tests link the objects of the library, hidden symbols included.
# A plugin that a test defines or takes in is none of the program.
unit_cflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -UMESA_PLUGIN_ENTRY
unit_libs = libcore.la $(CMOCKA_LIBS) $(LIBS)
if HAVE_CMOCKA
check_PROGRAMS += %D%/unit/test_archive
tests_unit_test_archive_SOURCES = %D%/unit/test_archive.c
tests_unit_test_archive_CPPFLAGS = $(unit_cflags)
tests_unit_test_archive_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_archive_edges
tests_unit_test_archive_edges_SOURCES = %D%/unit/test_archive_edges.c
tests_unit_test_archive_edges_CPPFLAGS = $(unit_cflags)
tests_unit_test_archive_edges_LDADD = $(unit_libs)
# Tests of sources link the plugins' objects, each under an entry of its own.
noinst_HEADERS += %D%/golden/sources.h %D%/unit/source_fixture.h
EXTRA_DIST += %D%/golden/gen/sources.py
source_cflags = -I$(top_srcdir)/include -I$(top_srcdir)/core
check_LTLIBRARIES += %D%/unit/libcsv.la
tests_unit_libcsv_la_SOURCES = $(plugins_sources_csv_la_SOURCES)
tests_unit_libcsv_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=csv_plugin
check_LTLIBRARIES += %D%/unit/libcheckerboard.la
tests_unit_libcheckerboard_la_SOURCES = $(plugins_sources_checkerboard_la_SOURCES)
tests_unit_libcheckerboard_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=checkerboard_plugin
check_LTLIBRARIES += %D%/unit/libclassification.la
tests_unit_libclassification_la_SOURCES = $(plugins_sources_classification_la_SOURCES)
tests_unit_libclassification_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=classification_plugin
check_LTLIBRARIES += %D%/unit/libmoons.la
tests_unit_libmoons_la_SOURCES = $(plugins_sources_moons_la_SOURCES)
tests_unit_libmoons_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=moons_plugin
# The statistics of the metalearner compare are looked at by themselves.
check_PROGRAMS += %D%/unit/test_compare
tests_unit_test_compare_SOURCES = %D%/unit/test_compare.c \
	plugins/metalearners/compare/statistics.c
tests_unit_test_compare_CPPFLAGS = $(unit_cflags) \
	-I$(top_srcdir)/plugins/metalearners/compare
tests_unit_test_compare_LDADD = $(unit_libs)
check_LTLIBRARIES += %D%/unit/libcompare.la
tests_unit_libcompare_la_SOURCES = $(plugins_metalearners_compare_la_SOURCES)
tests_unit_libcompare_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=compare_plugin
check_PROGRAMS += %D%/unit/test_compare_run
tests_unit_test_compare_run_SOURCES = %D%/unit/test_compare_run.c
tests_unit_test_compare_run_CPPFLAGS = $(unit_cflags)
tests_unit_test_compare_run_LDADD = %D%/unit/libcompare.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_compare_runs
tests_unit_test_compare_runs_SOURCES = %D%/unit/test_compare_runs.c
tests_unit_test_compare_runs_CPPFLAGS = $(unit_cflags)
tests_unit_test_compare_runs_LDADD = %D%/unit/libcompare.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_compare_pictures
tests_unit_test_compare_pictures_SOURCES = %D%/unit/test_compare_pictures.c
tests_unit_test_compare_pictures_CPPFLAGS = $(unit_cflags)
tests_unit_test_compare_pictures_LDADD = %D%/unit/libcompare.la $(unit_libs)
# Tests of ensembles link plugins' objects, each under an entry of its own.
check_LTLIBRARIES += %D%/unit/libadaboost.la
tests_unit_libadaboost_la_SOURCES = $(plugins_learners_adaboost_la_SOURCES)
tests_unit_libadaboost_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=adaboost_plugin
check_LTLIBRARIES += %D%/unit/libbagging.la
tests_unit_libbagging_la_SOURCES = $(plugins_learners_bagging_la_SOURCES)
tests_unit_libbagging_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=bagging_plugin
check_LTLIBRARIES += %D%/unit/libbalanced_forest.la
tests_unit_libbalanced_forest_la_SOURCES = $(plugins_learners_balanced_forest_la_SOURCES)
tests_unit_libbalanced_forest_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=balanced_forest_plugin
check_LTLIBRARIES += %D%/unit/libsmotebagging.la
tests_unit_libsmotebagging_la_SOURCES = $(plugins_learners_smotebagging_la_SOURCES)
tests_unit_libsmotebagging_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=smotebagging_plugin
check_LTLIBRARIES += %D%/unit/libsmoteboost.la
tests_unit_libsmoteboost_la_SOURCES = $(plugins_learners_smoteboost_la_SOURCES)
tests_unit_libsmoteboost_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=smoteboost_plugin
check_LTLIBRARIES += %D%/unit/libcascade.la
tests_unit_libcascade_la_SOURCES = $(plugins_samplers_cascade_la_SOURCES)
tests_unit_libcascade_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=cascade_plugin
check_LTLIBRARIES += %D%/unit/libself_paced.la
tests_unit_libself_paced_la_SOURCES = $(plugins_samplers_self_paced_la_SOURCES)
tests_unit_libself_paced_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=self_paced_plugin
check_LTLIBRARIES += %D%/unit/libtree.la
tests_unit_libtree_la_SOURCES = $(plugins_learners_tree_la_SOURCES)
tests_unit_libtree_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=tree_plugin
check_PROGRAMS += %D%/unit/test_adaboost
tests_unit_test_adaboost_SOURCES = %D%/unit/test_adaboost.c
tests_unit_test_adaboost_CPPFLAGS = $(unit_cflags)
tests_unit_test_adaboost_LDADD = %D%/unit/libadaboost.la \
	%D%/unit/libsmoteboost.la %D%/unit/libtree.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_bagging
tests_unit_test_bagging_SOURCES = %D%/unit/test_bagging.c
tests_unit_test_bagging_CPPFLAGS = $(unit_cflags)
tests_unit_test_bagging_LDADD = %D%/unit/libbagging.la \
	%D%/unit/libbalanced_forest.la %D%/unit/libsmotebagging.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_boosting
tests_unit_test_boosting_SOURCES = %D%/unit/test_boosting.c
tests_unit_test_boosting_CPPFLAGS = $(unit_cflags)
tests_unit_test_boosting_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_evaluate_curves
tests_unit_test_evaluate_curves_SOURCES = %D%/unit/test_evaluate_curves.c
tests_unit_test_evaluate_curves_CPPFLAGS = $(unit_cflags)
tests_unit_test_evaluate_curves_LDADD = $(unit_libs)

check_PROGRAMS += %D%/unit/test_evaluate_pictures
tests_unit_test_evaluate_pictures_SOURCES = %D%/unit/test_evaluate_pictures.c
tests_unit_test_evaluate_pictures_CPPFLAGS = $(unit_cflags)
tests_unit_test_evaluate_pictures_LDADD = $(unit_libs)

check_PROGRAMS += %D%/unit/test_evaluate_plane
tests_unit_test_evaluate_plane_SOURCES = %D%/unit/test_evaluate_plane.c
tests_unit_test_evaluate_plane_CPPFLAGS = $(unit_cflags)
tests_unit_test_evaluate_plane_LDADD = $(unit_libs)

check_PROGRAMS += %D%/unit/test_paced_limits
tests_unit_test_paced_limits_SOURCES = %D%/unit/test_paced_limits.c
tests_unit_test_paced_limits_CPPFLAGS = $(unit_cflags)
tests_unit_test_paced_limits_LDADD = %D%/unit/libcascade.la \
	%D%/unit/libself_paced.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_paced
tests_unit_test_paced_SOURCES = %D%/unit/test_paced.c
tests_unit_test_paced_CPPFLAGS = $(unit_cflags)
tests_unit_test_paced_LDADD = %D%/unit/libcascade.la \
	%D%/unit/libself_paced.la $(unit_libs)
check_LTLIBRARIES += %D%/unit/libarff.la
tests_unit_libarff_la_SOURCES = $(plugins_sources_arff_la_SOURCES)
tests_unit_libarff_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=arff_plugin
check_LTLIBRARIES += %D%/unit/liblibsvm.la
tests_unit_liblibsvm_la_SOURCES = $(plugins_sources_libsvm_la_SOURCES)
tests_unit_liblibsvm_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=libsvm_plugin
check_LTLIBRARIES += %D%/unit/libnpy.la
tests_unit_libnpy_la_SOURCES = $(plugins_sources_npy_la_SOURCES)
tests_unit_libnpy_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=npy_plugin
noinst_HEADERS += %D%/golden/formats.h %D%/unit/mutations.h
EXTRA_DIST += %D%/golden/gen/examples.py %D%/golden/gen/formats.py
check_PROGRAMS += %D%/unit/test_arff
tests_unit_test_arff_SOURCES = %D%/unit/test_arff.c
tests_unit_test_arff_CPPFLAGS = $(unit_cflags)
tests_unit_test_arff_LDADD = %D%/unit/libarff.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_libsvm
tests_unit_test_libsvm_SOURCES = %D%/unit/test_libsvm.c
tests_unit_test_libsvm_CPPFLAGS = $(unit_cflags)
tests_unit_test_libsvm_LDADD = %D%/unit/liblibsvm.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_npy
tests_unit_test_npy_SOURCES = %D%/unit/test_npy.c
tests_unit_test_npy_CPPFLAGS = $(unit_cflags)
tests_unit_test_npy_LDADD = %D%/unit/libnpy.la $(unit_libs)
noinst_HEADERS += %D%/golden/cluster.h %D%/unit/cluster_fixture.h
EXTRA_DIST += %D%/golden/gen/cluster.py
check_PROGRAMS += %D%/unit/test_cluster
tests_unit_test_cluster_SOURCES = %D%/unit/test_cluster.c
tests_unit_test_cluster_CPPFLAGS = $(unit_cflags)
tests_unit_test_cluster_LDADD = $(unit_libs)
check_LTLIBRARIES += %D%/unit/libcluster_centroids.la
tests_unit_libcluster_centroids_la_SOURCES = $(plugins_samplers_cluster_centroids_la_SOURCES)
tests_unit_libcluster_centroids_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=cluster_centroids_plugin
check_PROGRAMS += %D%/unit/test_cluster_centroids
tests_unit_test_cluster_centroids_SOURCES = %D%/unit/test_cluster_centroids.c
tests_unit_test_cluster_centroids_CPPFLAGS = $(unit_cflags)
tests_unit_test_cluster_centroids_LDADD = %D%/unit/libcluster_centroids.la \
	$(unit_libs)
check_LTLIBRARIES += %D%/unit/libsmoten.la
tests_unit_libsmoten_la_SOURCES = $(plugins_samplers_smoten_la_SOURCES)
tests_unit_libsmoten_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=smoten_plugin
check_LTLIBRARIES += %D%/unit/libsmotenc.la
tests_unit_libsmotenc_la_SOURCES = $(plugins_samplers_smotenc_la_SOURCES)
tests_unit_libsmotenc_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=smotenc_plugin
noinst_HEADERS += %D%/golden/nominal.h
EXTRA_DIST += %D%/golden/gen/nominal.py
check_PROGRAMS += %D%/unit/test_nominal
tests_unit_test_nominal_SOURCES = %D%/unit/test_nominal.c
tests_unit_test_nominal_CPPFLAGS = $(unit_cflags)
tests_unit_test_nominal_LDADD = %D%/unit/libsmoten.la %D%/unit/libsmotenc.la \
	$(unit_libs)
noinst_HEADERS += %D%/golden/impute.h
EXTRA_DIST += %D%/golden/gen/impute.py
check_LTLIBRARIES += %D%/unit/libimpute.la
tests_unit_libimpute_la_SOURCES = $(plugins_transforms_impute_la_SOURCES)
tests_unit_libimpute_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=impute_plugin
check_PROGRAMS += %D%/unit/test_impute
tests_unit_test_impute_SOURCES = %D%/unit/test_impute.c
tests_unit_test_impute_CPPFLAGS = $(unit_cflags)
tests_unit_test_impute_LDADD = %D%/unit/libimpute.la $(unit_libs)
noinst_HEADERS += %D%/golden/onehot.h
EXTRA_DIST += %D%/golden/gen/onehot.py
check_LTLIBRARIES += %D%/unit/libonehot.la
tests_unit_libonehot_la_SOURCES = $(plugins_transforms_onehot_la_SOURCES)
tests_unit_libonehot_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=onehot_plugin
check_PROGRAMS += %D%/unit/test_onehot
tests_unit_test_onehot_SOURCES = %D%/unit/test_onehot.c
tests_unit_test_onehot_CPPFLAGS = $(unit_cflags)
tests_unit_test_onehot_LDADD = %D%/unit/libonehot.la $(unit_libs)
check_LTLIBRARIES += %D%/unit/libchain.la
tests_unit_libchain_la_SOURCES = $(plugins_transforms_chain_la_SOURCES)
tests_unit_libchain_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=chain_plugin
check_LTLIBRARIES += %D%/unit/libminmax.la
tests_unit_libminmax_la_SOURCES = $(plugins_transforms_minmax_la_SOURCES)
tests_unit_libminmax_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=minmax_plugin
check_LTLIBRARIES += %D%/unit/libstandard.la
tests_unit_libstandard_la_SOURCES = $(plugins_transforms_standard_la_SOURCES)
tests_unit_libstandard_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=standard_plugin
check_PROGRAMS += %D%/unit/test_chain
tests_unit_test_chain_SOURCES = %D%/unit/test_chain.c
tests_unit_test_chain_CPPFLAGS = $(unit_cflags)
tests_unit_test_chain_LDADD = %D%/unit/libchain.la %D%/unit/libimpute.la \
	%D%/unit/libminmax.la %D%/unit/libonehot.la \
	%D%/unit/libstandard.la $(unit_libs)
check_LTLIBRARIES += %D%/unit/libkmeans_smote.la
tests_unit_libkmeans_smote_la_SOURCES = $(plugins_samplers_kmeans_smote_la_SOURCES)
tests_unit_libkmeans_smote_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=kmeans_smote_plugin
check_PROGRAMS += %D%/unit/test_kmeans_smote
tests_unit_test_kmeans_smote_SOURCES = %D%/unit/test_kmeans_smote.c
tests_unit_test_kmeans_smote_CPPFLAGS = $(unit_cflags)
tests_unit_test_kmeans_smote_LDADD = %D%/unit/libkmeans_smote.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_component
tests_unit_test_component_SOURCES = %D%/unit/test_component.c
tests_unit_test_component_CPPFLAGS = $(unit_cflags)
tests_unit_test_component_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_csv
tests_unit_test_csv_SOURCES = %D%/unit/test_csv.c
tests_unit_test_csv_CPPFLAGS = $(unit_cflags)
tests_unit_test_csv_LDADD = %D%/unit/libcsv.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_csv_blocks
tests_unit_test_csv_blocks_SOURCES = %D%/unit/test_csv_blocks.c
tests_unit_test_csv_blocks_CPPFLAGS = $(unit_cflags)
tests_unit_test_csv_blocks_LDADD = %D%/unit/libcsv.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_csv_categories
tests_unit_test_csv_categories_SOURCES = %D%/unit/test_csv_categories.c
tests_unit_test_csv_categories_CPPFLAGS = $(unit_cflags)
tests_unit_test_csv_categories_LDADD = %D%/unit/libcsv.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_csv_errors
tests_unit_test_csv_errors_SOURCES = %D%/unit/test_csv_errors.c
tests_unit_test_csv_errors_CPPFLAGS = $(unit_cflags)
tests_unit_test_csv_errors_LDADD = %D%/unit/libcsv.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_csv_parts
tests_unit_test_csv_parts_SOURCES = %D%/unit/test_csv_parts.c
tests_unit_test_csv_parts_CPPFLAGS = $(unit_cflags) \
	-I$(top_srcdir)/plugins/sources/csv
tests_unit_test_csv_parts_LDADD = %D%/unit/libcsv.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_csv_stream
tests_unit_test_csv_stream_SOURCES = %D%/unit/test_csv_stream.c
tests_unit_test_csv_stream_CPPFLAGS = $(unit_cflags) -I$(top_srcdir)/core
tests_unit_test_csv_stream_LDADD = %D%/unit/libcsv.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_csv_targets
tests_unit_test_csv_targets_SOURCES = %D%/unit/test_csv_targets.c
tests_unit_test_csv_targets_CPPFLAGS = $(unit_cflags) -I$(top_srcdir)/core
tests_unit_test_csv_targets_LDADD = %D%/unit/libcsv.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_csv_unlabelled
tests_unit_test_csv_unlabelled_SOURCES = %D%/unit/test_csv_unlabelled.c
tests_unit_test_csv_unlabelled_CPPFLAGS = $(unit_cflags) -I$(top_srcdir)/core
tests_unit_test_csv_unlabelled_LDADD = %D%/unit/libcsv.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_data
tests_unit_test_data_SOURCES = %D%/unit/test_data.c
tests_unit_test_data_CPPFLAGS = $(unit_cflags)
tests_unit_test_data_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_elf_check
tests_unit_test_elf_check_SOURCES = %D%/unit/test_elf_check.c
tests_unit_test_elf_check_CPPFLAGS = $(unit_cflags)
tests_unit_test_elf_check_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_ensemble
tests_unit_test_ensemble_SOURCES = %D%/unit/test_ensemble.c
tests_unit_test_ensemble_CPPFLAGS = $(unit_cflags)
tests_unit_test_ensemble_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_file_targets
tests_unit_test_file_targets_SOURCES = %D%/unit/test_file_targets.c
tests_unit_test_file_targets_CPPFLAGS = $(unit_cflags)
tests_unit_test_file_targets_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_files
tests_unit_test_files_SOURCES = %D%/unit/test_files.c
tests_unit_test_files_CPPFLAGS = $(unit_cflags)
tests_unit_test_files_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_hardness
tests_unit_test_hardness_SOURCES = %D%/unit/test_hardness.c
tests_unit_test_hardness_CPPFLAGS = $(unit_cflags)
tests_unit_test_hardness_LDADD = $(unit_libs)
noinst_HEADERS += %D%/golden/gradient_boosting.h
EXTRA_DIST += %D%/golden/gen/gradient_boosting.py
check_PROGRAMS += %D%/unit/test_gradient_boosting
tests_unit_test_gradient_boosting_SOURCES = \
	%D%/unit/test_gradient_boosting.c \
	$(plugins_learners_gradient_boosting_la_SOURCES)
tests_unit_test_gradient_boosting_CPPFLAGS = $(unit_cflags) \
	-I$(top_srcdir)/plugins/learners/gradient_boosting
tests_unit_test_gradient_boosting_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_graph
tests_unit_test_graph_SOURCES = %D%/unit/test_graph.c
tests_unit_test_graph_CPPFLAGS = $(unit_cflags)
tests_unit_test_graph_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_graph_chains
tests_unit_test_graph_chains_SOURCES = %D%/unit/test_graph_chains.c
tests_unit_test_graph_chains_CPPFLAGS = $(unit_cflags)
tests_unit_test_graph_chains_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_graph_grad
tests_unit_test_graph_grad_SOURCES = %D%/unit/test_graph_grad.c
tests_unit_test_graph_grad_CPPFLAGS = $(unit_cflags)
tests_unit_test_graph_grad_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_graph_constant
tests_unit_test_graph_constant_SOURCES = %D%/unit/test_graph_constant.c
tests_unit_test_graph_constant_CPPFLAGS = $(unit_cflags)
tests_unit_test_graph_constant_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_graph_layers
tests_unit_test_graph_layers_SOURCES = %D%/unit/test_graph_layers.c
tests_unit_test_graph_layers_CPPFLAGS = $(unit_cflags)
tests_unit_test_graph_layers_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_graph_program
tests_unit_test_graph_program_SOURCES = %D%/unit/test_graph_program.c
tests_unit_test_graph_program_CPPFLAGS = $(unit_cflags)
tests_unit_test_graph_program_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_graph_random
tests_unit_test_graph_random_SOURCES = %D%/unit/test_graph_random.c
tests_unit_test_graph_random_CPPFLAGS = $(unit_cflags)
tests_unit_test_graph_random_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_graph_segments
tests_unit_test_graph_segments_SOURCES = %D%/unit/test_graph_segments.c
tests_unit_test_graph_segments_CPPFLAGS = $(unit_cflags)
tests_unit_test_graph_segments_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_graph_tasks
tests_unit_test_graph_tasks_SOURCES = %D%/unit/test_graph_tasks.c
tests_unit_test_graph_tasks_CPPFLAGS = $(unit_cflags)
tests_unit_test_graph_tasks_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_hash
tests_unit_test_hash_SOURCES = %D%/unit/test_hash.c
tests_unit_test_hash_CPPFLAGS = $(unit_cflags)
tests_unit_test_hash_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_inifile
tests_unit_test_inifile_SOURCES = %D%/unit/test_inifile.c
tests_unit_test_inifile_CPPFLAGS = $(unit_cflags)
tests_unit_test_inifile_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_inspect_tell
tests_unit_test_inspect_tell_SOURCES = %D%/unit/test_inspect_tell.c
tests_unit_test_inspect_tell_CPPFLAGS = $(unit_cflags)
tests_unit_test_inspect_tell_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_json
tests_unit_test_json_SOURCES = %D%/unit/test_json.c
tests_unit_test_json_CPPFLAGS = $(unit_cflags)
tests_unit_test_json_LDADD = $(unit_libs)
# Tests of losses and of what minimises them link the losses likewise.
noinst_HEADERS += %D%/golden/losses.h %D%/golden/mlp.h \
	%D%/unit/maker.h %D%/unit/mlp_fixture.h
EXTRA_DIST += %D%/golden/gen/losses.py %D%/golden/gen/mlp.py
check_LTLIBRARIES += %D%/unit/libmse.la
tests_unit_libmse_la_SOURCES = $(plugins_losses_mse_la_SOURCES)
tests_unit_libmse_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=mse_plugin
check_LTLIBRARIES += %D%/unit/libmae.la
tests_unit_libmae_la_SOURCES = $(plugins_losses_mae_la_SOURCES)
tests_unit_libmae_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=mae_plugin
check_LTLIBRARIES += %D%/unit/libhuber.la
tests_unit_libhuber_la_SOURCES = $(plugins_losses_huber_la_SOURCES)
tests_unit_libhuber_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=huber_plugin
check_LTLIBRARIES += %D%/unit/libcross_entropy.la
tests_unit_libcross_entropy_la_SOURCES = $(plugins_losses_cross_entropy_la_SOURCES)
tests_unit_libcross_entropy_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=cross_entropy_plugin
check_LTLIBRARIES += %D%/unit/libfocal.la
tests_unit_libfocal_la_SOURCES = $(plugins_losses_focal_la_SOURCES)
tests_unit_libfocal_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=focal_plugin
check_LTLIBRARIES += %D%/unit/libhinge.la
tests_unit_libhinge_la_SOURCES = $(plugins_losses_hinge_la_SOURCES)
tests_unit_libhinge_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=hinge_plugin
check_LTLIBRARIES += %D%/unit/liblearned.la
tests_unit_liblearned_la_SOURCES = $(plugins_losses_learned_la_SOURCES)
tests_unit_liblearned_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=learned_plugin
loss_libs = %D%/unit/libmse.la \
	%D%/unit/liblearned.la \
	%D%/unit/libmae.la \
	%D%/unit/libhuber.la \
	%D%/unit/libcross_entropy.la \
	%D%/unit/libfocal.la \
	%D%/unit/libhinge.la
check_LTLIBRARIES += %D%/unit/libaverage_precision.la
tests_unit_libaverage_precision_la_SOURCES = $(plugins_losses_average_precision_la_SOURCES)
tests_unit_libaverage_precision_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=average_precision_plugin
check_PROGRAMS += %D%/unit/test_average_precision
tests_unit_test_average_precision_SOURCES = %D%/unit/test_average_precision.c
tests_unit_test_average_precision_CPPFLAGS = $(unit_cflags)
tests_unit_test_average_precision_LDADD = %D%/unit/libaverage_precision.la \
	$(unit_libs)
check_PROGRAMS += %D%/unit/test_losses
tests_unit_test_losses_SOURCES = %D%/unit/test_losses.c
tests_unit_test_losses_CPPFLAGS = $(unit_cflags)
tests_unit_test_losses_LDADD = $(loss_libs) $(unit_libs)
check_LTLIBRARIES += %D%/unit/libmountain_car.la
tests_unit_libmountain_car_la_SOURCES = \
	$(plugins_environments_mountain_car_la_SOURCES)
tests_unit_libmountain_car_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=mountain_car_plugin
check_LTLIBRARIES += %D%/unit/libpointmass.la
tests_unit_libpointmass_la_SOURCES = \
	$(plugins_environments_pointmass_la_SOURCES)
tests_unit_libpointmass_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=pointmass_plugin
check_LTLIBRARIES += %D%/unit/libreacher.la
tests_unit_libreacher_la_SOURCES = \
	$(plugins_environments_reacher_la_SOURCES)
tests_unit_libreacher_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=reacher_plugin
environment_libs = %D%/unit/libmountain_car.la \
	%D%/unit/libpointmass.la \
	%D%/unit/libreacher.la
check_PROGRAMS += %D%/unit/test_environments
tests_unit_test_environments_SOURCES = %D%/unit/test_environments.c
tests_unit_test_environments_CPPFLAGS = $(unit_cflags)
tests_unit_test_environments_LDADD = $(environment_libs) $(unit_libs)
check_PROGRAMS += %D%/unit/test_environment_space
tests_unit_test_environment_space_SOURCES = %D%/unit/test_environment_space.c
tests_unit_test_environment_space_CPPFLAGS = $(unit_cflags)
tests_unit_test_environment_space_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_environment_costs
tests_unit_test_environment_costs_SOURCES = %D%/unit/test_environment_costs.c
tests_unit_test_environment_costs_CPPFLAGS = $(unit_cflags)
tests_unit_test_environment_costs_LDADD = $(environment_libs) $(unit_libs)
check_PROGRAMS += %D%/unit/test_learned
tests_unit_test_learned_SOURCES = %D%/unit/test_learned.c
tests_unit_test_learned_CPPFLAGS = $(unit_cflags)
tests_unit_test_learned_LDADD = $(loss_libs) $(unit_libs)
check_PROGRAMS += %D%/unit/test_layers
tests_unit_test_layers_SOURCES = %D%/unit/test_layers.c
tests_unit_test_layers_CPPFLAGS = $(unit_cflags)
tests_unit_test_layers_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_learned_files
tests_unit_test_learned_files_SOURCES = %D%/unit/test_learned_files.c
tests_unit_test_learned_files_CPPFLAGS = $(unit_cflags)
tests_unit_test_learned_files_LDADD = $(loss_libs) $(unit_libs)
check_PROGRAMS += %D%/unit/test_kernels
tests_unit_test_kernels_SOURCES = %D%/unit/test_kernels.c
tests_unit_test_kernels_CPPFLAGS = $(unit_cflags)
tests_unit_test_kernels_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_knn
tests_unit_test_knn_SOURCES = %D%/unit/test_knn.c $(plugins_learners_knn_la_SOURCES)
tests_unit_test_knn_CPPFLAGS = $(unit_cflags)
tests_unit_test_knn_LDADD = $(unit_libs)
noinst_HEADERS += %D%/golden/knn.h
EXTRA_DIST += %D%/golden/gen/knn.py
check_PROGRAMS += %D%/unit/test_matmul
tests_unit_test_matmul_SOURCES = %D%/unit/test_matmul.c
tests_unit_test_matmul_CPPFLAGS = $(unit_cflags)
tests_unit_test_matmul_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_memory
tests_unit_test_memory_SOURCES = %D%/unit/test_memory.c
tests_unit_test_memory_CPPFLAGS = $(unit_cflags)
tests_unit_test_memory_LDADD = $(unit_libs)
check_LTLIBRARIES += %D%/unit/libmesa_learner.la
tests_unit_libmesa_learner_la_SOURCES = $(plugins_learners_mesa_la_SOURCES)
tests_unit_libmesa_learner_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=mesa_learner_plugin
check_LTLIBRARIES += %D%/unit/libmesa_meta.la
tests_unit_libmesa_meta_la_SOURCES = $(plugins_metalearners_mesa_la_SOURCES)
tests_unit_libmesa_meta_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=mesa_meta_plugin
check_PROGRAMS += %D%/unit/test_mesa
tests_unit_test_mesa_SOURCES = %D%/unit/mesa_fixture.h %D%/unit/test_mesa.c
tests_unit_test_mesa_CPPFLAGS = $(unit_cflags)
tests_unit_test_mesa_LDADD = %D%/unit/libmesa_learner.la \
	%D%/unit/libmesa_meta.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_mesa_pictures
tests_unit_test_mesa_pictures_SOURCES = %D%/unit/mesa_fixture.h \
	%D%/unit/test_mesa_pictures.c
tests_unit_test_mesa_pictures_CPPFLAGS = $(unit_cflags)
tests_unit_test_mesa_pictures_LDADD = $(tests_unit_test_mesa_LDADD)
check_PROGRAMS += %D%/unit/test_metrics
tests_unit_test_metrics_SOURCES = %D%/unit/test_metrics.c
tests_unit_test_metrics_CPPFLAGS = $(unit_cflags)
tests_unit_test_metrics_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_metrics_classes
tests_unit_test_metrics_classes_SOURCES = %D%/unit/test_metrics_classes.c
tests_unit_test_metrics_classes_CPPFLAGS = $(unit_cflags)
tests_unit_test_metrics_classes_LDADD = $(unit_libs)
mlp_cflags = $(unit_cflags) -I$(top_srcdir)/plugins/learners/mlp
check_PROGRAMS += %D%/unit/test_mlp
tests_unit_test_mlp_SOURCES = %D%/unit/test_mlp.c \
	$(plugins_learners_mlp_la_SOURCES)
tests_unit_test_mlp_CPPFLAGS = $(mlp_cflags)
tests_unit_test_mlp_LDADD = $(loss_libs) $(unit_libs)
check_PROGRAMS += %D%/unit/test_mlp_use
tests_unit_test_mlp_use_SOURCES = %D%/unit/test_mlp_use.c \
	$(plugins_learners_mlp_la_SOURCES)
tests_unit_test_mlp_use_CPPFLAGS = $(mlp_cflags)
tests_unit_test_mlp_use_LDADD = $(loss_libs) $(unit_libs)
check_PROGRAMS += %D%/unit/test_learned_use
tests_unit_test_learned_use_SOURCES = %D%/unit/test_learned_use.c \
	$(plugins_learners_mlp_la_SOURCES)
tests_unit_test_learned_use_CPPFLAGS = $(mlp_cflags)
tests_unit_test_learned_use_LDADD = $(loss_libs) $(unit_libs)
# The meta-gradient is looked at in double precision, inside the plugin.
check_LTLIBRARIES += %D%/unit/libmlp.la
tests_unit_libmlp_la_SOURCES = $(plugins_learners_mlp_la_SOURCES)
tests_unit_libmlp_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=mlp_plugin
check_PROGRAMS += %D%/unit/test_maml
tests_unit_test_maml_SOURCES = %D%/unit/test_maml.c \
	$(plugins_metalearners_maml_la_SOURCES)
tests_unit_test_maml_CPPFLAGS = $(unit_cflags) \
	-I$(top_srcdir)/plugins/metalearners
tests_unit_test_maml_LDADD = %D%/unit/libmlp.la $(loss_libs) $(unit_libs)
noinst_HEADERS += %D%/unit/active_fixture.h
check_LTLIBRARIES += %D%/unit/libactive.la
tests_unit_libactive_la_SOURCES = $(plugins_metalearners_active_la_SOURCES)
tests_unit_libactive_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=active_plugin
active_cflags = $(unit_cflags) -I$(top_srcdir)/plugins/metalearners
active_libs = %D%/unit/libactive.la %D%/unit/libmlp.la %D%/unit/libtree.la \
	%D%/unit/libsmote.la %D%/unit/libimpute.la %D%/unit/libstandard.la \
	$(loss_libs) $(unit_libs)
check_PROGRAMS += %D%/unit/test_active
tests_unit_test_active_SOURCES = %D%/unit/test_active.c
tests_unit_test_active_CPPFLAGS = $(active_cflags)
tests_unit_test_active_LDADD = $(active_libs)
check_PROGRAMS += %D%/unit/test_active_start
tests_unit_test_active_start_SOURCES = %D%/unit/test_active_start.c
tests_unit_test_active_start_CPPFLAGS = $(active_cflags)
tests_unit_test_active_start_LDADD = $(active_libs)
check_PROGRAMS += %D%/unit/test_active_stop
tests_unit_test_active_stop_SOURCES = %D%/unit/test_active_stop.c
tests_unit_test_active_stop_CPPFLAGS = $(active_cflags)
tests_unit_test_active_stop_LDADD = $(active_libs)
check_PROGRAMS += %D%/unit/test_active_pictures
tests_unit_test_active_pictures_SOURCES = %D%/unit/test_active_pictures.c
tests_unit_test_active_pictures_CPPFLAGS = $(active_cflags)
tests_unit_test_active_pictures_LDADD = $(active_libs)
noinst_HEADERS += %D%/unit/ml3_fixture.h
check_PROGRAMS += %D%/unit/test_ml3
tests_unit_test_ml3_SOURCES = %D%/unit/test_ml3.c \
	$(plugins_metalearners_ml3_la_SOURCES)
tests_unit_test_ml3_CPPFLAGS = $(unit_cflags) \
	-I$(top_srcdir)/plugins/metalearners
tests_unit_test_ml3_LDADD = %D%/unit/libmlp.la %D%/unit/liblearned.la \
	%D%/unit/libmse.la %D%/unit/libmae.la %D%/unit/libcheckerboard.la \
	%D%/unit/libsinusoid.la $(unit_libs)
check_LTLIBRARIES += %D%/unit/libsine.la
tests_unit_libsine_la_SOURCES = $(plugins_learners_sine_la_SOURCES)
tests_unit_libsine_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=sine_plugin
check_PROGRAMS += %D%/unit/test_ml3_shaping
tests_unit_test_ml3_shaping_SOURCES = %D%/unit/test_ml3_shaping.c \
	$(plugins_metalearners_ml3_la_SOURCES)
tests_unit_test_ml3_shaping_CPPFLAGS = $(unit_cflags) \
	-I$(top_srcdir)/plugins/metalearners
tests_unit_test_ml3_shaping_LDADD = %D%/unit/libmlp.la %D%/unit/libsine.la \
	$(loss_libs) %D%/unit/libcheckerboard.la %D%/unit/libsinusoid.la \
	$(unit_libs)
check_PROGRAMS += %D%/unit/test_ml3_pictures
tests_unit_test_ml3_pictures_SOURCES = %D%/unit/test_ml3_pictures.c \
	$(plugins_metalearners_ml3_la_SOURCES)
tests_unit_test_ml3_pictures_CPPFLAGS = $(unit_cflags) \
	-I$(top_srcdir)/plugins/metalearners
tests_unit_test_ml3_pictures_LDADD = $(tests_unit_test_ml3_shaping_LDADD)
check_PROGRAMS += %D%/unit/test_curves
tests_unit_test_curves_SOURCES = %D%/unit/test_curves.c \
	plugins/metalearners/few_shot/curves.c \
	plugins/metalearners/few_shot/curves.h
tests_unit_test_curves_CPPFLAGS = $(unit_cflags) \
	-I$(top_srcdir)/plugins/metalearners
tests_unit_test_curves_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_world_pictures
tests_unit_test_world_pictures_SOURCES = %D%/unit/test_world_pictures.c \
	$(plugins_metalearners_ml3_policy_la_SOURCES)
tests_unit_test_world_pictures_CPPFLAGS = $(tests_unit_test_ml3_policy_CPPFLAGS)
tests_unit_test_world_pictures_LDADD = $(tests_unit_test_ml3_policy_LDADD)
check_PROGRAMS += %D%/unit/test_ml3_dynamics
tests_unit_test_ml3_dynamics_SOURCES = %D%/unit/test_ml3_dynamics.c \
	plugins/metalearners/ml3/dynamics.c \
	plugins/metalearners/ml3/dynamics.h \
	plugins/metalearners/ml3/dynamics_fit.c
tests_unit_test_ml3_dynamics_CPPFLAGS = $(unit_cflags) \
	-I$(top_srcdir)/plugins
tests_unit_test_ml3_dynamics_LDADD = $(unit_libs)
noinst_HEADERS += %D%/unit/ml3_control_fixture.h
check_PROGRAMS += %D%/unit/test_ml3_control
tests_unit_test_ml3_control_SOURCES = %D%/unit/test_ml3_control.c \
	$(plugins_metalearners_ml3_control_la_SOURCES)
tests_unit_test_ml3_control_CPPFLAGS = $(unit_cflags) \
	-I$(top_srcdir)/plugins
tests_unit_test_ml3_control_LDADD = %D%/unit/libmlp.la \
	%D%/unit/libmountain_car.la $(loss_libs) $(unit_libs)
check_PROGRAMS += %D%/unit/test_ml3_learned
tests_unit_test_ml3_learned_SOURCES = %D%/unit/test_ml3_learned.c \
	$(plugins_metalearners_ml3_control_la_SOURCES)
tests_unit_test_ml3_learned_CPPFLAGS = $(unit_cflags) \
	-I$(top_srcdir)/plugins
tests_unit_test_ml3_learned_LDADD = %D%/unit/libmlp.la $(loss_libs) \
	$(unit_libs)
noinst_HEADERS += %D%/unit/ml3_policy_fixture.h
check_PROGRAMS += %D%/unit/test_ml3_policy
tests_unit_test_ml3_policy_SOURCES = %D%/unit/test_ml3_policy.c \
	$(plugins_metalearners_ml3_policy_la_SOURCES)
tests_unit_test_ml3_policy_CPPFLAGS = $(unit_cflags) \
	-I$(top_srcdir)/plugins/metalearners
tests_unit_test_ml3_policy_LDADD = %D%/unit/libmlp.la $(loss_libs) \
	$(environment_libs) $(unit_libs)
check_PROGRAMS += %D%/unit/test_ppo
tests_unit_test_ppo_SOURCES = %D%/unit/test_ppo.c \
	$(plugins_metalearners_ml3_policy_la_SOURCES)
tests_unit_test_ppo_CPPFLAGS = $(tests_unit_test_ml3_policy_CPPFLAGS)
tests_unit_test_ppo_LDADD = $(tests_unit_test_ml3_policy_LDADD)
check_PROGRAMS += %D%/unit/test_reptile
tests_unit_test_reptile_SOURCES = %D%/unit/test_reptile.c \
	$(plugins_metalearners_reptile_la_SOURCES)
tests_unit_test_reptile_CPPFLAGS = $(unit_cflags) \
	-I$(top_srcdir)/plugins/metalearners
tests_unit_test_reptile_LDADD = %D%/unit/libmlp.la \
	%D%/unit/libcheckerboard.la %D%/unit/libsinusoid.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_run_curves
tests_unit_test_run_curves_SOURCES = %D%/unit/test_run_curves.c
tests_unit_test_run_curves_CPPFLAGS = $(unit_cflags)
tests_unit_test_run_curves_LDADD = $(unit_libs)

check_PROGRAMS += %D%/unit/test_sine
tests_unit_test_sine_SOURCES = %D%/unit/test_sine.c \
	$(plugins_learners_sine_la_SOURCES)
tests_unit_test_sine_CPPFLAGS = $(unit_cflags)
tests_unit_test_sine_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_inline
tests_unit_test_inline_SOURCES = %D%/unit/test_inline.c
tests_unit_test_inline_CPPFLAGS = $(unit_cflags)
tests_unit_test_inline_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_neighbors
tests_unit_test_neighbors_SOURCES = %D%/unit/test_neighbors.c
tests_unit_test_neighbors_CPPFLAGS = $(unit_cflags)
tests_unit_test_neighbors_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_neighbors_edges
tests_unit_test_neighbors_edges_SOURCES = %D%/unit/test_neighbors_edges.c
tests_unit_test_neighbors_edges_CPPFLAGS = $(unit_cflags)
tests_unit_test_neighbors_edges_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_number
tests_unit_test_number_SOURCES = %D%/unit/test_number.c
tests_unit_test_number_CPPFLAGS = $(unit_cflags)
tests_unit_test_number_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_onnx
tests_unit_test_onnx_SOURCES = %D%/unit/test_onnx.c
tests_unit_test_onnx_CPPFLAGS = $(unit_cflags) -I$(top_srcdir)/core
tests_unit_test_onnx_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_optimizer
tests_unit_test_optimizer_SOURCES = %D%/unit/test_optimizer.c
tests_unit_test_optimizer_CPPFLAGS = $(unit_cflags)
tests_unit_test_optimizer_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_parallel
tests_unit_test_parallel_SOURCES = %D%/unit/test_parallel.c
tests_unit_test_parallel_CPPFLAGS = $(unit_cflags)
tests_unit_test_parallel_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_query_file
tests_unit_test_query_file_SOURCES = %D%/unit/test_query_file.c
tests_unit_test_query_file_CPPFLAGS = $(unit_cflags)
tests_unit_test_query_file_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_random
tests_unit_test_random_SOURCES = %D%/unit/test_random.c
tests_unit_test_random_CPPFLAGS = $(unit_cflags)
tests_unit_test_random_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_recipe
tests_unit_test_recipe_SOURCES = %D%/unit/test_recipe.c
tests_unit_test_recipe_CPPFLAGS = $(unit_cflags)
tests_unit_test_recipe_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_reduce
tests_unit_test_reduce_SOURCES = %D%/unit/test_reduce.c
tests_unit_test_reduce_CPPFLAGS = $(unit_cflags)
tests_unit_test_reduce_LDADD = $(unit_libs)
noinst_HEADERS += %D%/golden/learners.h
EXTRA_DIST += %D%/golden/gen/learners.py
check_LTLIBRARIES += %D%/unit/libgnb.la
tests_unit_libgnb_la_SOURCES = $(plugins_learners_gnb_la_SOURCES)
tests_unit_libgnb_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=gnb_plugin
check_LTLIBRARIES += %D%/unit/liblogistic.la
tests_unit_liblogistic_la_SOURCES = $(plugins_learners_logistic_la_SOURCES)
tests_unit_liblogistic_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=logistic_plugin
check_PROGRAMS += %D%/unit/test_learners
tests_unit_test_learners_SOURCES = %D%/unit/test_learners.c
tests_unit_test_learners_CPPFLAGS = $(unit_cflags)
tests_unit_test_learners_LDADD = %D%/unit/libgnb.la \
	%D%/unit/liblogistic.la $(unit_libs)
# Learners with others inside are tested with learners of the tests' own.
noinst_HEADERS += %D%/unit/inner_fixture.h
inner_cflags = $(unit_cflags) -I$(top_srcdir)/plugins/learners
noinst_HEADERS += %D%/golden/calibrated.h
EXTRA_DIST += %D%/golden/gen/calibrated.py
check_LTLIBRARIES += %D%/unit/libcalibrated.la
tests_unit_libcalibrated_la_SOURCES = $(plugins_learners_calibrated_la_SOURCES)
tests_unit_libcalibrated_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=calibrated_plugin
check_PROGRAMS += %D%/unit/test_calibrated
tests_unit_test_calibrated_SOURCES = %D%/unit/test_calibrated.c
tests_unit_test_calibrated_CPPFLAGS = $(inner_cflags)
tests_unit_test_calibrated_LDADD = %D%/unit/libcalibrated.la \
	%D%/unit/liblogistic.la $(unit_libs)
check_LTLIBRARIES += %D%/unit/libresampled.la
tests_unit_libresampled_la_SOURCES = $(plugins_learners_resampled_la_SOURCES)
tests_unit_libresampled_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=resampled_plugin
check_PROGRAMS += %D%/unit/test_resampled
tests_unit_test_resampled_SOURCES = %D%/unit/test_resampled.c
tests_unit_test_resampled_CPPFLAGS = $(inner_cflags)
tests_unit_test_resampled_LDADD = %D%/unit/libresampled.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_html
tests_unit_test_html_SOURCES = %D%/unit/test_html.c
tests_unit_test_html_CPPFLAGS = $(unit_cflags)
tests_unit_test_html_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_json_tree
tests_unit_test_json_tree_SOURCES = %D%/unit/test_json_tree.c
tests_unit_test_json_tree_CPPFLAGS = $(unit_cflags)
tests_unit_test_json_tree_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_page
tests_unit_test_page_SOURCES = %D%/unit/test_page.c
tests_unit_test_page_CPPFLAGS = $(unit_cflags)
tests_unit_test_page_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_page_svg
tests_unit_test_page_svg_SOURCES = %D%/unit/test_page_svg.c
tests_unit_test_page_svg_CPPFLAGS = $(unit_cflags)
tests_unit_test_page_svg_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_plot
tests_unit_test_plot_SOURCES = %D%/unit/test_plot.c
tests_unit_test_plot_CPPFLAGS = $(unit_cflags)
tests_unit_test_plot_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_progress
tests_unit_test_progress_SOURCES = %D%/unit/test_progress.c
tests_unit_test_progress_CPPFLAGS = $(unit_cflags)
tests_unit_test_progress_LDADD = $(unit_libs)

check_PROGRAMS += %D%/unit/test_plot_edges
tests_unit_test_plot_edges_SOURCES = %D%/unit/test_plot_edges.c
tests_unit_test_plot_edges_CPPFLAGS = $(unit_cflags)
tests_unit_test_plot_edges_LDADD = $(unit_libs)

check_PROGRAMS += %D%/unit/test_tensorboard
tests_unit_test_tensorboard_SOURCES = %D%/unit/test_tensorboard.c
tests_unit_test_tensorboard_CPPFLAGS = $(unit_cflags) -Icore \
	$(PROTOBUF_C_CFLAGS)
tests_unit_test_tensorboard_LDADD = $(unit_libs)
if HAVE_PROTOBUF_C
tests_unit_test_tensorboard_LDADD += libtensorboard.la
endif
check_PROGRAMS += %D%/unit/test_report
tests_unit_test_report_SOURCES = %D%/unit/test_report.c
tests_unit_test_report_CPPFLAGS = $(unit_cflags)
tests_unit_test_report_LDADD = $(unit_libs)
if HAVE_XGBOOST
check_LTLIBRARIES += %D%/unit/libxgboost_learner.la
tests_unit_libxgboost_learner_la_SOURCES = $(plugins_learners_xgboost_la_SOURCES)
tests_unit_libxgboost_learner_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=xgboost_plugin
check_PROGRAMS += %D%/unit/test_xgboost
tests_unit_test_xgboost_SOURCES = %D%/unit/test_xgboost.c
tests_unit_test_xgboost_CPPFLAGS = $(unit_cflags)
tests_unit_test_xgboost_LDADD = %D%/unit/libxgboost_learner.la \
	$(unit_libs) $(XGBOOST_LIBS)
endif
noinst_HEADERS += %D%/golden/svm.h
EXTRA_DIST += %D%/golden/gen/svm.py
check_LTLIBRARIES += %D%/unit/libsvm_learner.la
tests_unit_libsvm_learner_la_SOURCES = $(plugins_learners_svm_la_SOURCES)
tests_unit_libsvm_learner_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=svm_plugin
check_PROGRAMS += %D%/unit/test_svm
tests_unit_test_svm_SOURCES = %D%/unit/test_svm.c
tests_unit_test_svm_CPPFLAGS = $(unit_cflags) \
	-I$(top_srcdir)/plugins/learners/svm
tests_unit_test_svm_LDADD = %D%/unit/libsvm_learner.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_settings
tests_unit_test_settings_SOURCES = %D%/unit/test_settings.c
tests_unit_test_settings_CPPFLAGS = $(unit_cflags)
tests_unit_test_settings_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_ranks
tests_unit_test_ranks_SOURCES = %D%/unit/test_ranks.c
tests_unit_test_ranks_CPPFLAGS = $(unit_cflags)
tests_unit_test_ranks_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_ranking
tests_unit_test_ranking_SOURCES = %D%/unit/test_ranking.c
tests_unit_test_ranking_CPPFLAGS = $(unit_cflags)
tests_unit_test_ranking_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_sources
tests_unit_test_sources_SOURCES = %D%/unit/test_sources.c
tests_unit_test_sources_CPPFLAGS = $(unit_cflags)
tests_unit_test_sources_LDADD = %D%/unit/libcheckerboard.la \
	%D%/unit/libclassification.la %D%/unit/libmoons.la $(unit_libs)
# Sources of tasks likewise.
noinst_HEADERS += %D%/unit/task_fixture.h
check_PROGRAMS += %D%/unit/test_terminal
tests_unit_test_terminal_SOURCES = %D%/unit/test_terminal.c
tests_unit_test_terminal_CPPFLAGS = $(unit_cflags)
tests_unit_test_terminal_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_timing
tests_unit_test_timing_SOURCES = %D%/unit/test_timing.c
tests_unit_test_timing_CPPFLAGS = $(unit_cflags)
tests_unit_test_timing_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_tasks
tests_unit_test_tasks_SOURCES = %D%/unit/test_tasks.c
tests_unit_test_tasks_CPPFLAGS = $(unit_cflags)
tests_unit_test_tasks_LDADD = $(unit_libs)
check_LTLIBRARIES += %D%/unit/libsinusoid.la
tests_unit_libsinusoid_la_SOURCES = $(plugins_sources_sinusoid_la_SOURCES)
tests_unit_libsinusoid_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=sinusoid_plugin
check_LTLIBRARIES += %D%/unit/libharmonic.la
tests_unit_libharmonic_la_SOURCES = $(plugins_sources_harmonic_la_SOURCES)
tests_unit_libharmonic_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=harmonic_plugin
check_LTLIBRARIES += %D%/unit/liblinear.la
tests_unit_liblinear_la_SOURCES = $(plugins_sources_linear_la_SOURCES)
tests_unit_liblinear_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=linear_plugin
check_LTLIBRARIES += %D%/unit/libimbalanced_tasks.la
tests_unit_libimbalanced_tasks_la_SOURCES = $(plugins_sources_imbalanced_tasks_la_SOURCES)
tests_unit_libimbalanced_tasks_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=imbalanced_tasks_plugin
check_PROGRAMS += %D%/unit/test_imbalanced_tasks
tests_unit_test_imbalanced_tasks_SOURCES = %D%/unit/test_imbalanced_tasks.c
tests_unit_test_imbalanced_tasks_CPPFLAGS = $(unit_cflags)
tests_unit_test_imbalanced_tasks_LDADD = \
	%D%/unit/libimbalanced_tasks.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_task_sources
tests_unit_test_task_sources_SOURCES = %D%/unit/test_task_sources.c
tests_unit_test_task_sources_CPPFLAGS = $(unit_cflags)
tests_unit_test_task_sources_LDADD = %D%/unit/libharmonic.la \
	%D%/unit/liblinear.la %D%/unit/libsinusoid.la $(unit_libs)
noinst_HEADERS += %D%/unit/table_source.h
check_LTLIBRARIES += %D%/unit/libfew_shot.la
tests_unit_libfew_shot_la_SOURCES = $(plugins_sources_few_shot_classes_la_SOURCES)
tests_unit_libfew_shot_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=few_shot_plugin
check_LTLIBRARIES += %D%/unit/libimbalanced_rows.la
tests_unit_libimbalanced_rows_la_SOURCES = $(plugins_sources_imbalanced_rows_la_SOURCES)
tests_unit_libimbalanced_rows_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=imbalanced_rows_plugin
check_PROGRAMS += %D%/unit/test_imbalanced_rows
tests_unit_test_imbalanced_rows_SOURCES = %D%/unit/test_imbalanced_rows.c
tests_unit_test_imbalanced_rows_CPPFLAGS = $(unit_cflags)
tests_unit_test_imbalanced_rows_LDADD = \
	%D%/unit/libimbalanced_rows.la %D%/unit/libclassification.la \
	%D%/unit/libstandard.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_few_shot
tests_unit_test_few_shot_SOURCES = %D%/unit/test_few_shot.c
tests_unit_test_few_shot_CPPFLAGS = $(unit_cflags)
tests_unit_test_few_shot_LDADD = %D%/unit/libfew_shot.la \
	%D%/unit/libonehot.la %D%/unit/libstandard.la $(unit_libs)
check_LTLIBRARIES += %D%/unit/libtabular_tasks.la
tests_unit_libtabular_tasks_la_SOURCES = $(plugins_sources_tabular_tasks_la_SOURCES)
tests_unit_libtabular_tasks_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=tabular_tasks_plugin
check_PROGRAMS += %D%/unit/test_tabular_tasks
tests_unit_test_tabular_tasks_SOURCES = %D%/unit/test_tabular_tasks.c
tests_unit_test_tabular_tasks_CPPFLAGS = $(unit_cflags)
tests_unit_test_tabular_tasks_LDADD = %D%/unit/libtabular_tasks.la \
	%D%/unit/libcsv.la %D%/unit/libmoons.la %D%/unit/libstandard.la \
	$(unit_libs)
check_PROGRAMS += %D%/unit/test_split
tests_unit_test_split_SOURCES = %D%/unit/test_split.c
tests_unit_test_split_CPPFLAGS = $(unit_cflags)
tests_unit_test_split_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_state
tests_unit_test_state_SOURCES = %D%/unit/test_state.c
tests_unit_test_state_CPPFLAGS = $(unit_cflags)
tests_unit_test_state_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_status
tests_unit_test_status_SOURCES = %D%/unit/test_status.c
tests_unit_test_status_CPPFLAGS = $(unit_cflags)
tests_unit_test_status_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_strategy
tests_unit_test_strategy_SOURCES = %D%/unit/test_strategy.c
tests_unit_test_strategy_CPPFLAGS = $(unit_cflags)
tests_unit_test_strategy_LDADD = $(unit_libs)
# The tree plugin's files are linked in: its tests look inside.
tree_cflags = $(unit_cflags) -I$(top_srcdir)/plugins/learners/tree
check_PROGRAMS += %D%/unit/test_tree
tests_unit_test_tree_SOURCES = %D%/unit/test_tree.c \
	$(plugins_learners_tree_la_SOURCES)
tests_unit_test_tree_CPPFLAGS = $(tree_cflags)
tests_unit_test_tree_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_tree_edge
tests_unit_test_tree_edge_SOURCES = %D%/unit/test_tree_edge.c \
	$(plugins_learners_tree_la_SOURCES)
tests_unit_test_tree_edge_CPPFLAGS = $(tree_cflags)
tests_unit_test_tree_edge_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_tree_few
tests_unit_test_tree_few_SOURCES = %D%/unit/test_tree_few.c \
	$(plugins_learners_tree_la_SOURCES)
tests_unit_test_tree_few_CPPFLAGS = $(tree_cflags)
tests_unit_test_tree_few_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_tree_limits
tests_unit_test_tree_limits_SOURCES = %D%/unit/test_tree_limits.c \
	$(plugins_learners_tree_la_SOURCES)
tests_unit_test_tree_limits_CPPFLAGS = $(tree_cflags)
tests_unit_test_tree_limits_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_tree_ranked
tests_unit_test_tree_ranked_SOURCES = %D%/unit/test_tree_ranked.c \
	$(plugins_learners_tree_la_SOURCES)
tests_unit_test_tree_ranked_CPPFLAGS = $(tree_cflags)
tests_unit_test_tree_ranked_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_tree_store
tests_unit_test_tree_store_SOURCES = %D%/unit/test_tree_store.c \
	$(plugins_learners_tree_la_SOURCES)
tests_unit_test_tree_store_CPPFLAGS = $(tree_cflags)
tests_unit_test_tree_store_LDADD = $(unit_libs)
# So are those of the sampler sac.
noinst_HEADERS += %D%/golden/sac.h %D%/unit/sac_fixture.h \
	%D%/unit/sac_world.h
EXTRA_DIST += %D%/golden/gen/sac.py
sac_cflags = $(unit_cflags) -I$(top_srcdir)/plugins/samplers/sac
check_PROGRAMS += %D%/unit/test_sac
tests_unit_test_sac_SOURCES = %D%/unit/test_sac.c \
	$(plugins_samplers_sac_la_SOURCES)
tests_unit_test_sac_CPPFLAGS = $(sac_cflags)
tests_unit_test_sac_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_sac_learner
tests_unit_test_sac_learner_SOURCES = %D%/unit/test_sac_learner.c \
	$(plugins_samplers_sac_la_SOURCES)
tests_unit_test_sac_learner_CPPFLAGS = $(sac_cflags)
tests_unit_test_sac_learner_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_sac_store
tests_unit_test_sac_store_SOURCES = %D%/unit/test_sac_store.c \
	$(plugins_samplers_sac_la_SOURCES)
tests_unit_test_sac_store_CPPFLAGS = $(sac_cflags)
tests_unit_test_sac_store_LDADD = $(unit_libs)
# So do tests of samplers that drop rows, and of one that asks a learner.
noinst_HEADERS += %D%/golden/undersample.h \
	%D%/golden/undersample_mammography.h \
	%D%/unit/clean_model.h %D%/unit/sampler_fixture.h \
	%D%/unit/undersample_fixture.h
EXTRA_DIST += %D%/golden/gen/undersample.py \
	%D%/golden/gen/undersample_mammography.py
check_LTLIBRARIES += %D%/unit/liball_knn.la
tests_unit_liball_knn_la_SOURCES = $(plugins_samplers_all_knn_la_SOURCES)
tests_unit_liball_knn_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=all_knn_plugin
check_LTLIBRARIES += %D%/unit/libcnn.la
tests_unit_libcnn_la_SOURCES = $(plugins_samplers_cnn_la_SOURCES)
tests_unit_libcnn_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=cnn_plugin
check_LTLIBRARIES += %D%/unit/libenn.la
tests_unit_libenn_la_SOURCES = $(plugins_samplers_enn_la_SOURCES)
tests_unit_libenn_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=enn_plugin
check_LTLIBRARIES += %D%/unit/libinstance_hardness_threshold.la
tests_unit_libinstance_hardness_threshold_la_SOURCES = $(plugins_samplers_instance_hardness_threshold_la_SOURCES)
tests_unit_libinstance_hardness_threshold_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=instance_hardness_threshold_plugin
check_LTLIBRARIES += %D%/unit/libncr.la
tests_unit_libncr_la_SOURCES = $(plugins_samplers_ncr_la_SOURCES)
tests_unit_libncr_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=ncr_plugin
check_LTLIBRARIES += %D%/unit/libnear_miss.la
tests_unit_libnear_miss_la_SOURCES = $(plugins_samplers_near_miss_la_SOURCES)
tests_unit_libnear_miss_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=near_miss_plugin
check_LTLIBRARIES += %D%/unit/liboss.la
tests_unit_liboss_la_SOURCES = $(plugins_samplers_oss_la_SOURCES)
tests_unit_liboss_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=oss_plugin
check_LTLIBRARIES += %D%/unit/librenn.la
tests_unit_librenn_la_SOURCES = $(plugins_samplers_renn_la_SOURCES)
tests_unit_librenn_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=renn_plugin
check_LTLIBRARIES += %D%/unit/libtomek.la
tests_unit_libtomek_la_SOURCES = $(plugins_samplers_tomek_la_SOURCES)
tests_unit_libtomek_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=tomek_plugin
undersample_libs = %D%/unit/liball_knn.la \
	%D%/unit/libcnn.la \
	%D%/unit/libenn.la \
	%D%/unit/libncr.la \
	%D%/unit/libnear_miss.la \
	%D%/unit/liboss.la \
	%D%/unit/librenn.la \
	%D%/unit/libtomek.la
check_PROGRAMS += %D%/unit/test_clean_model
tests_unit_test_clean_model_SOURCES = %D%/unit/test_clean_model.c
tests_unit_test_clean_model_CPPFLAGS = $(unit_cflags)
tests_unit_test_clean_model_LDADD = $(undersample_libs) $(unit_libs)
check_PROGRAMS += %D%/unit/test_sample
tests_unit_test_sample_SOURCES = %D%/unit/test_sample.c
tests_unit_test_sample_CPPFLAGS = $(unit_cflags)
tests_unit_test_sample_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_select_model
tests_unit_test_select_model_SOURCES = %D%/unit/test_select_model.c
tests_unit_test_select_model_CPPFLAGS = $(unit_cflags)
tests_unit_test_select_model_LDADD = $(undersample_libs) $(unit_libs)
check_PROGRAMS += %D%/unit/test_undersample
tests_unit_test_undersample_SOURCES = %D%/unit/test_undersample.c
tests_unit_test_undersample_CPPFLAGS = $(unit_cflags)
tests_unit_test_undersample_LDADD = $(undersample_libs) $(unit_libs)
check_PROGRAMS += %D%/unit/test_trial
tests_unit_test_trial_SOURCES = %D%/unit/test_trial.c
tests_unit_test_trial_CPPFLAGS = $(unit_cflags)
tests_unit_test_trial_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_trial_loop
tests_unit_test_trial_loop_SOURCES = %D%/unit/test_trial_loop.c
tests_unit_test_trial_loop_CPPFLAGS = $(unit_cflags)
tests_unit_test_trial_loop_LDADD = %D%/unit/libcompare.la $(unit_libs)
# So are those of over-samplers.
noinst_HEADERS += %D%/golden/over.h %D%/unit/over_fixture.h
EXTRA_DIST += %D%/golden/gen/over.py
check_LTLIBRARIES += %D%/unit/libadasyn.la
tests_unit_libadasyn_la_SOURCES = $(plugins_samplers_adasyn_la_SOURCES)
tests_unit_libadasyn_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=adasyn_plugin
check_LTLIBRARIES += %D%/unit/libborderline_smote.la
tests_unit_libborderline_smote_la_SOURCES = $(plugins_samplers_borderline_smote_la_SOURCES)
tests_unit_libborderline_smote_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=borderline_smote_plugin
check_LTLIBRARIES += %D%/unit/libg_smote.la
tests_unit_libg_smote_la_SOURCES = $(plugins_samplers_g_smote_la_SOURCES)
tests_unit_libg_smote_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=g_smote_plugin
check_LTLIBRARIES += %D%/unit/libramo.la
tests_unit_libramo_la_SOURCES = $(plugins_samplers_ramo_la_SOURCES)
tests_unit_libramo_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=ramo_plugin
check_LTLIBRARIES += %D%/unit/librandom_over.la
tests_unit_librandom_over_la_SOURCES = $(plugins_samplers_random_over_la_SOURCES)
tests_unit_librandom_over_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=random_over_plugin
check_LTLIBRARIES += %D%/unit/libsmote.la
tests_unit_libsmote_la_SOURCES = $(plugins_samplers_smote_la_SOURCES)
tests_unit_libsmote_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=smote_plugin
over_libs = %D%/unit/libadasyn.la \
	%D%/unit/libborderline_smote.la \
	%D%/unit/libg_smote.la \
	%D%/unit/libramo.la \
	%D%/unit/librandom_over.la \
	%D%/unit/libsmote.la
check_LTLIBRARIES += %D%/unit/librandom_under.la
tests_unit_librandom_under_la_SOURCES = $(plugins_samplers_random_under_la_SOURCES)
tests_unit_librandom_under_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=random_under_plugin
check_LTLIBRARIES += %D%/unit/libsmote_enn.la
tests_unit_libsmote_enn_la_SOURCES = $(plugins_samplers_smote_enn_la_SOURCES)
tests_unit_libsmote_enn_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=smote_enn_plugin
check_LTLIBRARIES += %D%/unit/libsmote_tomek.la
tests_unit_libsmote_tomek_la_SOURCES = $(plugins_samplers_smote_tomek_la_SOURCES)
tests_unit_libsmote_tomek_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=smote_tomek_plugin
check_PROGRAMS += %D%/unit/test_combine
tests_unit_test_combine_SOURCES = %D%/unit/test_combine.c
tests_unit_test_combine_CPPFLAGS = $(unit_cflags)
tests_unit_test_combine_LDADD = %D%/unit/librandom_over.la \
	%D%/unit/librandom_under.la \
	%D%/unit/libsmote.la \
	%D%/unit/libsmote_enn.la \
	%D%/unit/libsmote_tomek.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_over
tests_unit_test_over_SOURCES = %D%/unit/test_over.c
tests_unit_test_over_CPPFLAGS = $(unit_cflags)
tests_unit_test_over_LDADD = $(over_libs) $(unit_libs)
check_PROGRAMS += %D%/unit/test_over_errors
tests_unit_test_over_errors_SOURCES = %D%/unit/test_over_errors.c
tests_unit_test_over_errors_CPPFLAGS = $(unit_cflags)
tests_unit_test_over_errors_LDADD = $(over_libs) $(unit_libs)
check_PROGRAMS += %D%/unit/test_over_model
tests_unit_test_over_model_SOURCES = %D%/unit/test_over_model.c
tests_unit_test_over_model_CPPFLAGS = $(unit_cflags)
tests_unit_test_over_model_LDADD = $(over_libs) $(unit_libs)
check_PROGRAMS += %D%/unit/test_sampler_limits
tests_unit_test_sampler_limits_SOURCES = %D%/unit/test_sampler_limits.c
tests_unit_test_sampler_limits_CPPFLAGS = $(unit_cflags)
tests_unit_test_sampler_limits_LDADD = $(undersample_libs) $(over_libs) \
	%D%/unit/libcascade.la \
	%D%/unit/libself_paced.la \
	%D%/unit/libsmote_enn.la \
	%D%/unit/libsmote_tomek.la $(unit_libs)
if HAVE_LIBSVM
check_LTLIBRARIES += %D%/unit/libsvm_smote.la
tests_unit_libsvm_smote_la_SOURCES = $(plugins_samplers_svm_smote_la_SOURCES)
tests_unit_libsvm_smote_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=svm_smote_plugin
check_PROGRAMS += %D%/unit/test_svm_smote
tests_unit_test_svm_smote_SOURCES = %D%/unit/test_svm_smote.c
tests_unit_test_svm_smote_CPPFLAGS = $(unit_cflags)
tests_unit_test_svm_smote_LDADD = %D%/unit/libsvm_smote.la $(LIBSVM_LIBS) $(unit_libs)
endif
check_PROGRAMS += %D%/unit/test_undersample_mammography
tests_unit_test_undersample_mammography_SOURCES = %D%/unit/test_undersample_mammography.c
tests_unit_test_undersample_mammography_CPPFLAGS = $(unit_cflags)
tests_unit_test_undersample_mammography_LDADD = $(undersample_libs) $(unit_libs)
check_PROGRAMS += %D%/unit/test_undersample_ties
tests_unit_test_undersample_ties_SOURCES = %D%/unit/test_undersample_ties.c
tests_unit_test_undersample_ties_CPPFLAGS = $(unit_cflags)
tests_unit_test_undersample_ties_LDADD = $(undersample_libs) $(unit_libs)
check_PROGRAMS += %D%/unit/test_instance_hardness
tests_unit_test_instance_hardness_SOURCES = %D%/unit/test_instance_hardness.c
tests_unit_test_instance_hardness_CPPFLAGS = $(unit_cflags)
tests_unit_test_instance_hardness_LDADD = %D%/unit/libinstance_hardness_threshold.la $(unit_libs)
check_PROGRAMS += %D%/unit/test_vmath
tests_unit_test_vmath_SOURCES = %D%/unit/test_vmath.c
tests_unit_test_vmath_CPPFLAGS = $(unit_cflags)
tests_unit_test_vmath_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_transformed
tests_unit_test_transformed_SOURCES = %D%/unit/test_transformed.c
tests_unit_test_transformed_CPPFLAGS = $(unit_cflags)
tests_unit_test_transformed_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_warn
tests_unit_test_warn_SOURCES = %D%/unit/test_warn.c
tests_unit_test_warn_CPPFLAGS = $(unit_cflags)
tests_unit_test_warn_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_weighted
tests_unit_test_weighted_SOURCES = %D%/unit/test_weighted.c
tests_unit_test_weighted_CPPFLAGS = $(unit_cflags)
tests_unit_test_weighted_LDADD = $(unit_libs)
check_PROGRAMS += %D%/unit/test_weights
tests_unit_test_weights_SOURCES = %D%/unit/test_weights.c
tests_unit_test_weights_CPPFLAGS = $(unit_cflags)
tests_unit_test_weights_LDADD = $(unit_libs)
noinst_HEADERS += %D%/unit/acquisition_fixture.h
check_PROGRAMS += %D%/unit/test_acquisition
tests_unit_test_acquisition_SOURCES = %D%/unit/test_acquisition.c
tests_unit_test_acquisition_CPPFLAGS = $(unit_cflags)
tests_unit_test_acquisition_LDADD = $(unit_libs)
check_LTLIBRARIES += %D%/unit/libbreaking_ties.la
tests_unit_libbreaking_ties_la_SOURCES = $(plugins_acquisitions_breaking_ties_la_SOURCES)
tests_unit_libbreaking_ties_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=breaking_ties_plugin
check_LTLIBRARIES += %D%/unit/libentropy.la
tests_unit_libentropy_la_SOURCES = $(plugins_acquisitions_entropy_la_SOURCES)
tests_unit_libentropy_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=entropy_plugin
check_LTLIBRARIES += %D%/unit/libleast_confidence.la
tests_unit_libleast_confidence_la_SOURCES = $(plugins_acquisitions_least_confidence_la_SOURCES)
tests_unit_libleast_confidence_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=least_confidence_plugin
check_LTLIBRARIES += %D%/unit/libmargin.la
tests_unit_libmargin_la_SOURCES = $(plugins_acquisitions_margin_la_SOURCES)
tests_unit_libmargin_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=margin_plugin
check_LTLIBRARIES += %D%/unit/libqbc.la
tests_unit_libqbc_la_SOURCES = $(plugins_acquisitions_qbc_la_SOURCES)
tests_unit_libqbc_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=qbc_plugin
check_LTLIBRARIES += %D%/unit/librandom.la
tests_unit_librandom_la_SOURCES = $(plugins_acquisitions_random_la_SOURCES)
tests_unit_librandom_la_CPPFLAGS = $(source_cflags) \
	-DMESA_PLUGIN_ENTRY=random_plugin
check_PROGRAMS += %D%/unit/test_acquisitions
tests_unit_test_acquisitions_SOURCES = %D%/unit/test_acquisitions.c
tests_unit_test_acquisitions_CPPFLAGS = $(unit_cflags)
tests_unit_test_acquisitions_LDADD = %D%/unit/libbreaking_ties.la \
	%D%/unit/libentropy.la %D%/unit/libleast_confidence.la \
	%D%/unit/libmargin.la %D%/unit/libqbc.la %D%/unit/librandom.la \
	$(unit_libs)
noinst_HEADERS += %D%/unit/pipeline_fixture.h
check_PROGRAMS += %D%/unit/test_pipeline
tests_unit_test_pipeline_SOURCES = %D%/unit/test_pipeline.c
tests_unit_test_pipeline_CPPFLAGS = $(unit_cflags)
tests_unit_test_pipeline_LDADD = %D%/unit/libbagging.la \
	%D%/unit/libstandard.la $(unit_libs)
# Plugins bring libmesa along, so a test that loads them links the library.
check_PROGRAMS += %D%/unit/test_sweep
tests_unit_test_sweep_SOURCES = %D%/unit/test_sweep.c
tests_unit_test_sweep_CPPFLAGS = $(unit_cflags)
nodist_tests_unit_test_sweep_SOURCES = builtin.c
tests_unit_test_sweep_LDADD = libmesa.la $(CMOCKA_LIBS)
if STATIC_PLUGINS
tests_unit_test_sweep_LDADD += $(PLUGINS)
endif
# Learners as they are installed, all in one table.
noinst_HEADERS += %D%/unit/learner_fixture.h
learner_libs = libmesa.la $(CMOCKA_LIBS)
if STATIC_PLUGINS
learner_libs += $(PLUGINS)
endif
check_PROGRAMS += %D%/unit/test_committee
tests_unit_test_committee_SOURCES = %D%/unit/test_committee.c
tests_unit_test_committee_CPPFLAGS = $(unit_cflags)
nodist_tests_unit_test_committee_SOURCES = builtin.c
tests_unit_test_committee_LDADD = $(learner_libs)
noinst_HEADERS += %D%/unit/pool_fixture.h
check_PROGRAMS += %D%/unit/test_acquisition_batches
tests_unit_test_acquisition_batches_SOURCES = \
	%D%/unit/test_acquisition_batches.c
tests_unit_test_acquisition_batches_CPPFLAGS = $(unit_cflags)
nodist_tests_unit_test_acquisition_batches_SOURCES = builtin.c
tests_unit_test_acquisition_batches_LDADD = $(learner_libs)
check_PROGRAMS += %D%/unit/test_acquisition_pools
tests_unit_test_acquisition_pools_SOURCES = \
	%D%/unit/test_acquisition_pools.c
tests_unit_test_acquisition_pools_CPPFLAGS = $(unit_cflags)
nodist_tests_unit_test_acquisition_pools_SOURCES = builtin.c
tests_unit_test_acquisition_pools_LDADD = $(learner_libs)
check_PROGRAMS += %D%/unit/test_learner_data
tests_unit_test_learner_data_SOURCES = %D%/unit/test_learner_data.c
tests_unit_test_learner_data_CPPFLAGS = $(unit_cflags)
nodist_tests_unit_test_learner_data_SOURCES = builtin.c
tests_unit_test_learner_data_LDADD = $(learner_libs)
noinst_HEADERS += %D%/golden/learner_edges.h
EXTRA_DIST += %D%/golden/gen/learner_edges.py
check_PROGRAMS += %D%/unit/test_learner_edges
tests_unit_test_learner_edges_SOURCES = %D%/unit/test_learner_edges.c
tests_unit_test_learner_edges_CPPFLAGS = $(unit_cflags)
nodist_tests_unit_test_learner_edges_SOURCES = builtin.c
tests_unit_test_learner_edges_LDADD = $(learner_libs)
check_PROGRAMS += %D%/unit/test_learner_files
tests_unit_test_learner_files_SOURCES = %D%/unit/test_learner_files.c
tests_unit_test_learner_files_CPPFLAGS = $(unit_cflags)
nodist_tests_unit_test_learner_files_SOURCES = builtin.c
tests_unit_test_learner_files_LDADD = $(learner_libs)
check_PROGRAMS += %D%/unit/test_counts
tests_unit_test_counts_SOURCES = %D%/unit/test_counts.c
tests_unit_test_counts_CPPFLAGS = $(unit_cflags)
nodist_tests_unit_test_counts_SOURCES = builtin.c
tests_unit_test_counts_LDADD = $(learner_libs)
check_PROGRAMS += %D%/unit/test_inspect
tests_unit_test_inspect_SOURCES = %D%/unit/test_inspect.c
tests_unit_test_inspect_CPPFLAGS = $(unit_cflags)
nodist_tests_unit_test_inspect_SOURCES = builtin.c
tests_unit_test_inspect_LDADD = $(learner_libs)
check_PROGRAMS += %D%/unit/test_learner_kin
tests_unit_test_learner_kin_SOURCES = %D%/unit/test_learner_kin.c
tests_unit_test_learner_kin_CPPFLAGS = $(unit_cflags)
nodist_tests_unit_test_learner_kin_SOURCES = builtin.c
tests_unit_test_learner_kin_LDADD = $(learner_libs)
check_PROGRAMS += %D%/unit/test_learner_memory
tests_unit_test_learner_memory_SOURCES = %D%/unit/test_learner_memory.c
tests_unit_test_learner_memory_CPPFLAGS = $(unit_cflags)
nodist_tests_unit_test_learner_memory_SOURCES = builtin.c
tests_unit_test_learner_memory_LDADD = $(learner_libs)
endif
TESTS += $(check_PROGRAMS)

# A plugin is its own test case: mesa-conform makes the checks.
LA_LOG_COMPILER = $(top_builddir)/mesa-conform
TESTS += $(PLUGINS)

include tests/broken/local.mk
include tests/abi/local.mk
include tests/cli/local.mk
