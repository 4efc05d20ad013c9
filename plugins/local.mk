# SPDX-License-Identifier: MIT
# One block per plugin.  The build tree mirrors the install tree.
PLUGIN_LINKFLAGS = $(AM_LDFLAGS) -module -avoid-version -no-undefined \
	-export-symbols-regex 'mesa_plugin$$' -Wl,-z,now
PLUGIN_LIBS = libmesa.la

acquisitionsdir = $(pkglibdir)/acquisitions
environmentsdir = $(pkglibdir)/environments
learnersdir = $(pkglibdir)/learners
lossesdir = $(pkglibdir)/losses
metalearnersdir = $(pkglibdir)/metalearners
samplersdir = $(pkglibdir)/samplers
sourcesdir = $(pkglibdir)/sources
transformsdir = $(pkglibdir)/transforms
acquisitions_LTLIBRARIES =
environments_LTLIBRARIES =
learners_LTLIBRARIES =
losses_LTLIBRARIES =
metalearners_LTLIBRARIES =
samplers_LTLIBRARIES =
sources_LTLIBRARIES =
transforms_LTLIBRARIES =

# acquisitions
acquisitions_LTLIBRARIES += %D%/acquisitions/badge.la
plugins_acquisitions_badge_la_SOURCES = \
	%D%/acquisitions/badge.c \
	%D%/acquisitions/batch.h
plugins_acquisitions_badge_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_acquisitions_badge_la_LIBADD = $(PLUGIN_LIBS)

acquisitions_LTLIBRARIES += %D%/acquisitions/breaking_ties.la
plugins_acquisitions_breaking_ties_la_SOURCES = \
	%D%/acquisitions/breaking_ties.c \
	%D%/acquisitions/uncertainty.h
plugins_acquisitions_breaking_ties_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_acquisitions_breaking_ties_la_LIBADD = $(PLUGIN_LIBS)

acquisitions_LTLIBRARIES += %D%/acquisitions/entropy.la
plugins_acquisitions_entropy_la_SOURCES = \
	%D%/acquisitions/entropy.c \
	%D%/acquisitions/uncertainty.h
plugins_acquisitions_entropy_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_acquisitions_entropy_la_LIBADD = $(PLUGIN_LIBS)

acquisitions_LTLIBRARIES += %D%/acquisitions/least_confidence.la
plugins_acquisitions_least_confidence_la_SOURCES = \
	%D%/acquisitions/least_confidence.c \
	%D%/acquisitions/uncertainty.h
plugins_acquisitions_least_confidence_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_acquisitions_least_confidence_la_LIBADD = $(PLUGIN_LIBS)

acquisitions_LTLIBRARIES += %D%/acquisitions/margin.la
plugins_acquisitions_margin_la_SOURCES = \
	%D%/acquisitions/margin.c \
	%D%/acquisitions/uncertainty.h
plugins_acquisitions_margin_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_acquisitions_margin_la_LIBADD = $(PLUGIN_LIBS)

acquisitions_LTLIBRARIES += %D%/acquisitions/qbc.la
plugins_acquisitions_qbc_la_SOURCES = \
	%D%/acquisitions/qbc.c \
	%D%/acquisitions/uncertainty.h
plugins_acquisitions_qbc_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_acquisitions_qbc_la_LIBADD = $(PLUGIN_LIBS)
acquisitions_LTLIBRARIES += %D%/acquisitions/coreset.la
plugins_acquisitions_coreset_la_SOURCES = \
	%D%/acquisitions/coreset.c \
	%D%/acquisitions/batch.h
plugins_acquisitions_coreset_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_acquisitions_coreset_la_LIBADD = $(PLUGIN_LIBS)

acquisitions_LTLIBRARIES += %D%/acquisitions/density_weighted.la
plugins_acquisitions_density_weighted_la_SOURCES = \
	%D%/acquisitions/density_weighted.c \
	%D%/acquisitions/inner.h
plugins_acquisitions_density_weighted_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_acquisitions_density_weighted_la_LIBADD = $(PLUGIN_LIBS)

acquisitions_LTLIBRARIES += %D%/acquisitions/random.la
plugins_acquisitions_random_la_SOURCES = %D%/acquisitions/random.c
plugins_acquisitions_random_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_acquisitions_random_la_LIBADD = $(PLUGIN_LIBS)

acquisitions_LTLIBRARIES += %D%/acquisitions/rarity_weighted.la
plugins_acquisitions_rarity_weighted_la_SOURCES = \
	%D%/acquisitions/rarity_weighted.c \
	%D%/acquisitions/inner.h
plugins_acquisitions_rarity_weighted_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_acquisitions_rarity_weighted_la_LIBADD = $(PLUGIN_LIBS)

# environments
environments_LTLIBRARIES += %D%/environments/mountain_car.la
plugins_environments_mountain_car_la_SOURCES = \
	%D%/environments/mountain_car.c \
	%D%/environments/common.h
plugins_environments_mountain_car_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_environments_mountain_car_la_LIBADD = $(PLUGIN_LIBS)

