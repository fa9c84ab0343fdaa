/* SPDX-License-Identifier: MIT */
/* loading.c - the rules of docs/SPEC.md, part 1, for loaders, except for the records themselves (relocating.c). */
#include <string.h>

#include "conformance/scene.h"
#include "harness/tap.h"

static void module_for_this_machine(void)
{
    /* SPEC [H2] [H3] [H13] [H14]: refused only by a loader that knows better. */
    for (unsigned i = 0; i < 8; i++) {
        static const enum smf_status wanted[] = {SMF_OK,      SMF_ERR_PLATFORM, SMF_OK, SMF_ERR_ABI,
                                                 SMF_ERR_ABI, SMF_ERR_CPU,      SMF_OK, SMF_ERR_ARCH};
        scene_begin(SMF_ARCH_RISCV64);
        scene.config.platform = i == 1 ? SMF_PLATFORM_NONE : i == 2 ? SMF_PLATFORM_LINUX : SMF_PLATFORM_ANY;
        scene.config.abi = i == 3 ? 5 : i == 4 ? 0x407 : 0;
        scene.config.cpu = i == 5 ? 3 : i == 6 ? 12 : 0;
        scene.config.arch = i == 7 ? &smf_arch_riscv32 : NULL;
        tap_variant("machine=%u", i);
        CHECK_STATUS(scene_load(), wanted[i]);
    }
    tap_variant("%s", "");
}

static void sections_lie_in_order(void)
{
    /* SPEC [D1] [T7]: the second code section at the next multiple of its alignment; exports tell where. */
    static const uint8_t code[8];
    struct smf_found found;
    scene_begin(SMF_ARCH_X86_64);
    scene.sections[TEXT] = (struct forge_section){
        .name = ".text", .type = SMF_SECTION_CODE, .flags = 5, .bytes = code, .size = 5, .alignment = 1};
    scene.sections[DATA] = (struct forge_section){.name = ".text2",
                                                  .type = SMF_SECTION_CODE,
                                                  .flags = 5,
                                                  .bytes = code,
                                                  .size = 8,
                                                  .virtual_size = 24,
                                                  .alignment = 32};
    CHECK_STATUS(scene_load(), SMF_OK);
    CHECK_STATUS(smf_find(scene.module, "table", &found), SMF_OK);
    CHECK_EQUAL(found.address, scene.base + 32);
    CHECK_STATUS(smf_find(scene.module, "code", &found), SMF_OK);
    CHECK_EQUAL(found.address, scene.base);
    /* SPEC [D4] [T6]: what no payload covers is zero, not what lay there. */
    for (unsigned i = 5; i < 56; i++)
        CHECK_EQUAL(scene.memory[i], 0);
}

static void settled_records(void)
{
    /* SPEC [D2]: skipped in the default layout, applied in any other. The field holds a mark to tell. */
    for (int other = 0; other < 2; other++) {
        scene_begin(SMF_ARCH_X86_64);
        scene.text[8] = 0x77;
        scene_record(TEXT, 8, X86_64_PC32, S_DATA, -4);
        scene.settled[TEXT] = 1;
        scene.step = other ? 2 * PAGE : PAGE;
        CHECK_STATUS(scene_load(), SMF_OK);
        CHECK_EQUAL(scene_word(TEXT, 8, 4), other ? 2 * PAGE - 8 - 4 : 0x77);
    }
    /* AArch64: skipped, and applied where the caller wants that checked. */
    scene_begin(SMF_ARCH_AARCH64);
    scene.text[11] = 0x90; /* adrp x0, . */
    scene_record(TEXT, 8, AARCH64_ADR_PAGE, S_DATA, 0);
    scene.settled[TEXT] = 1;
    CHECK_STATUS(scene_load(), SMF_OK);
    CHECK_EQUAL(scene_word(TEXT, 8, 4), 0x90000000);
    scene_begin(SMF_ARCH_AARCH64);
    scene.text[11] = 0x90;
    scene_record(TEXT, 8, AARCH64_ADR_PAGE, S_DATA, 0);
    scene.settled[TEXT] = 1;
    scene.config.checks = SMF_CHECK_SETTLED;
    CHECK_STATUS(scene_load(), SMF_OK);
    CHECK_EQUAL(scene_word(TEXT, 8, 4), 0xB0000000);
}

static void by_stub(void)
{
    /* SPEC [S10] [S11]: a function's address is its stub's wherever it is kept; data's is its own. */
    for (int data = 0; data < 2; data++) {
        scene_begin(SMF_ARCH_X86_64);
        scene.flags = 0;
        scene.kind = data ? SMF_KIND_DATA : SMF_KIND_FUNCTION;
        scene.symbols[S_IMPORT].value = STUB;
        scene.symbols[S_IMPORT].size = 8;
        scene.symbols[S_IMPORT].flags = SMF_SYMBOL_FLAG_BY_STUB;
        scene_record(DATA, 0, X86_64_32, S_IMPORT, 0);
        scene_record(DATA, 8, X86_64_64, S_IMPORT, 0);
        CHECK_STATUS(scene_load(), SMF_OK);
        CHECK_EQUAL(scene_word(DATA, 0, 4), data ? scene.address : scene.base + STUB);
        CHECK_EQUAL(scene_word(DATA, 8, 8), data ? scene.address : scene.base + STUB);
    }
    /* SPEC [D3]: the slots of .got hold the function itself. */
    scene_begin(SMF_ARCH_X86_64);
    scene.symbols[S_IMPORT].value = STUB;
    scene.symbols[S_IMPORT].size = 8;
    scene.symbols[S_IMPORT].flags = SMF_SYMBOL_FLAG_BY_STUB;
    scene.sections[DATA] = (struct forge_section){
        .name = ".got", .type = SMF_SECTION_RODATA, .flags = 1, .bytes = scene.data, .size = DATA_SIZE, .alignment = 8};
    scene_record(DATA, 0, X86_64_64, S_IMPORT, 0);
    CHECK_STATUS(scene_load(), SMF_OK);
    CHECK_EQUAL(scene_word(DATA, 0, 8), scene.address);
}

