/* SPDX-License-Identifier: MIT */
/* freertos.h - what the files of the adapter share. */
#ifndef SMF_PORT_FREERTOS_H
#define SMF_PORT_FREERTOS_H

#include "smf/freertos.h"

/* The kernel's Armv8-M ports have regions with base and limit, those of Armv7-M powers of two. */
#if defined(__ARM_ARCH_8M_MAIN__) || defined(__ARM_ARCH_8_1M_MAIN__) || defined(__ARM_ARCH_8M_BASE__)
#define SMF_FREERTOS_V8M 1
#else
#define SMF_FREERTOS_V8M 0
#endif

/* Have MemManage, BusFault and UsageFault taken as such, at a priority that may call the kernel. */
void smf_freertos_start_faults(void);

/* Decides on an SVC of a restricted task: its number and the address behind the instruction. */
bool smf_freertos_svc_allowed(uint32_t number, uintptr_t behind);

#endif