environments_LTLIBRARIES += %D%/environments/pointmass.la
plugins_environments_pointmass_la_SOURCES = %D%/environments/pointmass.c \
	%D%/environments/body.h \
	%D%/environments/common.h
plugins_environments_pointmass_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_environments_pointmass_la_LIBADD = $(PLUGIN_LIBS)

environments_LTLIBRARIES += %D%/environments/reacher.la
plugins_environments_reacher_la_SOURCES = %D%/environments/reacher.c \
	%D%/environments/body.h \
	%D%/environments/common.h
plugins_environments_reacher_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_environments_reacher_la_LIBADD = $(PLUGIN_LIBS)

# learners
learners_LTLIBRARIES += %D%/learners/adaboost.la
plugins_learners_adaboost_la_SOURCES = %D%/learners/adaboost.c \
	%D%/learners/boost.h
plugins_learners_adaboost_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_adaboost_la_LIBADD = $(PLUGIN_LIBS)

learners_LTLIBRARIES += %D%/learners/bagging.la
plugins_learners_bagging_la_SOURCES = %D%/learners/bagging.c \
	%D%/learners/average.h
plugins_learners_bagging_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_bagging_la_LIBADD = $(PLUGIN_LIBS)

learners_LTLIBRARIES += %D%/learners/balance_cascade.la
plugins_learners_balance_cascade_la_SOURCES = %D%/learners/balance_cascade.c \
	%D%/learners/average.h
plugins_learners_balance_cascade_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_balance_cascade_la_LIBADD = $(PLUGIN_LIBS)

learners_LTLIBRARIES += %D%/learners/balanced_forest.la
plugins_learners_balanced_forest_la_SOURCES = %D%/learners/balanced_forest.c \
	%D%/learners/average.h
plugins_learners_balanced_forest_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_balanced_forest_la_LIBADD = $(PLUGIN_LIBS)

learners_LTLIBRARIES += %D%/learners/easy_ensemble.la
plugins_learners_easy_ensemble_la_SOURCES = %D%/learners/easy_ensemble.c \
	%D%/learners/average.h
plugins_learners_easy_ensemble_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_easy_ensemble_la_LIBADD = $(PLUGIN_LIBS)

learners_LTLIBRARIES += %D%/learners/forest.la
plugins_learners_forest_la_SOURCES = %D%/learners/forest.c \
	%D%/learners/average.h
plugins_learners_forest_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_forest_la_LIBADD = $(PLUGIN_LIBS)
learners_LTLIBRARIES += %D%/learners/knn.la
plugins_learners_knn_la_SOURCES = %D%/learners/knn.c
plugins_learners_knn_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_knn_la_LIBADD = $(PLUGIN_LIBS)
learners_LTLIBRARIES += %D%/learners/calibrated.la
plugins_learners_calibrated_la_SOURCES = \
	%D%/learners/calibrated/calibrated.c \
	%D%/learners/calibrated/calibrated.h \
	%D%/learners/calibrated/curve.c \
	%D%/learners/calibrated/curve.h \
	%D%/learners/calibrated/onnx.c \
	%D%/learners/inner.h
plugins_learners_calibrated_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_calibrated_la_LIBADD = $(PLUGIN_LIBS)

learners_LTLIBRARIES += %D%/learners/gnb.la
plugins_learners_gnb_la_SOURCES = %D%/learners/gnb.c %D%/learners/dense.h
plugins_learners_gnb_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_gnb_la_LIBADD = $(PLUGIN_LIBS)

learners_LTLIBRARIES += %D%/learners/logistic.la
plugins_learners_logistic_la_SOURCES = \
	%D%/learners/dense.h \
	%D%/learners/logistic/logistic.c \
	%D%/learners/logistic/logistic.h \
	%D%/learners/logistic/newton.c \
	%D%/learners/logistic/problem.c
plugins_learners_logistic_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_logistic_la_LIBADD = $(PLUGIN_LIBS)
learners_LTLIBRARIES += %D%/learners/gradient_boosting.la
plugins_learners_gradient_boosting_la_SOURCES = \
	%D%/learners/gradient_boosting/fit.c \
	%D%/learners/gradient_boosting/gradient_boosting.c \
	%D%/learners/gradient_boosting/gradient_boosting.h \
	%D%/learners/gradient_boosting/grow.c \
	%D%/learners/gradient_boosting/histogram.c \
	%D%/learners/gradient_boosting/loss.c \
	%D%/learners/gradient_boosting/model.c \
	%D%/learners/gradient_boosting/onnx.c \
	%D%/learners/gradient_boosting/predict.c \
	%D%/learners/gradient_boosting/search.c \
	%D%/learners/gradient_boosting/store.c \
	%D%/learners/tree/bins.c \
	%D%/learners/tree/move.c \
	%D%/learners/tree/presort.c \
	%D%/learners/tree/tree.h \
	%D%/learners/tree/weights.c
plugins_learners_gradient_boosting_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_gradient_boosting_la_LIBADD = $(PLUGIN_LIBS)

