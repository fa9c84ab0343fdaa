/* SPDX-License-Identifier: MIT */
/* task.h - see FreeRTOS.h. */
#ifndef SMF_TESTS_FREERTOS_TASK_H
#define SMF_TESTS_FREERTOS_TASK_H

#include "FreeRTOS.h"

#define tskMPU_REGION_READ_ONLY 1u
#define tskMPU_REGION_READ_WRITE 2u
#define tskMPU_REGION_EXECUTE_NEVER 4u

typedef struct {
    void *pvBaseAddress;
    uint32_t ulLengthInBytes, ulParameters;
} MemoryRegion_t;

void test_critical(int enter);
#define taskENTER_CRITICAL() test_critical(1)
#define taskEXIT_CRITICAL() test_critical(0)

xMPU_SETTINGS *xTaskGetMPUSettings(TaskHandle_t task);
void vTaskNotifyGiveFromISR(TaskHandle_t task, BaseType_t *woken);
uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks);

#endif
