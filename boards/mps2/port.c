/* SPDX-License-Identifier: MIT */
/* port.c - board_port() over the MPU. Nothing but sealed modules and the firmware's own flash executes. */
#include "board.h"
#include "mps2.h"
#include "mps2/mps2_start.h"
#include "smf/port_mpu.h"

enum { REGIONS = 32 }; /* of each kind */

/* The port's handlers in the board's vector table; what is not theirs goes on to the board's own. */
void SVC_Handler(void) __attribute__((alias("svc")));
void HardFault_Handler(void) __attribute__((alias("fault")));
void MemManage_Handler(void) __attribute__((alias("fault")));
void BusFault_Handler(void) __attribute__((alias("fault")));
void UsageFault_Handler(void) __attribute__((alias("fault")));
static __attribute__((naked)) void svc(void) { __asm__ volatile("b smf_mpu_svc_handler"); }
static __attribute__((naked)) void fault(void) { __asm__ volatile("b smf_mpu_fault_handler"); }

/* A test that provokes faults of its own defines this one. */
void board_fault(void);
__attribute__((weak)) void board_fault(void) { mps2_unexpected(); }

const struct smf_port *board_port(void)
{
    static struct smf_mpu mpu;
    static struct smf_pool_block blocks[3][REGIONS];
    static struct smf_mpu_record records[3 * REGIONS];
    static const struct smf_port *port;
    const struct smf_mpu_config config = {
        .code = {smf_code_start,   (size_t)(smf_code_end - smf_code_start),     blocks[0], REGIONS},
        .rodata = {smf_rodata_start, (size_t)(smf_rodata_end - smf_rodata_start), blocks[1], REGIONS},
        .data = {smf_data_start,   (size_t)(smf_data_end - smf_data_start),     blocks[2], REGIONS},
        .records = records,
        .record_max = 3 * REGIONS,
        .ram = MPS2_RAM,
        .ram_size = MPS2_RAM_SIZE,
        .other_fault = board_fault,
    };
    if (port == NULL && smf_mpu_start(&mpu, &config, &port, NULL) != SMF_OK)
        return NULL;
    return port;
}