learners_LTLIBRARIES += %D%/learners/mlp.la
plugins_learners_mlp_la_SOURCES = \
	%D%/learners/mlp/batch.c \
	%D%/learners/mlp/mlp.c \
	%D%/learners/mlp/mlp.h \
	%D%/learners/mlp/net.c \
	%D%/learners/mlp/predict.c \
	%D%/learners/mlp/train.c
plugins_learners_mlp_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_mlp_la_LIBADD = $(PLUGIN_LIBS)
learners_LTLIBRARIES += %D%/learners/mesa.la
plugins_learners_mesa_la_SOURCES = %D%/learners/mesa.c
plugins_learners_mesa_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_mesa_la_LIBADD = $(PLUGIN_LIBS)

learners_LTLIBRARIES += %D%/learners/resampled.la
plugins_learners_resampled_la_SOURCES = %D%/learners/resampled.c \
	%D%/learners/inner.h
plugins_learners_resampled_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_resampled_la_LIBADD = $(PLUGIN_LIBS)
learners_LTLIBRARIES += %D%/learners/ramoboost.la
plugins_learners_ramoboost_la_SOURCES = %D%/learners/ramoboost.c \
	%D%/learners/boost.h
plugins_learners_ramoboost_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_ramoboost_la_LIBADD = $(PLUGIN_LIBS)

learners_LTLIBRARIES += %D%/learners/rusboost.la
plugins_learners_rusboost_la_SOURCES = %D%/learners/rusboost.c \
	%D%/learners/boost.h
plugins_learners_rusboost_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_rusboost_la_LIBADD = $(PLUGIN_LIBS)

learners_LTLIBRARIES += %D%/learners/self_paced_ensemble.la
plugins_learners_self_paced_ensemble_la_SOURCES = %D%/learners/self_paced_ensemble.c \
	%D%/learners/average.h
plugins_learners_self_paced_ensemble_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_self_paced_ensemble_la_LIBADD = $(PLUGIN_LIBS)

learners_LTLIBRARIES += %D%/learners/sine.la
plugins_learners_sine_la_SOURCES = %D%/learners/sine.c
plugins_learners_sine_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_sine_la_LIBADD = $(PLUGIN_LIBS)

learners_LTLIBRARIES += %D%/learners/smotebagging.la
plugins_learners_smotebagging_la_SOURCES = %D%/learners/smotebagging.c \
	%D%/learners/average.h
plugins_learners_smotebagging_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_smotebagging_la_LIBADD = $(PLUGIN_LIBS)

learners_LTLIBRARIES += %D%/learners/smoteboost.la
plugins_learners_smoteboost_la_SOURCES = %D%/learners/smoteboost.c \
	%D%/learners/boost.h
plugins_learners_smoteboost_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_smoteboost_la_LIBADD = $(PLUGIN_LIBS)

learners_LTLIBRARIES += %D%/learners/svm.la
plugins_learners_svm_la_SOURCES = \
	%D%/learners/calibrated/curve.c \
	%D%/learners/calibrated/curve.h \
	%D%/learners/dense.h \
	%D%/learners/svm/fit.c \
	%D%/learners/svm/fit.h \
	%D%/learners/svm/onnx.c \
	%D%/learners/svm/smo.c \
	%D%/learners/svm/svm.c \
	%D%/learners/svm/svm.h
plugins_learners_svm_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_svm_la_LIBADD = $(PLUGIN_LIBS)

learners_LTLIBRARIES += %D%/learners/tree.la
plugins_learners_tree_la_SOURCES = \
	%D%/learners/tree/bins.c \
	%D%/learners/tree/criterion.h \
	%D%/learners/tree/exact.c \
	%D%/learners/tree/exact.h \
	%D%/learners/tree/exact_classes.c \
	%D%/learners/tree/exact_data.c \
	%D%/learners/tree/exact_divide.c \
	%D%/learners/tree/exact_few.c \
	%D%/learners/tree/exact_ranked.c \
	%D%/learners/tree/grow.c \
	%D%/learners/tree/hist.c \
	%D%/learners/tree/hist.h \
	%D%/learners/tree/hist_small.c \
	%D%/learners/tree/model.c \
	%D%/learners/tree/move.c \
	%D%/learners/tree/predict.c \
	%D%/learners/tree/predict.h \
	%D%/learners/tree/predict_ranked.c \
	%D%/learners/tree/presort.c \
	%D%/learners/tree/problem.c \
	%D%/learners/tree/store.c \
	%D%/learners/tree/tree.c \
	%D%/learners/tree/tree.h \
	%D%/learners/tree/weights.c
plugins_learners_tree_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_tree_la_LIBADD = $(PLUGIN_LIBS)

learners_LTLIBRARIES += %D%/learners/underbagging.la
plugins_learners_underbagging_la_SOURCES = %D%/learners/underbagging.c \
	%D%/learners/average.h
plugins_learners_underbagging_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_underbagging_la_LIBADD = $(PLUGIN_LIBS)

