/* SPDX-License-Identifier: MIT */
/* interface.c - the interface hash of a file that is looked at: over its exports, as smf/interface.h has it. */
#include "smf/interface.h"

#include <string.h>

#include "command.h"

enum smf_status smf_command_interface(struct smf_image *image, uint64_t *hash, struct smf_diagnosis *why)
{
    static char buffer[SMF_NAME_MAX + 1];
    struct smf_symbol symbol;
    const char *name;
    size_t length;
    uint64_t sum = 0;
    const uint32_t count = image->header.symbol_count;
    for (uint32_t i = count - image->header.exported_count; i < count; i++) {
        enum smf_status status = smf_image_symbol(image, i, &symbol, why);
        if (status == SMF_OK)
            status = smf_image_name(image, symbol.name, buffer, sizeof buffer, &name, &length, why);
        if (status != SMF_OK)
            return status;
        sum = smf_interface_add(sum, name, symbol.type == SMF_SYMBOL_FUNCTION ? SMF_KIND_FUNCTION : SMF_KIND_DATA);
    }
    *hash = smf_interface_end(sum);
    return SMF_OK;
}
