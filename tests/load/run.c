/* SPDX-License-Identifier: MIT */
/* run.c - modules that really run: x86-64 code, the system's own port, regions sealed. Elsewhere skipped, and says so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "support/golden.h"
#include "support/kit.h"
#include "support/own_port.h"

static uint8_t arena[1 << 16];
static unsigned calls;

static int SMF_MODULE_CALL host_function(void)
{
    calls++;
    return 4711;
}
static int host_data = 99;

static struct smf_export offers[] = {
    {"host_function", 0, SMF_KIND_FUNCTION, 0},
    {"host_data",     0, SMF_KIND_DATA,     0}
};

static bool start(struct smf_loader *loader)
{
    static struct smf_exports table;
    static uint32_t buckets[8];
    if (smf_arch_native() != &smf_arch_x86_64) {
        tap_skip("the code of these modules is for x86-64");
        return false;
    }
    offers[0].address = (uintptr_t)host_function;
    offers[1].address = (uintptr_t)&host_data;
    CHECK_STATUS(smf_exports_index(&table, offers, 2, buckets, 8), SMF_OK);
    const struct smf_config config = {.port = own_port(),
                                      .arena = arena,
                                      .arena_size = sizeof arena,
                                      .resolve = smf_exports_resolve,
                                      .resolve_context = &table};
    CHECK_STATUS(smf_loader_start(loader, &config), SMF_OK);
    return true;
}

static struct smf_module *load(struct smf_loader *loader, const void *bytes, size_t size)
{
    struct smf_module *module = NULL;
    struct smf_diagnosis why;
    char line[200];
    const struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_MODULE);
    const enum smf_status status = smf_load(loader, &source, &module, &why);
    if (status != SMF_OK) {
        smf_diagnosis_format(&why, line, sizeof line);
        tap_note("%s", line);
    }
    CHECK_STATUS(status, SMF_OK);
    return module;
}

static int call(const struct smf_module *module, const char *name)
{
    int(SMF_MODULE_CALL *const function)(void) = (int(SMF_MODULE_CALL *)(void))smf_function(module, name);
    CHECK(function != NULL);
    return function != NULL ? function() : -1;
}

static void golden_samples(void)
{
    static const char *const names[] = {"simpleos-r72-allocator.smf", "simpleos-r72-mod.smf",
                                        "simpleos-r96-builder.smf"};
    struct smf_loader loader;
    for (size_t i = 0; start(&loader) && i < sizeof names / sizeof names[0]; i++) {
        uint8_t bytes[1024];
        const size_t size = golden_read(names[i], bytes, sizeof bytes);
        const struct smf_module *module = load(&loader, bytes, size);
        CHECK_EQUAL(call(module, "main"), 0);
        int(SMF_MODULE_CALL *const entry)(void) = (int(SMF_MODULE_CALL *)(void))smf_entry(module);
        CHECK(entry != NULL && entry() == 0);
        smf_loader_finish(&loader);
    }
}

/* Calls a function far away through a stub that the loader made, and reads its data through a slot. */
static void stubs_and_slots_of_the_loader(void)
{
    static const uint8_t code[48] = {0x48, 0x83, 0xEC, 0x08, 0xE8, 0,    0, 0, 0, 0x48, 0x83, 0xC4, 0x08,
                                     0xC3, 0xCC, 0xCC, 0x48, 0x8B, 0x05, 0, 0, 0, 0,    0x8B, 0x00, 0xC3};
    static uint8_t records[48];
    static const struct forge_section sections[] = {
        {.name = "code", .type = SMF_SECTION_CODE, .flags = 5,     .alignment = 16,                        .bytes = code,    .size = sizeof code},
        {.name = "rela",              .type = SMF_SECTION_RELOC,                         .alignment = 8, .bytes = records, .size = sizeof records},
    };
    static const struct forge_symbol symbols[] = {
        {.name = "use_function",       .size = 14,   .type = SMF_SYMBOL_FUNCTION, .binding = 1,                               .visibility = 1},
        {.name = "use_data",                            .value = 16,                       .size = 10,            .type = SMF_SYMBOL_FUNCTION,                      .binding = 1, .visibility = 1},
        {.name = "host_function",                .section = 0xFFFF,             .type = SMF_SYMBOL_FUNCTION,                                        .binding = 1                                      },
        {.name = "host_data", .section = 0xFFFF,.type = SMF_SYMBOL_DATA,.binding = 1},
    };
    static const struct forge_relocation list[] = {
        {.offset = 5,  .symbol = 2, .type = 3, .addend = -4},
        {.offset = 19, .symbol = 3, .type = 4, .addend = -4},
    };
    struct smf_loader loader;
    forge_relocations(list, 2, records);
    for (enum forge_layout layout = FORGE_R72; start(&loader) && layout <= FORGE_P128_D; layout++) {
        struct forged file;
        forge_make(&(struct forge){.layout = layout,
                                   .sections = sections,
                                   .section_count = 2,
                                   .symbols = symbols,
                                   .symbol_count = 4,
                                   .exported_count = 2,
                                   .major = layout >= FORGE_P128_W,
                                   .minor = 1},
                   &file);
        const struct smf_module *module = load(&loader, file.bytes, file.size);
        calls = 0;
        CHECK_EQUAL(call(module, "use_function"), 4711);
        CHECK_EQUAL(calls, 1);
        host_data = 99 + (int)layout;
        CHECK_EQUAL(call(module, "use_data"), host_data);
        smf_loader_finish(&loader);
        forge_free(&file);
    }
}

