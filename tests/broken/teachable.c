/* SPDX-License-Identifier: MIT */
/* teachable - a model for metalearners: it keeps its promises without fit. */
#include "learner.h"
#include "loss.h"

FAULTY_LEARNER(teachable, .fit = NULL, .predict_proba = NULL,
               .parameters = linear_parameters, .forward = linear_forward);
