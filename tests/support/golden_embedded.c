/* SPDX-License-Identifier: MIT */
/* golden_embedded.c - golden.h where there are none: SMF_TEST_GOLDEN lists what the program carries. */
#include <stdint.h>
#include <string.h>

#include "support/golden.h"

#define GOLDEN(symbol, name) extern const uint8_t symbol[], symbol##_end[];
SMF_TEST_GOLDEN
#undef GOLDEN

static const struct {
    const char *name;
    const uint8_t *bytes, *end;
} files[] = {
#define GOLDEN(symbol, name) {name, symbol, symbol##_end},
    SMF_TEST_GOLDEN
#undef GOLDEN
};

const char *golden_name(size_t index) { return index < sizeof files / sizeof files[0] ? files[index].name : NULL; }

size_t golden_read(const char *name, void *bytes, size_t room)
{
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const size_t size = (size_t)(files[i].end - files[i].bytes);
        if (strcmp(files[i].name, name) != 0 || size > room)
            continue;
        memcpy(bytes, files[i].bytes, size);
        return size;
    }
    return 0;
}
