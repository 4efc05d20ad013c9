/* SPDX-License-Identifier: MIT */
/* inquiring - a metalearner that asks for labels and breaks nothing. */
#include "asker.h"

FAULTY_ASKER(inquiring, .head.title = "Asks for the first rows of all");
