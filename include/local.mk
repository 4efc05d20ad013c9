# SPDX-License-Identifier: MIT
mesaincludedir = $(includedir)/mesa
mesainclude_HEADERS = \
	%D%/mesa/acquisition.h \
	%D%/mesa/acting.h \
	%D%/mesa/archive.h \
	%D%/mesa/bagging.h \
	%D%/mesa/base.h \
	%D%/mesa/boosting.h \
	%D%/mesa/bundle.h \
	%D%/mesa/cluster.h \
	%D%/mesa/component.h \
	%D%/mesa/data.h \
	%D%/mesa/ensemble.h \
	%D%/mesa/environment.h \
	%D%/mesa/estimator.h \
	%D%/mesa/fitting.h \
	%D%/mesa/graph.h \
	%D%/mesa/hardness.h \
	%D%/mesa/host.h \
	%D%/mesa/layers.h \
	%D%/mesa/loss.h \
	%D%/mesa/memory.h \
	%D%/mesa/mesa.h \
	%D%/mesa/metalearner.h \
	%D%/mesa/metrics.h \
	%D%/mesa/neighbors.h \
	%D%/mesa/number.h \
	%D%/mesa/onnx.h \
	%D%/mesa/ops.h \
	%D%/mesa/optimizer.h \
	%D%/mesa/parallel.h \
	%D%/mesa/param.h \
	%D%/mesa/pipeline.h \
	%D%/mesa/plugin.h \
	%D%/mesa/random.h \
	%D%/mesa/ranks.h \
	%D%/mesa/report.h \
	%D%/mesa/sample.h \
	%D%/mesa/sampler.h \
	%D%/mesa/source.h \
	%D%/mesa/status.h \
	%D%/mesa/strategy.h \
	%D%/mesa/task.h \
	%D%/mesa/transform.h \
	%D%/mesa/trial.h \
	%D%/mesa/vmath.h \
	%D%/mesa/weights.h
