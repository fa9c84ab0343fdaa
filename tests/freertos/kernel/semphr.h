/* SPDX-License-Identifier: MIT */
/* semphr.h - see FreeRTOS.h. */
#ifndef SMF_TESTS_FREERTOS_SEMPHR_H
#define SMF_TESTS_FREERTOS_SEMPHR_H

#include "FreeRTOS.h"

BaseType_t xSemaphoreTakeRecursive(SemaphoreHandle_t mutex, TickType_t ticks);
BaseType_t xSemaphoreGiveRecursive(SemaphoreHandle_t mutex);

#endif