/* log = log * 10 + digit; ret */
static void digit(uint8_t *at, uint8_t number)
{
    static const uint8_t code[19] = {0x8B, 0x05, 0,    0,    0, 0, 0x6B, 0xC0, 10,  0x83,
                                     0xC0, 0,    0x89, 0x05, 0, 0, 0,    0,    0xC3};
    memcpy(at, code, sizeof code);
    at[11] = number;
}

static void start_and_stop_run_once_in_order(void)
{
    enum { TEXT, PREINIT, INIT, FINI, BSS };
    static struct kit kit;
    static uint8_t text[160], preinit[8], init[32], fini[16];
    struct smf_loader loader;
    if (!start(&loader))
        return;
    for (unsigned i = 0; i < 5; i++)
        digit(text + 32 * (size_t)i, (uint8_t)(i + 1));
    memset(init + 16, 0xFF, 8); /* all ones and 0 are no functions */
    kit_start(&kit, SMF_ARCH_X86_64);
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    kit_section(&kit, ".preinit_array", SMF_SECTION_DATA, preinit, sizeof preinit, 8);
    kit_section(&kit, ".init_array", SMF_SECTION_DATA, init, sizeof init, 8);
    kit_section(&kit, ".fini_array", SMF_SECTION_DATA, fini, sizeof fini, 8);
    kit_section(&kit, ".bss", SMF_SECTION_BSS, NULL, 16, 8);
    const uint32_t code = kit_local(&kit, ".text", TEXT, 0), bss = kit_local(&kit, ".bss", BSS, 0);
    kit_export(&kit, "log", BSS, 0, SMF_SYMBOL_DATA);
    for (unsigned i = 0; i < 5; i++) {
        kit_relocation(&kit, TEXT, 32 * i + 2, 2, bss, -4);
        kit_relocation(&kit, TEXT, 32 * i + 14, 2, bss, -4);
    }
    kit_relocation(&kit, PREINIT, 0, 1, code, 0);
    kit_relocation(&kit, INIT, 0, 1, code, 32);
    kit_relocation(&kit, INIT, 24, 1, code, 64);
    kit_relocation(&kit, FINI, 0, 1, code, 96);
    kit_relocation(&kit, FINI, 8, 1, code, 128);
    size_t size = 0;
    uint8_t *file = kit_finish(&kit, &size);
    struct smf_module *module = load(&loader, file, size);
    struct smf_found found = {0};
    CHECK_STATUS(smf_find(module, "log", &found), SMF_OK);
    const int *log = (const int *)(uintptr_t)found.address;
    CHECK_EQUAL(*log, 0); /* loading runs nothing */
    smf_module_stop(module);
    CHECK_EQUAL(*log, 0); /* what has not started does not stop */
    smf_module_start(module);
    CHECK_EQUAL(*log, 123);
    smf_module_start(module);
    CHECK_EQUAL(*log, 123);
    smf_module_stop(module);
    CHECK_EQUAL(*log, 12354);
    smf_module_stop(module);
    CHECK_EQUAL(*log, 12354);
    smf_loader_finish(&loader);
    free(file);
}

/* Two modules of one loader, unloaded in either order; a function pointer of one is used by the host. */
static void canonical_code_through_its_own_stub(void)
{
    /* sub rsp, 8; call stub; add rsp, 8; ret; then at 16 the stub: jmp *slot(%rip) */
    static const uint8_t text[24] = {0x48, 0x83, 0xEC, 0x08, 0xE8, 7,    0,    0,    0,
                                     0x48, 0x83, 0xC4, 0x08, 0xC3, 0xCC, 0xCC, 0xFF, 0x25};
    static const uint8_t got[8] = {0};
    static struct kit kit;
    struct smf_loader loader;
    if (!start(&loader))
        return;
    kit_start(&kit, SMF_ARCH_X86_64);
    kit.writer.header.flags |= SMF_FLAG_EXECUTABLE;
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 16);
    kit_section(&kit, ".got", SMF_SECTION_RODATA, got, sizeof got, 8);
    const uint32_t slots = kit_local(&kit, ".got", 1, 0);
    const uint32_t far = kit_stub_import(&kit, "host_function", SMF_SYMBOL_FUNCTION, SMF_BINDING_GLOBAL, 16, 8, 0);
    kit_export(&kit, "run", 0, 0, SMF_SYMBOL_FUNCTION);
    kit_relocation(&kit, 0, 18, 2, slots, -4);
    kit_relocation(&kit, 1, 0, 1, far, 0);
    size_t size = 0;
    uint8_t *file = kit_finish(&kit, &size);
    for (unsigned order = 0; order < 2; order++) {
        struct smf_module *modules[2] = {load(&loader, file, size), load(&loader, file, size)};
        for (unsigned i = 0; i < 2; i++) {
            int(SMF_MODULE_CALL *const entry)(void) = (int(SMF_MODULE_CALL *)(void))smf_entry(modules[i]);
            CHECK_EQUAL(call(modules[i], "run"), 4711);
            CHECK(entry != NULL && entry() == 4711);
        }
        CHECK_STATUS(smf_unload(&loader, modules[order]), SMF_OK);
        CHECK_EQUAL(call(modules[1 - order], "run"), 4711);
        CHECK_STATUS(smf_unload(&loader, modules[1 - order]), SMF_OK);
    }
    smf_loader_finish(&loader);
    free(file);
}

static const struct tap_case cases[] = {
    {"golden_samples",                      golden_samples                     },
    {"stubs_and_slots_of_the_loader",       stubs_and_slots_of_the_loader      },
    {"start_and_stop_run_once_in_order",    start_and_stop_run_once_in_order   },
    {"canonical_code_through_its_own_stub", canonical_code_through_its_own_stub},
};
TAP_MAIN(cases)
