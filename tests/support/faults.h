/* SPDX-License-Identifier: MIT */
/* faults.h - provoke a fault of memory protection in this process and go on: signals or vectored exceptions. */
#ifndef SMF_TESTS_FAULTS_H
#define SMF_TESTS_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

enum access_kind { ACCESS_READ, ACCESS_WRITE, ACCESS_EXECUTE };

/* Is this access refused by the machine, at this address? A call that is not refused must return. */
bool access_faults(enum access_kind kind, uintptr_t address);

#endif
