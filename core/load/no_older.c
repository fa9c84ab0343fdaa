/* SPDX-License-Identifier: MIT */
/*
 * no_older.c - what stands for older.c in a core that reads canonical files
 * only. These bring their slots and stubs themselves. One that does not say PIC
 * is not read twice to find out whether it holds low addresses: it does, or
 * smf build would have said PIC.
 */
#include "load/load.h"

enum smf_status smf_load_extras(struct load *load)
{
    load->low = load->counts_records && load->arch->highest != 0;
    return SMF_OK;
}

void smf_load_lay_extras(struct load *load) { (void)load; }

enum smf_status smf_load_make_extras(struct load *load)
{
    (void)load;
    return SMF_OK;
}

enum smf_status smf_load_make_extra(struct load *load, uint32_t symbol)
{
    (void)load;
    (void)symbol;
    return SMF_OK;
}

uintptr_t smf_load_extra_stub(const struct load *load, uint32_t symbol)
{
    (void)load;
    (void)symbol;
    return 0;
}

enum smf_status smf_load_extra_slot(struct load *load, const struct smf_howto *row, uintptr_t *slot)
{
    *slot = 0;
    return smf_load_fail(load, SMF_DETAIL_NO_SLOT, row->type, 0);
}

enum smf_status smf_load_older_address(struct load *load, const struct smf_symbol *symbol, uintptr_t *address)
{
    *address = 0;
    return smf_load_fail(load, SMF_DETAIL_NO_PLACE, symbol->value, 0);
}

bool smf_load_older_import(const struct load *load, uint32_t index)
{
    (void)load;
    (void)index;
    return false;
}

bool smf_load_older_start(struct load *load, struct bound *bound)
{
    (void)load;
    (void)bound;
    return false;
}

bool smf_load_older_area(struct load *load)
{
    (void)load;
    return false;
}

uintptr_t smf_load_older_entry(const struct load *load, uintptr_t entry)
{
    (void)load;
    return entry;
}
