# SPDX-License-Identifier: MIT
EXTRA_DIST += \
	tests/style/check-style.sh \
	%D%/README.md \
	%D%/architecture.md \
	%D%/benchmarks.md \
	%D%/gallery \
	%D%/gallery.md \
	%D%/gallery.sh \
	%D%/results.md \
	%D%/tutorial-active-learning.md \
	%D%/tutorial-imbalance.md \
	%D%/tutorial-learned-losses.md \
	%D%/tutorial-meta-learning.md \
	%D%/tutorial-plugin.md \
	%D%/man/manpage.sh \
	%D%/man/mesa-core.1.in \
	%D%/man/mesa.ini.5.in

# The manual, from what the program says about itself.  The pages are in the
# distribution, for builds in which the program cannot run; a build out of
# the source tree makes its own beside it.
man_pages = %D%/man/mesa-core.1 %D%/man/mesa.ini.5
dist_man_MANS += $(man_pages)
manpage = $(srcdir)/%D%/man/manpage.sh
make_page = $(MKDIR_P) $(@D) && $(SHELL) $(manpage) ./mesa-core$(EXEEXT) \
	$(srcdir)/$@.in $(srcdir)/$@ > $@.tmp && mv $@.tmp $@

%D%/man/mesa-core.1: %D%/man/mesa-core.1.in $(manpage) mesa-core$(EXEEXT)
	$(AM_V_GEN)$(make_page)
%D%/man/mesa.ini.5: %D%/man/mesa.ini.5.in $(manpage) mesa-core$(EXEEXT) \
		$(PLUGINS)
	$(AM_V_GEN)$(make_page)

distclean-local:
	test "$(srcdir)" = . || rm -f $(man_pages) core/tensorboard.pb-c.[ch]
MAINTAINERCLEANFILES += $(man_pages)

exampledir = $(docdir)/examples
dist_example_DATA = \
	conf/active_classification.csv \
	conf/active_classification.ini \
	conf/active_mammography.ini \
	conf/active_example.ini \
	conf/active_committee.ini \
	conf/active_compare.ini \
	conf/arff_onehot.ini \
	conf/arff_random_over.ini \
	conf/checkerboard_borderline_smote.ini \
	conf/checkerboard_mesa.ini \
	conf/classification_adasyn.ini \
	conf/classification_all_knn.ini \
	conf/classification_calibrated.ini \
	conf/classification_chain.ini \
	conf/classification_cluster_centroids.ini \
	conf/classification_cnn.ini \
	conf/classification_enn.ini \
	conf/classification_g_smote.ini \
	conf/classification_hardness_threshold.ini \
	conf/classification_kmeans_smote.ini \
	conf/classification_knn.ini \
	conf/classification_logistic.ini \
	conf/classification_ncr.ini \
	conf/classification_near_miss.ini \
	conf/classification_oss.ini \
	conf/classification_ramo.ini \
	conf/classification_random_over.ini \
	conf/classification_renn.ini \
	conf/classification_resampled.ini \
	conf/classification_smote_tomek.ini \
	conf/classification_tomek.ini \
	conf/compare_ensembles.ini \
	conf/compare_mammography.ini \
	conf/compare_moons.ini \
	conf/compare_noise.ini \
	conf/csv_smoten.ini \
	conf/csv_smotenc.ini \
	conf/ensembles.ini \
	conf/example.arff \
	conf/example.csv \
	conf/example.libsvm \
	conf/gradient_boosting.ini \
	conf/libsvm_underbagging.ini \
	conf/lslr_sinusoid.ini \
	conf/maml_adapt.ini \
	conf/shops.csv \
	conf/maml_tabular_tasks.ini \
	conf/maml_linear.ini \
	conf/maml_harmonic.ini \
	conf/maml_few_shot_classes.ini \
	conf/maml_sinusoid_10shot.ini \
	conf/maml_sinusoid_5shot.ini \
	conf/mammography_mesa.ini \
	conf/mammography_mesa_noise.ini \
	conf/mammography_mesa_ratio.ini \
	conf/mammography_tree.ini \
	conf/mammography_underbagging.ini \
	conf/meta_curvature_sinusoid.ini \
	conf/metasgd_sinusoid.ini \
	conf/ml3_classification.ini \
	conf/ml3_shaped_sine.ini \
	conf/ml3_imbalance.ini \
	conf/ml3_imbalance_compare.ini \
	conf/ml3_sine.ini \
	conf/ml3_pointmass.ini \
	conf/ml3_mountain_car.ini \
	conf/ml3_mountain_car_published.ini \
	conf/ml3_reacher.ini \
	conf/moons_minmax.ini \
	conf/moons_mlp.ini \
	conf/moons_smote.ini \
	conf/moons_smote_enn.ini \
	conf/moons_svm.ini \
	conf/moons_xgboost.ini \
	conf/npy_tree.ini \
	conf/quickstart.ini \
	conf/sine_query.csv \
	conf/sine_support.csv \
	conf/reptile_adapt.ini \
	conf/reptile_maml_sinusoid.ini \
	conf/reptile_sinusoid.ini \
	conf/transfer.ini

# bash-completion looks for COMMAND.bash as well.
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = completion/mesa-core.bash

check-man: $(man_pages)
	@status=0; for page in $(man_pages); do \
		test -f $$page || page=$(srcdir)/$$page; \
		LC_ALL=C MANWIDTH=80 man --warnings -l $$page 2>&1 >/dev/null | \
			grep . && status=1; \
	done; exit $$status

check-style:
	@$(SHELL) $(srcdir)/tests/style/check-style.sh -v $(srcdir)
.PHONY: check-man check-style