static void pic_has_nothing_to_count(void)
{
    /* SPEC [H17]: a slot that PIC said is not needed fails; without the flag the loader makes it. */
    for (int pic = 0; pic < 2; pic++) {
        scene_begin(SMF_ARCH_X86_64);
        scene.flags = pic ? SMF_FLAG_PIC : 0;
        scene_record(TEXT, 0, X86_64_GOTPCREL, S_IMPORT, 0);
        CHECK_STATUS(scene_load(), pic ? SMF_ERR_RELOC_TYPE : SMF_OK);
    }
}

static void imports_are_asked_for_once(void)
{
    /* SPEC [L5]: once, however often it is used; strong ones that nobody has fail the load after they were reported. */
    scene_begin(SMF_ARCH_X86_64);
    scene_record(DATA, 0, X86_64_64, S_IMPORT, 0);
    scene_record(DATA, 8, X86_64_64, S_IMPORT, 0);
    scene_record(DATA, 16, X86_64_64, S_CODE, 0); /* its own, though the host would have it too */
    CHECK_STATUS(scene_load(), SMF_OK);
    CHECK_EQUAL(scene.asked, 1);
    CHECK_EQUAL(scene_word(DATA, 16, 8), scene.base);
    scene_begin(SMF_ARCH_X86_64);
    scene.nobody = true;
    CHECK_STATUS(scene_load(), SMF_ERR_UNRESOLVED);
    CHECK_EQUAL(scene.missed, 1);
    CHECK_EQUAL(scene.live, 0);
}

static void hashes_only_exclude(void)
{
    /* SPEC [G9]: "costarring" and "liquid" have one hash. */
    static const struct smf_export liquid[] = {
        {.name = "liquid", .address = 1, .kind = SMF_KIND_FUNCTION, .hash = 0}
    };
    struct smf_export entries[1] = {liquid[0]};
    struct smf_exports table;
    uint32_t buckets[4];
    struct smf_binding_request request = {.name = "costarring", .length = 10};
    struct smf_binding_answer answer;
    CHECK_STATUS(smf_exports_index(&table, entries, 1, buckets, 4), SMF_OK);
    request.hash = entries[0].hash;
    CHECK_STATUS(smf_exports_resolve(&table, &request, &answer), SMF_ERR_NOT_FOUND);
    request = (struct smf_binding_request){.name = "liquid", .length = 6, .hash = entries[0].hash};
    CHECK_STATUS(smf_exports_resolve(&table, &request, &answer), SMF_OK);
    struct smf_found found;
    scene_begin(SMF_ARCH_X86_64);
    scene.symbols[S_CODE].name = "liquid";
    CHECK_STATUS(scene_load(), SMF_OK);
    CHECK_STATUS(smf_find(scene.module, "costarring", &found), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(smf_find(scene.module, "liquid", &found), SMF_OK);
}

static void sealed_once(void)
{
    /* SPEC [L4]: each region is given what it was asked for, none is both, and data stays as it was. */
    scene_begin(SMF_ARCH_X86_64);
    CHECK_STATUS(scene_load(), SMF_OK);
    CHECK_EQUAL(scene.protects, 1);
    CHECK_EQUAL(scene.writable_again, 0);
}

static void arrays_of_functions(void)
{
    /* SPEC [L7]: whole pointers into the code. */
    for (unsigned way = 0; way < 3; way++) {
        static const uint8_t pointers[24];
        scene_begin(SMF_ARCH_X86_64);
        scene.sections[DATA] = (struct forge_section){.name = ".init_array",
                                                      .type = SMF_SECTION_DATA,
                                                      .flags = 3,
                                                      .bytes = pointers,
                                                      .size = way == 1 ? 20 : 16,
                                                      .alignment = 8};
        scene_record(DATA, 0, X86_64_64, way == 2 ? S_DATA : S_TEXT, 0);
        CHECK_STATUS(scene_load(), way == 0 ? SMF_OK : SMF_ERR_FORMAT);
    }
}

static const struct tap_case cases[] = {
    {"module_for_this_machine",    module_for_this_machine   },
    {"sections_lie_in_order",      sections_lie_in_order     },
    {"settled_records",            settled_records           },
    {"by_stub",                    by_stub                   },
    {"pic_has_nothing_to_count",   pic_has_nothing_to_count  },
    {"imports_are_asked_for_once", imports_are_asked_for_once},
    {"hashes_only_exclude",        hashes_only_exclude       },
    {"sealed_once",                sealed_once               },
    {"arrays_of_functions",        arrays_of_functions       },
};
TAP_MAIN(cases)