if HAVE_XGBOOST
learners_LTLIBRARIES += %D%/learners/xgboost.la
plugins_learners_xgboost_la_SOURCES = %D%/learners/xgboost.c
plugins_learners_xgboost_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_learners_xgboost_la_LIBADD = $(PLUGIN_LIBS) $(XGBOOST_LIBS)
endif

# losses
losses_LTLIBRARIES += %D%/losses/average_precision.la
plugins_losses_average_precision_la_SOURCES = \
	%D%/losses/average_precision.c
plugins_losses_average_precision_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_losses_average_precision_la_LIBADD = $(PLUGIN_LIBS)

losses_LTLIBRARIES += %D%/losses/cross_entropy.la
plugins_losses_cross_entropy_la_SOURCES = %D%/losses/cross_entropy.c \
	%D%/losses/class_row.h
plugins_losses_cross_entropy_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_losses_cross_entropy_la_LIBADD = $(PLUGIN_LIBS)

losses_LTLIBRARIES += %D%/losses/focal.la
plugins_losses_focal_la_SOURCES = %D%/losses/focal.c \
	%D%/losses/class_row.h
plugins_losses_focal_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_losses_focal_la_LIBADD = $(PLUGIN_LIBS)

losses_LTLIBRARIES += %D%/losses/hinge.la
plugins_losses_hinge_la_SOURCES = %D%/losses/hinge.c
plugins_losses_hinge_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_losses_hinge_la_LIBADD = $(PLUGIN_LIBS)

losses_LTLIBRARIES += %D%/losses/huber.la
plugins_losses_huber_la_SOURCES = %D%/losses/huber.c \
	%D%/losses/bounded.h
plugins_losses_huber_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_losses_huber_la_LIBADD = $(PLUGIN_LIBS)

losses_LTLIBRARIES += %D%/losses/learned.la
plugins_losses_learned_la_SOURCES = %D%/losses/learned.c
plugins_losses_learned_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_losses_learned_la_LIBADD = $(PLUGIN_LIBS)

losses_LTLIBRARIES += %D%/losses/mae.la
plugins_losses_mae_la_SOURCES = %D%/losses/mae.c \
	%D%/losses/bounded.h
plugins_losses_mae_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_losses_mae_la_LIBADD = $(PLUGIN_LIBS)

losses_LTLIBRARIES += %D%/losses/mse.la
plugins_losses_mse_la_SOURCES = %D%/losses/mse.c \
	%D%/losses/bounded.h
plugins_losses_mse_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_losses_mse_la_LIBADD = $(PLUGIN_LIBS)
# metalearners
metalearners_LTLIBRARIES += %D%/metalearners/active.la
plugins_metalearners_active_la_SOURCES = \
	%D%/metalearners/active/active.c \
	%D%/metalearners/active/active.h \
	%D%/metalearners/active/agreement.c \
	%D%/metalearners/active/curve.c \
	%D%/metalearners/active/file.c \
	%D%/metalearners/active/initial.c \
	%D%/metalearners/active/kmeans.c \
	%D%/metalearners/active/pictures.c \
	%D%/metalearners/active/report.c \
	%D%/metalearners/active/rows.c
plugins_metalearners_active_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_metalearners_active_la_LIBADD = $(PLUGIN_LIBS)

metalearners_LTLIBRARIES += %D%/metalearners/compare.la
plugins_metalearners_compare_la_SOURCES = \
	%D%/metalearners/compare/compare.c \
	%D%/metalearners/compare/compare.h \
	%D%/metalearners/compare/curves.c \
	%D%/metalearners/compare/pictures.c \
	%D%/metalearners/compare/ranks.c \
	%D%/metalearners/compare/report.c \
	%D%/metalearners/compare/runs.c \
	%D%/metalearners/compare/statistics.c
plugins_metalearners_compare_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_metalearners_compare_la_LIBADD = $(PLUGIN_LIBS)

# What metalearners of tasks share.
few_shot_sources = \
	%D%/metalearners/few_shot/adapt.c \
	%D%/metalearners/few_shot/curves.c \
	%D%/metalearners/few_shot/curves.h \
	%D%/metalearners/few_shot/few_shot.h \
	%D%/metalearners/few_shot/losses.c \
	%D%/metalearners/few_shot/model.c \
	%D%/metalearners/few_shot/own.c \
	%D%/metalearners/few_shot/pictures.c \
	%D%/metalearners/few_shot/pictures.h \
	%D%/metalearners/few_shot/regions.c \
	%D%/metalearners/few_shot/samples.c \
	%D%/metalearners/few_shot/score.c \
	%D%/metalearners/few_shot/start.c

metalearners_LTLIBRARIES += %D%/metalearners/maml.la
plugins_metalearners_maml_la_SOURCES = \
	%D%/metalearners/maml/maml.c \
	%D%/metalearners/maml/maml.h \
	%D%/metalearners/maml/outer.c \
	%D%/metalearners/maml/pictures.c \
	%D%/metalearners/maml/rule.c \
	$(few_shot_sources)
