/* SPDX-License-Identifier: MIT */
/* port.c - what a region costs, from a port's facts alone: so that smf_measure() can say it without reserving. */
#include "smf/port.h"
#include "base/bytes.h"

/* The smallest power of two that holds `size` and is at least `least`; 0 if there is none. */
static size_t power_above(size_t size, size_t least)
{
    size_t power = least;
    while (power < size && power != 0)
        power <<= 1;
    return power;
}

size_t smf_port_footprint(const struct smf_port *port, size_t size)
{
    size_t unit = port->granule > 1 ? port->granule : 1;
    if (port->power_of_two) {
        const size_t whole = power_above(size, unit);
        if (whole == 0)
            return SIZE_MAX;
        size_t part = whole; /* halved, not divided: small machines have no instruction for that */
        for (unsigned parts = port->parts; parts > 1; parts >>= 1)
            part >>= 1;
        unit = part > unit ? part : unit; /* regions at the lower limit have no parts */
    }
    return size > SIZE_MAX - (unit - 1) ? SIZE_MAX : (size + unit - 1) & ~(unit - 1);
}
