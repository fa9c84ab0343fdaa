/* SPDX-License-Identifier: MIT */
/* mpu_cortexm.c - the registers of the MPU (Armv7-M ARM B3.5.3, Armv8-M ARM "MPU register summary"). */
#include "mpu.h"

#define MPU_TYPE (*(const volatile uint32_t *)0xE000ED90u)
#define MPU_CTRL (*(volatile uint32_t *)0xE000ED94u)
#define MPU_RNR (*(volatile uint32_t *)0xE000ED98u)
#define MPU_RBAR (*(volatile uint32_t *)0xE000ED9Cu)
#define MPU_RASR (*(volatile uint32_t *)0xE000EDA0u) /* PMSAv8: RLAR; bit 0 enables in both */
#define MPU_MAIR0 (*(volatile uint32_t *)0xE000EDC0u)
#define SHCSR (*(volatile uint32_t *)0xE000ED24u)
#define CTRL_ON 5u                      /* ENABLE, PRIVDEFENA: privileged code has the background map */
#define SHCSR_FAULTS_ENABLED (7u << 16) /* MemManage, BusFault, UsageFault as such */

#if defined(__ARM_ARCH_8M_MAIN__) || defined(__ARM_ARCH_8_1M_MAIN__)
const struct smf_mpu_unit *smf_mpu_unit(void) { return &smf_mpu_pmsav8; }
static void set_attributes(void) { MPU_MAIR0 = 0xff; /* attribute 0: normal memory, write-back */ }
#else
const struct smf_mpu_unit *smf_mpu_unit(void) { return &smf_mpu_pmsav7; }
static void set_attributes(void) { (void)&MPU_MAIR0; /* in the region itself */ }
#endif

unsigned smf_mpu_count(void) { return MPU_TYPE >> 8 & 0xff; }

uint32_t smf_mpu_mask(void)
{
    uint32_t before;
    __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(before) : : "memory");
    return before;
}

void smf_mpu_unmask(uint32_t before) { __asm__ volatile("msr primask, %0" : : "r"(before) : "memory"); }

void smf_mpu_set(unsigned number, const struct smf_mpu_entry *entry)
{
    MPU_RNR = number;
    MPU_RASR = 0; /* never half of one and half of the other */
    if (entry == NULL)
        return;
    MPU_RBAR = entry->base;
    MPU_RASR = entry->attributes;
}

static bool known;       /* what is on; else whoever was before may have left anything */
static unsigned enabled; /* regions that the last write left on                        */

void smf_mpu_write(const struct smf_mpu_entry *entries, size_t count)
{
    const uint32_t before = smf_mpu_mask();
    if (!known) {
        known = true;
        enabled = smf_mpu_count();
        set_attributes();
        SHCSR |= SHCSR_FAULTS_ENABLED;
    }
    __asm__ volatile("dmb" : : : "memory");
    MPU_CTRL = 0; /* while it is off no region can be half of one and half of the other */
    for (unsigned i = 0; i < count; i++) {
        MPU_RNR = i;
        MPU_RBAR = entries[i].base;
        MPU_RASR = entries[i].attributes;
    }
    for (unsigned i = (unsigned)count; i < enabled; i++)
        smf_mpu_set(i, NULL);
    enabled = (unsigned)count;
    MPU_CTRL = CTRL_ON;
    __asm__ volatile("dsb\n\tisb" : : : "memory"); /* B3.5: in force for the next instruction */
    smf_mpu_unmask(before);
}

void smf_mpu_off(void)
{
    const uint32_t before = smf_mpu_mask();
    __asm__ volatile("dmb" : : : "memory");
    MPU_CTRL = 0;
    known = false;
    __asm__ volatile("dsb\n\tisb" : : : "memory");
    smf_mpu_unmask(before);
}