plugins_metalearners_maml_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_metalearners_maml_la_LIBADD = $(PLUGIN_LIBS)

metalearners_LTLIBRARIES += %D%/metalearners/mesa.la
plugins_metalearners_mesa_la_SOURCES = \
	%D%/metalearners/mesa/mesa.c \
	%D%/metalearners/mesa/mesa.h \
	%D%/metalearners/mesa/pictures.c \
	%D%/metalearners/mesa/shown.c
plugins_metalearners_mesa_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_metalearners_mesa_la_LIBADD = $(PLUGIN_LIBS)

# What metalearners of policies share.
world_sources = \
	%D%/metalearners/few_shot/curves.c \
	%D%/metalearners/few_shot/curves.h \
	%D%/metalearners/ml3/world_pictures.c \
	%D%/metalearners/ml3/world_pictures.h

metalearners_LTLIBRARIES += %D%/metalearners/ml3_control.la
plugins_metalearners_ml3_control_la_SOURCES = \
	%D%/metalearners/ml3/control.c \
	%D%/metalearners/ml3/control.h \
	%D%/metalearners/ml3/control_gains.c \
	%D%/metalearners/ml3/control_graph.c \
	%D%/metalearners/ml3/control_learned.c \
	%D%/metalearners/ml3/control_pictures.c \
	%D%/metalearners/ml3/control_test.c \
	%D%/metalearners/ml3/crew.c \
	%D%/metalearners/ml3/dynamics.c \
	%D%/metalearners/ml3/dynamics.h \
	%D%/metalearners/ml3/dynamics_fit.c \
	%D%/metalearners/ml3/rollout.c \
	%D%/metalearners/ml3/teacher.c \
	%D%/metalearners/ml3/teacher.h \
	$(world_sources)
plugins_metalearners_ml3_control_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_metalearners_ml3_control_la_LIBADD = $(PLUGIN_LIBS)
metalearners_LTLIBRARIES += %D%/metalearners/ml3.la
plugins_metalearners_ml3_la_SOURCES = \
	%D%/metalearners/ml3/landscape.c \
	%D%/metalearners/ml3/landscape_picture.c \
	%D%/metalearners/ml3/meta_test.c \
	%D%/metalearners/ml3/ml3.c \
	%D%/metalearners/ml3/ml3.h \
	%D%/metalearners/ml3/outer.c \
	%D%/metalearners/ml3/pictures.c \
	%D%/metalearners/ml3/teacher.c \
	%D%/metalearners/ml3/teacher.h \
	%D%/metalearners/ml3/watch.c \
	$(few_shot_sources)
plugins_metalearners_ml3_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_metalearners_ml3_la_LIBADD = $(PLUGIN_LIBS)
metalearners_LTLIBRARIES += %D%/metalearners/ml3_policy.la
plugins_metalearners_ml3_policy_la_SOURCES = \
	%D%/metalearners/ml3/policy.c \
	%D%/metalearners/ml3/policy.h \
	%D%/metalearners/ml3/policy_crew.c \
	%D%/metalearners/ml3/policy_graph.c \
	%D%/metalearners/ml3/policy_pictures.c \
	%D%/metalearners/ml3/policy_test.c \
	%D%/metalearners/ml3/policy_world.c \
	%D%/metalearners/ml3/ppo.c \
	%D%/metalearners/ml3/teacher.c \
	%D%/metalearners/ml3/teacher.h \
	$(world_sources)
plugins_metalearners_ml3_policy_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_metalearners_ml3_policy_la_LIBADD = $(PLUGIN_LIBS)

metalearners_LTLIBRARIES += %D%/metalearners/reptile.la
plugins_metalearners_reptile_la_SOURCES = \
	%D%/metalearners/reptile/outer.c \
	%D%/metalearners/reptile/reptile.c \
	%D%/metalearners/reptile/reptile.h \
	$(few_shot_sources)
plugins_metalearners_reptile_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_metalearners_reptile_la_LIBADD = $(PLUGIN_LIBS)

# samplers
samplers_LTLIBRARIES += %D%/samplers/all_knn.la
plugins_samplers_all_knn_la_SOURCES = \
	%D%/samplers/all_knn.c \
	%D%/samplers/clean.c \
	%D%/samplers/clean.h \
	%D%/samplers/common.h
plugins_samplers_all_knn_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_all_knn_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/cnn.la
plugins_samplers_cnn_la_SOURCES = \
	%D%/samplers/clean.c \
	%D%/samplers/clean.h \
	%D%/samplers/cnn.c \
	%D%/samplers/common.h \
	%D%/samplers/seeds.c \
	%D%/samplers/seeds.h
plugins_samplers_cnn_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_cnn_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/enn.la
plugins_samplers_enn_la_SOURCES = \
	%D%/samplers/clean.c \
	%D%/samplers/clean.h \
	%D%/samplers/common.h \
	%D%/samplers/enn.c
