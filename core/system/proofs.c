/* SPDX-License-Identifier: MIT */
/* proofs.c - what a provider proves about a module before it gives it out, and keeps of it when the image is closed. */
#include "base/bytes.h"
#include "system/entries.h"
#include "system/text.h"

static enum smf_status open_image(struct smf_provider *provider, struct smf_provider_entry *entry,
                                  struct smf_diagnosis *why)
{
    uint32_t count = 0;
    if (entry->image != NULL)
        return SMF_OK;
    struct smf_image *image = smf_provider_take(provider, sizeof *image, why);
    if (image == NULL)
        return why->status;
    image->sections = NULL;
    enum smf_status status = smf_image_count_sections(image, &entry->source, &count, why);
    struct smf_section *sections = NULL;
    if (status == SMF_OK) {
        /* at most SMF_SECTIONS_MAX of some 56 bytes: no product wraps */
        sections = smf_provider_take(provider, count * sizeof *sections, why);
        status = sections != NULL ? smf_image_open(image, &entry->source, sections, count, why) : why->status;
    }
    if (status == SMF_OK) {
        entry->image = image;
        return SMF_OK;
    }
    smf_provider_give(provider, sections);
    smf_provider_give(provider, image);
    return status;
}

static bool has_relocations(const struct smf_image *image)
{
    for (uint32_t i = 0; i < image->header.section_count; i++)
        if (smf_image_relocation_count(image, i) != 0)
            return true;
    return false;
}

/* What the file says about itself, kept when the image is not. */
enum smf_status smf_entry_learn(struct smf_provider *provider, struct smf_provider_entry *entry,
                                struct smf_diagnosis *why)
{
    if (entry->proven)
        return SMF_OK;
    enum smf_status status = open_image(provider, entry, why);
    if (status == SMF_OK)
        status = smf_image_compile_options(entry->image, &entry->options, why);
    if (status != SMF_OK)
        return status;
    const uint32_t flags = entry->image->header.flags;
    entry->pic = (flags & SMF_FLAG_PIC) != 0;
    entry->movable = entry->pic || (flags & SMF_FLAG_PRELINKED) != 0 || has_relocations(entry->image);
    entry->proven = true;
    return SMF_OK;
}

static enum smf_status prove_fresh(struct smf_provider *provider, struct smf_provider_entry *entry,
                                   struct smf_diagnosis *why)
{
    uint64_t hash = 0;
    if (provider->config.expected == NULL)
        return SMF_OK;
    enum smf_status status = provider->config.expected(provider->config.validate_context, entry->name, &hash);
    if (status == SMF_ERR_NOT_FOUND)
        return SMF_OK;
    if (status != SMF_OK)
        return smf_provider_fail_as(entry->supplier, entry->name, status, why);
    if (!entry->is_object) /* an object has what its module said */
        status = smf_entry_learn(provider, entry, why);
    if (status != SMF_OK || (entry->options.tagged && entry->options.hash == hash))
        return status;
    smf_provider_fail(why, SMF_DETAIL_STALE, entry->name, 0, 0);
    why->value = entry->options.hash;
    why->expected = hash;
    return SMF_ERR_BACKEND;
}

/* What is wrong with a file does not say which module it is. */
enum smf_status smf_entry_name_it(const char *name, enum smf_status status, struct smf_diagnosis *why)
{
    if (why->name[0] == '\0')
        smf_fail_name(why, name, smf_text_size(name) - 1);
    return status;
}

enum smf_status smf_entry_prove(struct smf_provider *provider, struct smf_provider_entry *entry, unsigned needs,
                                struct smf_diagnosis *why)
{
    enum smf_status status = (needs & NEED_VALID) != 0 ? prove_fresh(provider, entry, why) : SMF_OK;
    if (status == SMF_OK && (needs & (NEED_MOVABLE | NEED_PIC)) != 0)
        status = smf_entry_learn(provider, entry, why);
    if (status == SMF_OK && (needs & NEED_MOVABLE) != 0 && !entry->movable)
        status = smf_provider_fail(why, SMF_DETAIL_NOT_PIC, entry->name, 0, 0);
    if (status == SMF_OK && (needs & NEED_PIC) != 0 && !entry->pic)
        status = smf_provider_fail(why, SMF_DETAIL_EMIT_PIC, entry->name, 0, 0);
    if (status == SMF_OK && (needs & NEED_IMAGE) != 0)
        status = open_image(provider, entry, why);
    if (status == SMF_OK && (needs & NEED_IMAGE) != 0)
        entry->keeps_image = true;
    if (!entry->keeps_image)
        smf_entry_close_image(provider, entry);
    return status == SMF_OK ? SMF_OK : smf_entry_name_it(entry->name, status, why);
}
