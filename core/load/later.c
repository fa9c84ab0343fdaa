/* SPDX-License-Identifier: MIT */
/*
 * later.c - imports that can be made only when everything else of the module is
 * relocated: they are asked for, and their records applied, in a second pass
 * that leaves all others alone. Reached through config.later only: a firmware
 * that never names the table at the end does not contain this file.
 */
#include "image/door.h"
#include "load/load.h"

static void clear(struct load *load)
{
    smf_fail_clear(load->why);
    load->why->stage = SMF_STAGE_BIND;
}

static enum smf_status resolve(void *context, const struct smf_binding_request *request,
                               struct smf_binding_answer *answer)
{
    struct load *load = context;
    const struct smf_later *later = load->loader->config.later;
    clear(load);
    const enum smf_status status = later->resolve(later->context, request, answer, load->why);
    if (status == SMF_OK || status == SMF_ERR_NOT_FOUND) /* what was said about it is of no use to anybody */
        clear(load);
    return status;
}

static enum smf_status ask(struct load *load)
{
    load->resolve = resolve;
    load->resolve_context = load;
    load->name_work = 0;
    for (uint32_t i = 0; i < load->undefined_count; i++) {
        if (load->bounds[i].state != BOUND_LATER)
            continue;
        enum smf_status status = smf_load_bind_symbol(load, load->undefined_first + i);
        if (status == SMF_OK && load->bounds[i].state == BOUND_LATER) /* it is no import any more */
            status = smf_fail(load->why, SMF_DETAIL_CHANGED, load->image.symbol_table, i, 0);
        if (status == SMF_OK)
            status = smf_load_progress_at(load, i);
        if (status != SMF_OK)
            return status;
        load->bounds[i].flags |= SMF_BINDING_LATER;
    }
    if (load->first.status != SMF_OK)
        *load->why = load->first;
    return load->first.status;
}

static bool is_later(const struct load *load, uint32_t symbol)
{
    const uint32_t number = symbol - load->undefined_first;
    return number < load->undefined_count && (load->bounds[number].flags & SMF_BINDING_LATER) != 0;
}

/* Apply a record, if its symbol is such an import, or that of the upper half which it names. */
static enum smf_status apply(struct load *load, const struct smf_relocation *record)
{
    const struct smf_howto *row;
    bool concerned = is_later(load, record->symbol);
    if (!concerned && record->symbol != SMF_NO_SYMBOL)
        return SMF_OK;
    enum smf_status status = smf_load_row(load, record, &row);
    if (status == SMF_OK && !concerned && row != NULL && row->calc == SMF_CALC_PAIR) {
        struct smf_relocation high;
        const struct smf_howto *upper;
        status = smf_load_upper(load, record, &high, &upper);
        concerned = status == SMF_OK && is_later(load, high.symbol);
    }
    return concerned && row != NULL ? smf_load_apply(load, record, row) : status;
}

static enum smf_status apply_section(struct load *load, uint32_t count)
{
    enum smf_status status = SMF_OK;
    for (uint32_t first = 0; first < count && status == SMF_OK; first += BATCH) {
        const uint32_t some = count - first < BATCH ? count - first : BATCH;
        status = smf_image_relocations(&load->image, load->area.section, first, some, load->records, load->why);
        for (uint32_t i = 0; i < some && status == SMF_OK; i++) {
            load->why->index = first + i;
            status = apply(load, &load->records[i]);
            if (status != SMF_OK)
                smf_load_blame(load, first + i, &load->records[i]);
        }
        if (status == SMF_OK)
            status = smf_load_progress(load);
    }
    return status;
}

static enum smf_status bind(struct load *load)
{
    const uint32_t got = smf_image_find_section(&load->image, ".got");
    enum smf_status status = ask(load);
    if (status != SMF_OK)
        return status;
    status = smf_load_target(load, SMF_NO_SYMBOL); /* what the one at hand stands for may have changed */
    load->why->stage = SMF_STAGE_RELOCATE;
    for (uint32_t i = 0; i < load->undefined_count && status == SMF_OK; i++)
        if (is_later(load, load->undefined_first + i))
            status = smf_load_make_extra(load, load->undefined_first + i);
    for (uint32_t i = 0; i < load->image.header.section_count && status == SMF_OK; i++)
        if (smf_load_find_area(load, i, got))
            status = apply_section(load, smf_load_count_records(load));
    return status;
}

const struct smf_later_rules smf_later_rules = {.bind = bind};
