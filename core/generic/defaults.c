/* SPDX-License-Identifier: MIT */
/* defaults.c - what an instantiator does unless it is told otherwise. */
#include "smf/instantiator.h"

struct smf_instantiator_config smf_instantiator_defaults(void)
{
    return (struct smf_instantiator_config){.enabled = true, .update_notes = true, .max_depth = SMF_INSTANTIATOR_DEPTH};
}
