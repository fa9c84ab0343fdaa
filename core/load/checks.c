/* SPDX-License-Identifier: MIT */
/* checks.c - what config.checks asks for: more than safety needs, so no_checks.c may take its place (SMF_EXTRA_CHECKS). */
#include "load/index.h"

enum smf_status smf_load_check_file(struct load *load, uint32_t checks)
{
    enum smf_status status = SMF_OK;
    if ((checks & SMF_CHECK_HASH) != 0)
        status = smf_image_check_hash(&load->image, load->why);
    if (status == SMF_OK && (checks & SMF_CHECK_NAMES) != 0)
        status = smf_image_check_names(&load->image, load->why);
    return status;
}

/*
 * With SMF_CHECK_NAMES: is a name like this one in the chain already (A20)? The hashes have been checked by then, so equal
 * names are in one chain. Reading is accounted for: many names with one hash are easy to make.
 */
enum smf_status smf_load_refuse_twice(struct load *load, uint32_t index, const char *name)
{
    const struct smf_module *module = load->module;
    const uint32_t heads = smf_load_head_count(module);
    const char *const end = module->names + module->name_size;
    struct candidate candidate;
    for (uint32_t at = smf_load_get_link(module, load->symbol.hash & (heads - 1)); at != 0;
         at = smf_load_get_link(module, heads + at - 1)) {
        if (!smf_load_candidate(module, at - 1, &candidate))
            return smf_fail(load->why, SMF_DETAIL_CHANGED, load->image.symbol_table, index, 0);
        const char *first = candidate.name, *second = name;
        while (first < end && second < end && *first == *second && *first != '\0')
            first++, second++;
        const enum smf_status status = smf_load_spend(load, (size_t)(second - name) + 1);
        if (status != SMF_OK)
            return status;
        if (first >= end || second >= end || *first != *second)
            continue;
        smf_fail_name(load->why, name, (size_t)(second - name));
        return smf_fail(load->why, SMF_DETAIL_EXPORTED_TWICE, load->image.symbol_table, index, 0);
    }
    return SMF_OK;
}
