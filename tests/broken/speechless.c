/* SPDX-License-Identifier: MIT */
/* speechless - opens a stream and gives no rows of it. */
#include "source.h"


FAULTY_SOURCE(speechless, .next = NULL);