plugins_samplers_enn_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_enn_la_LIBADD = $(PLUGIN_LIBS)
samplers_LTLIBRARIES += %D%/samplers/cascade.la
plugins_samplers_cascade_la_SOURCES = %D%/samplers/cascade.c
plugins_samplers_cascade_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_cascade_la_LIBADD = $(PLUGIN_LIBS)
samplers_LTLIBRARIES += %D%/samplers/cluster_centroids.la
plugins_samplers_cluster_centroids_la_SOURCES = \
	%D%/samplers/cluster_centroids.c
plugins_samplers_cluster_centroids_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_cluster_centroids_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/kmeans_smote.la
plugins_samplers_kmeans_smote_la_SOURCES = %D%/samplers/kmeans_smote.c \
	%D%/samplers/over.c \
	%D%/samplers/over.h
plugins_samplers_kmeans_smote_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_kmeans_smote_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/smoten.la
plugins_samplers_smoten_la_SOURCES = %D%/samplers/smoten.c \
	%D%/samplers/nominal.c \
	%D%/samplers/nominal.h \
	%D%/samplers/over.c \
	%D%/samplers/over.h
plugins_samplers_smoten_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_smoten_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/smotenc.la
plugins_samplers_smotenc_la_SOURCES = %D%/samplers/smotenc.c \
	%D%/samplers/nominal.c \
	%D%/samplers/nominal.h \
	%D%/samplers/over.c \
	%D%/samplers/over.h
plugins_samplers_smotenc_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_smotenc_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/adasyn.la
plugins_samplers_adasyn_la_SOURCES = %D%/samplers/adasyn.c \
	%D%/samplers/over.c \
	%D%/samplers/over.h
plugins_samplers_adasyn_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_adasyn_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/borderline_smote.la
plugins_samplers_borderline_smote_la_SOURCES = %D%/samplers/borderline_smote.c \
	%D%/samplers/over.c \
	%D%/samplers/over.h
plugins_samplers_borderline_smote_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_borderline_smote_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/g_smote.la
plugins_samplers_g_smote_la_SOURCES = %D%/samplers/g_smote.c \
	%D%/samplers/over.c \
	%D%/samplers/over.h
plugins_samplers_g_smote_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_g_smote_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/hardness.la
plugins_samplers_hardness_la_SOURCES = %D%/samplers/hardness.c
plugins_samplers_hardness_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_hardness_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/instance_hardness_threshold.la
plugins_samplers_instance_hardness_threshold_la_SOURCES = \
	%D%/samplers/common.h \
	%D%/samplers/instance_hardness_threshold.c
plugins_samplers_instance_hardness_threshold_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_instance_hardness_threshold_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/ncr.la
plugins_samplers_ncr_la_SOURCES = \
	%D%/samplers/clean.c \
	%D%/samplers/clean.h \
	%D%/samplers/common.h \
	%D%/samplers/ncr.c
plugins_samplers_ncr_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_ncr_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/near_miss.la
plugins_samplers_near_miss_la_SOURCES = \
	%D%/samplers/common.h \
	%D%/samplers/near_miss.c
plugins_samplers_near_miss_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_near_miss_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/oss.la
plugins_samplers_oss_la_SOURCES = \
	%D%/samplers/clean.c \
	%D%/samplers/clean.h \
	%D%/samplers/common.h \
	%D%/samplers/links.c \
	%D%/samplers/oss.c \
	%D%/samplers/seeds.c \
	%D%/samplers/seeds.h
plugins_samplers_oss_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_oss_la_LIBADD = $(PLUGIN_LIBS)
samplers_LTLIBRARIES += %D%/samplers/ramo.la
plugins_samplers_ramo_la_SOURCES = %D%/samplers/ramo.c \
	%D%/samplers/over.c \
	%D%/samplers/over.h
plugins_samplers_ramo_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_ramo_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/random_over.la
plugins_samplers_random_over_la_SOURCES = %D%/samplers/random_over.c
plugins_samplers_random_over_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_random_over_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/random_under.la
plugins_samplers_random_under_la_SOURCES = %D%/samplers/random_under.c
plugins_samplers_random_under_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_random_under_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/renn.la
plugins_samplers_renn_la_SOURCES = \
	%D%/samplers/clean.c \
	%D%/samplers/clean.h \
	%D%/samplers/common.h \
	%D%/samplers/renn.c
plugins_samplers_renn_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_renn_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/sac.la
plugins_samplers_sac_la_SOURCES = \
	%D%/samplers/sac/learner.c \
	%D%/samplers/sac/policy.c \
	%D%/samplers/sac/replay.c \
	%D%/samplers/sac/sac.c \
	%D%/samplers/sac/sac.h \
	%D%/samplers/sac/state.c \
	%D%/samplers/sac/store.c
plugins_samplers_sac_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_sac_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/tomek.la
plugins_samplers_tomek_la_SOURCES = \
	%D%/samplers/clean.c \
	%D%/samplers/clean.h \
	%D%/samplers/common.h \
	%D%/samplers/links.c \
	%D%/samplers/tomek.c
