/* SPDX-License-Identifier: MIT */
/*
 * forms.c - each form in which a module can refer to another one that is
 * replaced, before and after, on paper for all five machines (DESIGN D21).
 *
 * lib exports a function, a second one that importers have no stub for, data and
 * kept data; in its next version all but the kept data lie elsewhere.
 */
#include <stdlib.h>
#include <string.h>

#include "smf/system.h"
#include "support/holds.h"
#include "support/kit.h"

static const struct machine {
    const struct smf_arch *arch;
    unsigned branch, direct; /* psABI numbers: a call, and a distance in code */
    uint64_t base;           /* where paper begins */
} machines[] = {
    {&smf_arch_x86_64,  4,   2,   UINT64_C(0x4000000000)},
    {&smf_arch_aarch64, 283, 261, UINT64_C(0x4000000000)},
    {&smf_arch_riscv64, 19,  57,  UINT64_C(0x4000000000)},
    {&smf_arch_riscv32, 19,  57,  UINT64_C(0x40000000)  },
    {&smf_arch_arm,     10,  3,   UINT64_C(0x40000000)  },
};
enum { TEXT, GOT, DATA };

static struct kit kit;
static struct paper paper;
static struct smf_system sys;
static struct smf_diagnosis why;
static uint8_t arena[1 << 15], bytes[128];
static const struct machine *machine;
static struct smf_handle lib, user;

static void start(void)
{
    paper_start(&paper);
    paper.base = machine->base;
    const struct smf_system_config config = {
        .load = {.port = &paper.port, .arena = arena, .arena_size = sizeof arena, .arch = machine->arch}
    };
    CHECK_STATUS(smf_system_start(&sys, &config), SMF_OK);
}

static void end(void)
{
    smf_system_finish(&sys);
    paper_end(&paper);
}

static void begin(void)
{
    kit_start(&kit, (enum smf_arch_id)machine->arch->id);
    kit_section(&kit, ".text", SMF_SECTION_CODE, bytes, 64, 16);
    kit_section(&kit, ".got", SMF_SECTION_RODATA, bytes, 64, 8);
    kit_section(&kit, ".data", SMF_SECTION_DATA, bytes, 64, 8);
}

static enum smf_status give(const char *name, struct smf_handle *handle, bool reload)
{
    size_t size;
    uint8_t *file = kit_finish(&kit, &size);
    const struct smf_source source = smf_source_memory(file, size, SMF_STAYS_FOR_LOAD);
    const struct smf_system_item item = {name, &source};
    const enum smf_status status = reload ? smf_system_reload(&sys, *handle, &source, 0, handle, &why)
                                          : smf_system_load(&sys, &item, 0, handle, &why);
    free(file);
    return status;
}

static uint64_t thumb(void) { return machine->arch->id == SMF_ARCH_ARM; }

/* `moved`: where its functions and data lie in their sections. */
static enum smf_status give_lib(unsigned moved, bool reload)
{
    begin();
    kit.writer.header.flags |= SMF_FLAG_RELOADABLE;
    const uint32_t keep = kit_section(&kit, ".keep.lib", SMF_SECTION_DATA, bytes, 16, 8);
    kit_export(&kit, "bare", TEXT, (24 + moved) | thumb(), SMF_SYMBOL_FUNCTION);
    kit_export(&kit, "data", DATA, 8 + moved, SMF_SYMBOL_DATA);
    kit_export(&kit, "function", TEXT, (8 + moved) | thumb(), SMF_SYMBOL_FUNCTION);
    kit_export(&kit, "kept", keep, 8, SMF_SYMBOL_DATA);
    return give("lib", &lib, reload);
}

static uint64_t address_of(const char *name)
{
    struct smf_resolved found = {0};
    CHECK_STATUS(smf_system_resolve(&sys, name, &found), SMF_OK);
    return found.address;
}

/* A word of the importer, or its region's start. */
static uint64_t region(unsigned kind)
{
    size_t count;
    const struct smf_region *regions = smf_module_regions(smf_system_module(&sys, user), &count);
    CHECK_EQUAL(count, 3);
    return regions[kind].address;
}

static uint64_t word(unsigned kind, unsigned offset)
{
    const unsigned size = machine->arch->pointer_size;
    const uint8_t *at = paper_at(&paper, region(kind) + offset, size);
    CHECK(at != NULL);
    return size == 8 ? get64(at) : get32(at);
}

static uint32_t retired(void)
{
    struct smf_system_statistics statistics;
    smf_system_statistics(&sys, &statistics);
    return statistics.retired;
}

/* ---- An importer with all forms that can be made anew ---- */

enum { SLOT = 0, BARE_SLOT = 8, DATA_SLOT = 16, FUNCTION_WORD = 0, BARE_WORD = 8, DATA_WORD = 16, CHANGED_WORD = 24 };

