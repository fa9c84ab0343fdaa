/* SPDX-License-Identifier: MIT */
/* pages_port.c - board_port() on boards with page tables: port/baremetal over the linker script's three pools. */
#include "board.h"
#include "board_pages.h"
#include "smf/port_baremetal.h"

enum { BLOCKS = 64 };
static struct smf_pool_block blocks[3][BLOCKS];

static struct smf_baremetal_memory memory(uint8_t *start, const uint8_t *end, struct smf_pool_block *books)
{
    return (struct smf_baremetal_memory){.bytes = start,
                                         .size = (size_t)(end - start),
                                         .entries = board_page(start),
                                         .physical = (uintptr_t)start,
                                         .blocks = books,
                                         .block_max = BLOCKS};
}

const struct smf_port *board_port(void)
{
    static struct smf_baremetal baremetal;
    static const struct smf_port *port;
    const struct smf_baremetal_config config = {.code = memory(smf_code_start, smf_code_end, blocks[0]),
                                                .rodata = memory(smf_rodata_start, smf_rodata_end, blocks[1]),
                                                .data = memory(smf_data_start, smf_data_end, blocks[2])};
    if (port == NULL && smf_baremetal_start(&baremetal, &config, &port, NULL) != SMF_OK)
        port = NULL;
    return port;
}
