/* SPDX-License-Identifier: MIT */
/*
 * FreeRTOS.h - as much of the kernel's interface as the adapter in port/rtos-mpu/freertos uses, declared by us, so
 * that the suite can compile and run it without the kernel. Names and types are the kernel's; everything else is not.
 */
#ifndef SMF_TESTS_FREERTOS_H
#define SMF_TESTS_FREERTOS_H

#include <stddef.h>
#include <stdint.h>

typedef long BaseType_t;
typedef unsigned long UBaseType_t;
typedef uint32_t TickType_t, StackType_t;
typedef struct test_task *TaskHandle_t;
typedef struct test_mutex *SemaphoreHandle_t;

#define pdTRUE 1
#define pdFALSE 0
#define portMAX_DELAY 0xffffffffu
#define PRIVILEGED_FUNCTION __attribute__((section("privileged_functions")))
#define PRIVILEGED_DATA __attribute__((section("privileged_data")))

#if defined(__ARM_ARCH_8M_MAIN__)
#define portNUM_CONFIGURABLE_REGIONS 11
typedef struct {
    uint32_t ulMAIR0;
    struct {
        uint32_t ulRBAR, ulRLAR;
    } xRegionsSettings[portNUM_CONFIGURABLE_REGIONS + 1];
} xMPU_SETTINGS;
#else
#define portNUM_CONFIGURABLE_REGIONS 3
#define portGENERAL_PERIPHERALS_REGION 4
#define portMPU_REGION_READ_WRITE (3u << 24)
#define portMPU_REGION_READ_ONLY (6u << 24)
#define portMPU_REGION_CACHEABLE_BUFFERABLE (7u << 16)
#define portMPU_REGION_EXECUTE_NEVER (1u << 28)
typedef struct {
    struct {
        uint32_t ulRegionBaseAddress, ulRegionAttribute;
    } xRegion[portNUM_CONFIGURABLE_REGIONS + 1];
} xMPU_SETTINGS;
#endif

void test_yield(BaseType_t wanted);
#define portYIELD_FROM_ISR(wanted) test_yield(wanted)

#endif