static void give_user(bool bare)
{
    const unsigned absolute = machine->arch->absolute;
    begin();
    const uint32_t function =
        kit_stub_import(&kit, "function", SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL, 32, machine->arch->stub->size, 0);
    const uint32_t data = kit_import(&kit, "data", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    const uint32_t second = bare ? kit_import(&kit, "bare", SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL) : data;
    kit_export(&kit, "user", TEXT, thumb(), SMF_SYMBOL_FUNCTION);
    kit_relocation(&kit, TEXT, 4, machine->branch, function, 0);
    kit_relocation(&kit, GOT, SLOT, absolute, function, 0);
    if (bare)
        kit_relocation(&kit, GOT, BARE_SLOT, absolute, second, 0);
    kit_relocation(&kit, GOT, DATA_SLOT, absolute, data, 0);
    kit_relocation(&kit, DATA, FUNCTION_WORD, absolute, function, 0);
    if (bare)
        kit_relocation(&kit, DATA, BARE_WORD, absolute, second, 0);
    kit_relocation(&kit, DATA, DATA_WORD, absolute, data, 3);
    kit_relocation(&kit, DATA, CHANGED_WORD, absolute, data, 0);
    CHECK_STATUS(give("user", &user, false), SMF_OK);
}

static void check_words(void)
{
    CHECK_EQUAL(word(GOT, SLOT), address_of("function"));
    CHECK_EQUAL(word(GOT, DATA_SLOT), address_of("data"));
    CHECK_EQUAL(word(DATA, DATA_WORD), address_of("data") + 3);
    CHECK_EQUAL(word(DATA, FUNCTION_WORD), (region(TEXT) + 32) | thumb());
}

static void each_form(bool bare)
{
    uint8_t code[64];
    start();
    CHECK_STATUS(give_lib(0, false), SMF_OK);
    give_user(bare);
    check_words();
    const uint64_t old = address_of("bare");
    memcpy(code, paper_at(&paper, region(TEXT), sizeof code), sizeof code);
    memset(paper_at(&paper, region(DATA) + CHANGED_WORD, 4), 0x77, 4);
    const uint64_t changed = word(DATA, CHANGED_WORD);
    CHECK_STATUS(give_lib(8, true), SMF_OK);
    check_words();
    CHECK(address_of("bare") != old);
    CHECK(memcmp(code, paper_at(&paper, region(TEXT), sizeof code), sizeof code) == 0);
    CHECK_EQUAL(word(DATA, CHANGED_WORD), changed);
    if (bare) { /* the slot follows; a pointer without a stub cannot, and keeps the version that it means */
        CHECK_EQUAL(word(GOT, BARE_SLOT), address_of("bare"));
        CHECK_EQUAL(word(DATA, BARE_WORD), old);
    }
    CHECK_EQUAL(retired(), bare ? 1 : 0);
    /* Again: what was stored is stored anew, and what was pinned stays. */
    CHECK_STATUS(give_lib(0, true), SMF_OK);
    check_words();
    CHECK_EQUAL(retired(), bare ? 2 : 0);
    CHECK_STATUS(smf_system_unload(&sys, user, 0, &why), SMF_OK);
    CHECK_EQUAL(retired(), 0);
    end();
}

static void for_each_machine(void (*run)(void))
{
    for (machine = machines; machine < machines + sizeof machines / sizeof machines[0]; machine++) {
        tap_variant("machine %u", machine->arch->id);
        if (holds(machine->arch))
            run();
    }
}

static void with_stubs(void) { each_form(false); }
static void without_stubs(void) { each_form(true); }
static void every_form_that_can_follow_does(void) { for_each_machine(with_stubs); }
static void what_cannot_follow_pins_its_version(void) { for_each_machine(without_stubs); }

/* ---- Code that refers to data by a distance ---- */

static void refer_directly(void)
{
    start();
    CHECK_STATUS(give_lib(0, false), SMF_OK);
    begin();
    const uint32_t data = kit_import(&kit, "data", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    kit_relocation(&kit, TEXT, 8, machine->direct, data, 0);
    CHECK_STATUS(give("direct", &user, false), SMF_ERR_RELOC_RANGE);
    CHECK_TEXT(why.name, "data");
    char line[200];
    smf_diagnosis_format(&why, line, sizeof line);
    CHECK(strstr(line, "-fPIC") != NULL);
    end();
}

static void direct_data_is_refused_and_says_what_to_do(void) { for_each_machine(refer_directly); }

/* Kept data stays where it is: a distance to it is good in all versions that agree about the section. */
static void refer_to_kept(void)
{
    start();
    CHECK_STATUS(give_lib(0, false), SMF_OK);
    const uint64_t kept = address_of("kept");
    begin();
    const uint32_t data = kit_import(&kit, "kept", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    kit_relocation(&kit, TEXT, 8, machine->direct, data, 0);
    CHECK_STATUS(give("direct", &user, false), SMF_OK);
    CHECK_STATUS(give_lib(8, true), SMF_OK);
    CHECK_EQUAL(address_of("kept"), kept);
    CHECK_EQUAL(retired(), 0);
    /* The next one would have it elsewhere. */
    begin();
    kit.writer.header.flags |= SMF_FLAG_RELOADABLE;
    const uint32_t keep = kit_section(&kit, ".keep.lib", SMF_SECTION_DATA, bytes, 24, 8);
    kit_export(&kit, "kept", keep, 8, SMF_SYMBOL_DATA);
    CHECK_STATUS(give("lib", &lib, true), SMF_ERR_UNSUPPORTED);
    CHECK_TEXT(why.name, "kept");
    CHECK_EQUAL(address_of("kept"), kept);
    end();
}

static void kept_data_may_be_referred_to_directly(void) { for_each_machine(refer_to_kept); }

/* ---- What a newer version must have ---- */

static void lose_an_export(void)
{
    start();
    CHECK_STATUS(give_lib(0, false), SMF_OK);
    give_user(false);
    begin();
    kit.writer.header.flags |= SMF_FLAG_RELOADABLE;
    kit_export(&kit, "function", TEXT, 8 | thumb(), SMF_SYMBOL_FUNCTION);
    CHECK_STATUS(give("lib", &lib, true), SMF_ERR_UNRESOLVED);
    CHECK_EQUAL(why.detail, SMF_DETAIL_EXPORT_GONE);
    CHECK_TEXT(why.name, "data");
    begin();
    kit.writer.header.flags |= SMF_FLAG_RELOADABLE;
    kit_export(&kit, "data", TEXT, 8 | thumb(), SMF_SYMBOL_FUNCTION);
    kit_export(&kit, "function", TEXT, 8 | thumb(), SMF_SYMBOL_FUNCTION);
    CHECK_STATUS(give("lib", &lib, true), SMF_ERR_UNRESOLVED);
    CHECK_EQUAL(why.detail, SMF_DETAIL_EXPORT_KIND);
    CHECK_TEXT(why.name, "data");
    check_words();
    CHECK(address_of("bare") != 0);
    end();
}

static void an_export_in_use_must_stay_and_stay_what_it_is(void) { for_each_machine(lose_an_export); }

/* ---- A port that stores by itself ---- */

static unsigned stored, largest;

static void store(void *context, const struct smf_region *where, const struct smf_store *stores, size_t count)
{
    (void)context;
    CHECK(count >= 1 && count <= SMF_STORES_MAX);
    largest = count > largest ? (unsigned)count : largest;
    for (size_t i = 0; i < count; i++) {
        CHECK(stores[i].offset % machine->arch->pointer_size == 0);
        CHECK(stores[i].offset + machine->arch->pointer_size <= where->size);
        stored++;
        if (machine->arch->pointer_size == 8)
            put64(where->bytes + stores[i].offset, stores[i].value);
        else
            put32(where->bytes + stores[i].offset, (uint32_t)stores[i].value);
    }
}

/* No protection changes then, and stores come in pieces that masked interrupts can bear. */
static void store_by_port(void)
{
    if (machine->arch->pointer_size != sizeof(void *))
        return;
    start();
    sys.port.store = store;
    stored = largest = 0;
    CHECK_STATUS(give_lib(0, false), SMF_OK);
    begin();
    const uint32_t data = kit_import(&kit, "data", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    for (unsigned i = 0; i < 64 / sizeof(void *); i++)
        kit_relocation(&kit, DATA, i * sizeof(void *), machine->arch->absolute, data, 0);
    CHECK_STATUS(give("user", &user, false), SMF_OK);
    const unsigned count = 64 / sizeof(void *);
    paper.call_count = 0;
    CHECK_STATUS(give_lib(8, true), SMF_OK);
    CHECK_EQUAL(stored, count);
    CHECK_EQUAL(largest, SMF_STORES_MAX);
    for (unsigned i = 0; i < count; i++)
        CHECK_EQUAL(word(DATA, i * (unsigned)sizeof(void *)), address_of("data"));
    end();
}

static void a_port_that_stores_gets_pieces(void) { for_each_machine(store_by_port); }

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct tap_case cases[] = {
    CASE(every_form_that_can_follow_does),
    CASE(what_cannot_follow_pins_its_version),
    CASE(direct_data_is_refused_and_says_what_to_do),
    CASE(kept_data_may_be_referred_to_directly),
    CASE(an_export_in_use_must_stay_and_stay_what_it_is),
    CASE(a_port_that_stores_gets_pieces),
};
TAP_MAIN(cases)
