/* SPDX-License-Identifier: MIT */
/* code.c - Code that is bytecode or an ELF object, and sections that are compressed: each has a status of its own. */
#include "image/view.h"

enum smf_status smf_image_magic(struct smf_image *image, size_t offset, uint32_t *magic, struct smf_diagnosis *why)
{
    const uint8_t *at;
    *magic = 0;
    if (!smf_within(offset, 4, image->size))
        return SMF_OK;
    const enum smf_status status = smf_window_get(&image->records, offset, 4, &at, why);
    if (status == SMF_OK)
        *magic = smf_get32(at);
    return status;
}

enum smf_status smf_image_prove_code(struct smf_image *image, struct smf_diagnosis *why)
{
    const struct smf_header *header = &image->header;
    if (header->layout == SMF_LAYOUT_R72 && (header->flags & SMF_FLAG_R72_COMPRESSED) != 0)
        return smf_fail(why, SMF_DETAIL_COMPRESSED_FILE, header->position + SMF_H_FLAGS, header->flags, 0);
    for (uint32_t i = 0; i < header->section_count; i++) {
        const struct smf_section *section = &image->sections[i];
        enum smf_detail detail = SMF_DETAIL_NONE;
        uint32_t value = 0;
        if ((section->flags & SMF_SECTION_COMPRESSED) != 0 &&
            (is_loaded(section->type) || section->type == SMF_SECTION_RELOC)) {
            detail = SMF_DETAIL_COMPRESSED_SECTION;
            value = header->compression;
        } else if (section->type == SMF_SECTION_CODE && section->size >= 4) {
            uint32_t magic;
            const enum smf_status status = smf_image_magic(image, section->offset, &magic, why);
            if (status != SMF_OK)
                return status;
            detail = magic == SMF_BYTECODE_MAGIC ? SMF_DETAIL_BYTECODE
                     : magic == SMF_ELF_MAGIC    ? SMF_DETAIL_EMBEDDED_ELF
                                                 : SMF_DETAIL_NONE;
            value = magic;
        }
        if (detail != SMF_DETAIL_NONE) {
            why->index = i;
            smf_fail_name(why, section->name, sizeof section->name - 1);
            return smf_fail(why, detail, section->offset, value, 0);
        }
    }
    return SMF_OK;
}
