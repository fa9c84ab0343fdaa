/* SPDX-License-Identifier: MIT */
/* ports.c - where the regions of the three columns come from. */
#include "bench.h"
#include "smf/port_posix.h"

enum { POOL_SIZE = 64 << 20 };

/* A warm pool, started when it is first asked for; it lives as long as the program. */
static const struct smf_port *pool(bool sealed)
{
    static struct smf_posix_pool pools[2];
    static const struct smf_port *ports[2];
    if (ports[sealed] == NULL)
        ports[sealed] = smf_port_posix_pool_start(&pools[sealed], POOL_SIZE,
                                                  sealed ? SMF_POSIX_POOL_SEALED : SMF_POSIX_POOL_ALWAYS_RWX);
    if (ports[sealed] == NULL)
        measure_fail("pool", "no memory");
    return ports[sealed];
}

const struct smf_port *bench_port(enum bench_column column)
{
    return column == BENCH_FRESH ? smf_port_posix() : pool(column == BENCH_SEALED);
}