plugins_samplers_tomek_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_tomek_la_LIBADD = $(PLUGIN_LIBS)
samplers_LTLIBRARIES += %D%/samplers/self_paced.la
plugins_samplers_self_paced_la_SOURCES = %D%/samplers/self_paced.c
plugins_samplers_self_paced_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_self_paced_la_LIBADD = $(PLUGIN_LIBS)
samplers_LTLIBRARIES += %D%/samplers/smote.la
plugins_samplers_smote_la_SOURCES = %D%/samplers/smote.c \
	%D%/samplers/over.c \
	%D%/samplers/over.h
plugins_samplers_smote_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_smote_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/smote_enn.la
plugins_samplers_smote_enn_la_SOURCES = %D%/samplers/smote_enn.c \
	%D%/samplers/combine.c \
	%D%/samplers/combine.h
plugins_samplers_smote_enn_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_smote_enn_la_LIBADD = $(PLUGIN_LIBS)

samplers_LTLIBRARIES += %D%/samplers/smote_tomek.la
plugins_samplers_smote_tomek_la_SOURCES = %D%/samplers/smote_tomek.c \
	%D%/samplers/combine.c \
	%D%/samplers/combine.h
plugins_samplers_smote_tomek_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_smote_tomek_la_LIBADD = $(PLUGIN_LIBS)

if HAVE_LIBSVM
samplers_LTLIBRARIES += %D%/samplers/svm_smote.la
plugins_samplers_svm_smote_la_SOURCES = %D%/samplers/svm_smote.c \
	%D%/samplers/over.c \
	%D%/samplers/over.h
plugins_samplers_svm_smote_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_samplers_svm_smote_la_LIBADD = $(PLUGIN_LIBS) $(LIBSVM_LIBS)
endif

# sources
# What the sources of text share.
text_sources = \
	%D%/sources/csv/classes.c \
	%D%/sources/csv/csv.h \
	%D%/sources/csv/field.c \
	%D%/sources/csv/input.c \
	%D%/sources/csv/words.c \
	%D%/sources/text/lines.c \
	%D%/sources/text/lines.h \
	%D%/sources/text/paths.c \
	%D%/sources/text/paths.h

sources_LTLIBRARIES += %D%/sources/arff.la
plugins_sources_arff_la_SOURCES = $(text_sources) \
	%D%/sources/arff/arff.c \
	%D%/sources/arff/arff.h \
	%D%/sources/arff/head.c \
	%D%/sources/arff/roles.c \
	%D%/sources/arff/rows.c \
	%D%/sources/arff/text.c
plugins_sources_arff_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_sources_arff_la_LIBADD = $(PLUGIN_LIBS)

sources_LTLIBRARIES += %D%/sources/checkerboard.la
plugins_sources_checkerboard_la_SOURCES = %D%/sources/checkerboard.c
plugins_sources_checkerboard_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_sources_checkerboard_la_LIBADD = $(PLUGIN_LIBS)

sources_LTLIBRARIES += %D%/sources/classification.la
plugins_sources_classification_la_SOURCES = %D%/sources/classification.c
plugins_sources_classification_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_sources_classification_la_LIBADD = $(PLUGIN_LIBS)

sources_LTLIBRARIES += %D%/sources/csv.la
plugins_sources_csv_la_SOURCES = \
	%D%/sources/csv/block.c \
	%D%/sources/csv/categories.c \
	%D%/sources/csv/classes.c \
	%D%/sources/csv/columns.c \
	%D%/sources/csv/csv.c \
	%D%/sources/csv/csv.h \
	%D%/sources/csv/field.c \
	%D%/sources/csv/head.c \
	%D%/sources/csv/input.c \
	%D%/sources/csv/labels.c \
	%D%/sources/csv/rows.c \
	%D%/sources/csv/scan.c \
	%D%/sources/csv/stream.c \
	%D%/sources/csv/words.c \
	%D%/sources/text/paths.c \
	%D%/sources/text/paths.h
plugins_sources_csv_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_sources_csv_la_LIBADD = $(PLUGIN_LIBS)

sources_LTLIBRARIES += %D%/sources/few_shot_classes.la
plugins_sources_few_shot_classes_la_SOURCES = \
	%D%/sources/few_shot_classes.c \
	%D%/sources/task_table.c \
	%D%/sources/task_table.h \
	%D%/sources/tasks.h
plugins_sources_few_shot_classes_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_sources_few_shot_classes_la_LIBADD = $(PLUGIN_LIBS)

sources_LTLIBRARIES += %D%/sources/harmonic.la
plugins_sources_harmonic_la_SOURCES = %D%/sources/harmonic.c \
	%D%/sources/tasks.h
plugins_sources_harmonic_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_sources_harmonic_la_LIBADD = $(PLUGIN_LIBS)

sources_LTLIBRARIES += %D%/sources/imbalanced_rows.la
plugins_sources_imbalanced_rows_la_SOURCES = \
	%D%/sources/imbalanced_rows.c \
	%D%/sources/task_table.c \
	%D%/sources/task_table.h \
	%D%/sources/tasks.h
