/* SPDX-License-Identifier: MIT */
/* codec.c - contents of compressed sections: for the loader (image/codec.h), and for who wants single ones. */
#include "image/codec.h"

#include "image/view.h"

/* The codec with this number in a list that ends in NULL. */
static const struct smf_codec *find(const struct smf_codec *const *codecs, unsigned number)
{
    if (codecs == NULL)
        return NULL;
    while (*codecs != NULL && (*codecs)->number != number)
        codecs++;
    return *codecs;
}

/* Links and settled records are of Reloc sections, which are not compressed: the others have room for 64 bits there. */
static size_t stored_size(const struct smf_section *section)
{
    return (size_t)(section->link | (uint64_t)section->settled << 32);
}

static const struct smf_codec *choose(struct smf_image *image, const struct smf_codec *const *codecs)
{
    for (uint32_t i = 0; i < image->header.section_count; i++) {
        struct smf_section *section = &image->sections[i];
        if ((section->flags & SMF_SECTION_COMPRESSED) == 0 || !is_loaded(section->type))
            continue;
        section->link = (uint32_t)section->size;
        section->settled = (uint32_t)((uint64_t)section->size >> 32);
        section->size = section->virtual_size;
    }
    const struct smf_codec *const codec = find(codecs, image->header.compression);
    return codec != NULL && codec->rules != NULL ? codec : NULL;
}

static inline __attribute__((always_inline)) enum smf_status decompress(struct smf_image *image,
                                                                        const struct smf_codec *codec,
                                                                        const struct smf_section *section,
                                                                        size_t stored, void *into)
{
    const struct smf_packed packed = {
        .source = image->source, .offset = section->offset, .size = stored, .window = image->records.buffer};
    image->records.filled = 0;
    smf_fail_name(image->why, section->name, SMF_SECTION_NAME_SIZE);
    return codec->decode(codec, &packed, into, section->virtual_size, image->why);
}

static enum smf_status unpack(struct smf_image *image, const struct smf_codec *codec, const struct smf_section *section,
                              uint8_t *into)
{
    const enum smf_status status = decompress(image, codec, section, stored_size(section), into);
    if (status != SMF_OK || section->type != SMF_SECTION_CODE || section->virtual_size < 4)
        return status;
    return prove_code(image, section->offset, smf_get32(into));
}

const struct smf_codec_rules smf_codec_rules = {.choose = choose, .unpack = unpack};

enum smf_status smf_section_read(struct smf_image *image, const struct smf_codec *const *codecs, uint32_t section,
                                 void *into, size_t capacity, struct smf_diagnosis *why)
{
    const struct smf_section *from = &image->sections[section];
    take_diagnosis(image, why);
    image->why->index = section;
    image->record = 0;
    if (section >= image->header.section_count)
        return smf_image_refuse(image, SMF_SAY(ARGUMENT, 0), section, image->header.section_count);
    image->record = from->offset;
    smf_fail_name(image->why, from->name, SMF_SECTION_NAME_SIZE);
    if (capacity < from->virtual_size)
        return smf_image_refuse(image, SMF_SAY(CONTENTS_SPACE, 0), from->virtual_size, capacity);
    if ((from->flags & SMF_SECTION_COMPRESSED) != 0) {
        const struct smf_codec *const codec = find(codecs, image->header.compression);
        if (codec == NULL)
            return smf_image_refuse(image, SMF_SAY(COMPRESSED_SECTION, 0), image->header.compression, 0);
        return decompress(image, codec, from, from->size, into);
    }
    const enum smf_status status = smf_source_read(image->source, from->offset, into, from->size, image->why);
    if (status == SMF_OK)
        memset((uint8_t *)into + from->size, 0, from->virtual_size - from->size);
    return status;
}
