/* SPDX-License-Identifier: MIT */
/* mesa/mesa.h - everything a plugin may use. */
#ifndef MESA_MESA_H
#define MESA_MESA_H

#include <mesa/acquisition.h>
#include <mesa/acting.h>
#include <mesa/archive.h>
#include <mesa/bagging.h>
#include <mesa/base.h>
#include <mesa/boosting.h>
#include <mesa/bundle.h>
#include <mesa/cluster.h>
#include <mesa/component.h>
#include <mesa/data.h>
#include <mesa/ensemble.h>
#include <mesa/environment.h>
#include <mesa/estimator.h>
#include <mesa/fitting.h>
#include <mesa/graph.h>
#include <mesa/hardness.h>
#include <mesa/host.h>
#include <mesa/layers.h>
#include <mesa/loss.h>
#include <mesa/memory.h>
#include <mesa/metalearner.h>
#include <mesa/metrics.h>
#include <mesa/neighbors.h>
#include <mesa/number.h>
#include <mesa/onnx.h>
#include <mesa/ops.h>
#include <mesa/optimizer.h>
#include <mesa/parallel.h>
#include <mesa/param.h>
#include <mesa/pipeline.h>
#include <mesa/plot.h>
#include <mesa/plugin.h>
#include <mesa/random.h>
#include <mesa/ranks.h>
#include <mesa/report.h>
#include <mesa/sample.h>
#include <mesa/sampler.h>
#include <mesa/source.h>
#include <mesa/status.h>
#include <mesa/strategy.h>
#include <mesa/task.h>
#include <mesa/transform.h>
#include <mesa/trial.h>
#include <mesa/vmath.h>
#include <mesa/weights.h>

#endif