plugins_sources_imbalanced_rows_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_sources_imbalanced_rows_la_LIBADD = $(PLUGIN_LIBS)

sources_LTLIBRARIES += %D%/sources/imbalanced_tasks.la
plugins_sources_imbalanced_tasks_la_SOURCES = \
	%D%/sources/imbalanced_tasks.c \
	%D%/sources/tasks.h
plugins_sources_imbalanced_tasks_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_sources_imbalanced_tasks_la_LIBADD = $(PLUGIN_LIBS)

sources_LTLIBRARIES += %D%/sources/libsvm.la
plugins_sources_libsvm_la_SOURCES = $(text_sources) \
	%D%/sources/libsvm.c
plugins_sources_libsvm_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_sources_libsvm_la_LIBADD = $(PLUGIN_LIBS)

sources_LTLIBRARIES += %D%/sources/linear.la
plugins_sources_linear_la_SOURCES = %D%/sources/linear.c \
	%D%/sources/tasks.h
plugins_sources_linear_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_sources_linear_la_LIBADD = $(PLUGIN_LIBS)

sources_LTLIBRARIES += %D%/sources/moons.la
plugins_sources_moons_la_SOURCES = %D%/sources/moons.c
plugins_sources_moons_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_sources_moons_la_LIBADD = $(PLUGIN_LIBS)

sources_LTLIBRARIES += %D%/sources/npy.la
plugins_sources_npy_la_SOURCES = $(text_sources) \
	%D%/sources/npy/array.c \
	%D%/sources/npy/array.h \
	%D%/sources/npy/npy.c
plugins_sources_npy_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_sources_npy_la_LIBADD = $(PLUGIN_LIBS)

sources_LTLIBRARIES += %D%/sources/sinusoid.la
plugins_sources_sinusoid_la_SOURCES = %D%/sources/sinusoid.c \
	%D%/sources/tasks.h
plugins_sources_sinusoid_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_sources_sinusoid_la_LIBADD = $(PLUGIN_LIBS)

sources_LTLIBRARIES += %D%/sources/tabular_tasks.la
plugins_sources_tabular_tasks_la_SOURCES = \
	%D%/sources/tabular_tasks.c \
	%D%/sources/task_table.c \
	%D%/sources/task_table.h \
	%D%/sources/tasks.h
plugins_sources_tabular_tasks_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_sources_tabular_tasks_la_LIBADD = $(PLUGIN_LIBS)

# transforms
transforms_LTLIBRARIES += %D%/transforms/chain.la
plugins_transforms_chain_la_SOURCES = %D%/transforms/chain.c
plugins_transforms_chain_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_transforms_chain_la_LIBADD = $(PLUGIN_LIBS)

transforms_LTLIBRARIES += %D%/transforms/impute.la
plugins_transforms_impute_la_SOURCES = %D%/transforms/impute.c
plugins_transforms_impute_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_transforms_impute_la_LIBADD = $(PLUGIN_LIBS)

transforms_LTLIBRARIES += %D%/transforms/minmax.la
plugins_transforms_minmax_la_SOURCES = %D%/transforms/minmax.c
plugins_transforms_minmax_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_transforms_minmax_la_LIBADD = $(PLUGIN_LIBS)

transforms_LTLIBRARIES += %D%/transforms/onehot.la
plugins_transforms_onehot_la_SOURCES = \
	%D%/transforms/onehot/export.c \
	%D%/transforms/onehot/file.c \
	%D%/transforms/onehot/fit.c \
	%D%/transforms/onehot/onehot.c \
	%D%/transforms/onehot/onehot.h
plugins_transforms_onehot_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_transforms_onehot_la_LIBADD = $(PLUGIN_LIBS)

transforms_LTLIBRARIES += %D%/transforms/standard.la
plugins_transforms_standard_la_SOURCES = %D%/transforms/standard.c
plugins_transforms_standard_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_transforms_standard_la_LIBADD = $(PLUGIN_LIBS)

PLUGINS = $(acquisitions_LTLIBRARIES) $(environments_LTLIBRARIES) \
	$(learners_LTLIBRARIES) $(losses_LTLIBRARIES) \
	$(metalearners_LTLIBRARIES) $(samplers_LTLIBRARIES) \
	$(sources_LTLIBRARIES) $(transforms_LTLIBRARIES)

# libtool's .la files serve nobody in a folder of plugins.
install-data-hook:
	for d in acquisitions environments learners losses metalearners samplers \
	    sources transforms; do \
		rm -f "$(DESTDIR)$(pkglibdir)/$$d"/*.la; \
	done

uninstall-hook:
	for d in acquisitions environments learners losses metalearners samplers \
	    sources transforms; do \
		rm -f "$(DESTDIR)$(pkglibdir)/$$d"/*.so; \
		rmdir "$(DESTDIR)$(pkglibdir)/$$d" 2>/dev/null || :; \
	done
	rmdir "$(DESTDIR)$(pkglibdir)" 2>/dev/null || :
