/* SPDX-License-Identifier: MIT */
/* system/region.h - private to core/system: a port's mistake is found here, and not by the code that runs there. */
#ifndef SMF_SYSTEM_REGION_H
#define SMF_SYSTEM_REGION_H

#include "smf/port.h"

static inline bool smf_region_is_as_asked(const struct smf_region *region, const struct smf_region_request *request)
{
    return region->bytes != NULL && region->address != 0 && region->size == request->size &&
           region->size - 1 <= UINTPTR_MAX - region->address && (region->address & (request->alignment - 1)) == 0 &&
           (request->highest == 0 || region->address + (region->size - 1) <= request->highest);
}

/* A port that can be asked for regions at all. */
static inline bool smf_port_is_complete(const struct smf_port *port)
{
    return port != NULL && port->reserve != NULL && port->release != NULL && port->protect != NULL;
}

#endif
