/* SPDX-License-Identifier: MIT */
/* replay_golden.c - replay.c where there are no files: the golden ones, out of the program. */
#include <stdint.h>

#include "harness/tap.h"
#include "support/golden.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void golden_files_in_all_surroundings(void)
{
    static uint8_t bytes[1 << 12];
    size_t count = 0;
    for (const char *name; (name = golden_name(count)) != NULL; count++) {
        const size_t size = golden_read(name, bytes, sizeof bytes - 1);
        CHECK(size > 0);
        for (unsigned choice = 0; choice < 16; choice++) {
            bytes[size] = (uint8_t)choice;
            LLVMFuzzerTestOneInput(bytes, size + 1);
        }
    }
    CHECK(count > 0);
}

static const struct tap_case cases[] = {
    {"golden_files_in_all_surroundings", golden_files_in_all_surroundings},
};
TAP_MAIN(cases)
