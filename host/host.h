/* SPDX-License-Identifier: MIT */
/* host.h - private to host: what its files have to do with each other. */
#ifndef SMF_HOST_PRIVATE_H
#define SMF_HOST_PRIVATE_H

#include "smf/host.h"

/* Make a module's .eh_frame known to the unwinder; NULL if it has none or nothing here can throw. */
const void *smf_frames_register(const struct smf_module *module, const struct smf_source *source);
void smf_frames_unregister(const void *frames);

#endif
