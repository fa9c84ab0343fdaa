/* SPDX-License-Identifier: MIT */
/* port.c - board_port() over PMP, with regions of any size: the virt machine has 16 entries. */
#include "board.h"
#include "smf/port_pmp.h"

enum { REGIONS = 32 }; /* of each kind */

const struct smf_port *board_port(void)
{
    static struct smf_pmp pmp;
    static struct smf_pool_block blocks[3][REGIONS];
    static struct smf_pmp_record records[3 * REGIONS];
    static const struct smf_port *port;
    const struct smf_pmp_config config = {
        .code = {smf_code_start,   (size_t)(smf_code_end - smf_code_start),     blocks[0], REGIONS},
        .rodata = {smf_rodata_start, (size_t)(smf_rodata_end - smf_rodata_start), blocks[1], REGIONS},
        .data = {smf_data_start,   (size_t)(smf_data_end - smf_data_start),     blocks[2], REGIONS},
        .records = records,
        .record_max = 3 * REGIONS,
    };
    if (port == NULL && smf_pmp_start(&pmp, &config, &port, NULL) != SMF_OK)
        return NULL;
    return port;
}
