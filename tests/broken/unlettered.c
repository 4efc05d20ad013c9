/* SPDX-License-Identifier: MIT */
/* unlettered - leaves all rows to be fitted on, also those without a label. */
#include "asker.h"

static mesa_status
unlettered_finish(void *self, const struct mesa_host *host,
                  struct mesa_error *err)
{
    (void)err;
    mesa_host_train_on(host, ((struct asker *)self)->data);
    return MESA_OK;
}

FAULTY_ASKER(unlettered, .finish = unlettered_finish);
