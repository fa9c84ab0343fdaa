/* SPDX-License-Identifier: MIT */
/*
 * carried.h - modules that a test's program carries: made by smf_add_module(), embedded by smf_embed(), so that the same
 * test runs on boards. CMakeLists.txt defines SMF_TEST_CARRIED: MODULE(name) for each.
 */
#ifndef SMF_TESTS_CARRIED_H
#define SMF_TESTS_CARRIED_H

#include <stdint.h>
#include <string.h>

#include "smf/source.h"

#define MODULE(name) extern const uint8_t name##_carried[], name##_carried_end[];
SMF_TEST_CARRIED
#undef MODULE

/* The module's file; without bytes if there is none of this name. Stays as long as the program. */
static inline struct smf_source carried(const char *name)
{
    static const struct {
        const char *name;
        const uint8_t *bytes, *end;
    } files[] = {
#define MODULE(name) {#name, name##_carried, name##_carried_end},
        SMF_TEST_CARRIED
#undef MODULE
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (strcmp(files[i].name, name) == 0)
            return smf_source_memory(files[i].bytes, (size_t)(files[i].end - files[i].bytes), SMF_STAYS_FOR_MODULE);
    return smf_source_memory(NULL, 0, SMF_STAYS_FOR_MODULE);
}

#endif
