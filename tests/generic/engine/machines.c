/* SPDX-License-Identifier: MIT */
/* machines.c - instances of forged templates, for all machines. */
#include "generic/engine/scene.h"
#include "smf/hash.h"

static const struct smf_arch *const machines[] = {&smf_arch_x86_64, &smf_arch_aarch64, &smf_arch_riscv64, &smf_arch_arm,
                                                  &smf_arch_riscv32};
static const struct smf_write_record *const records[] = {&forge_size_of, &forge_swap, &forge_chain};

static void for_all_machines(void (*run)(const struct smf_arch *arch))
{
    for (unsigned i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        if (machines[i]->pointer_size > sizeof(void *))
            continue;
        tap_variant("arch=%u", machines[i]->id);
        scene_start(machines[i]);
        scene_open();
        run(machines[i]);
        scene_end();
    }
    tap_variant("%s", "");
}

static void put_number(const struct smf_arch *arch)
{
    scene_plain(0, "Point", 24, 3);
    CHECK_STATUS(scene_add(1, "lib", records, 3, NULL, 0), SMF_OK);
    CHECK_EQUAL(scene_statistics().templates, 3);
    CHECK_STATUS(scene_make(0, "size_of", "Point"), SMF_OK);
    CHECK_TEXT(scene.made.name, "size_of$Point");
    const uint8_t *code = scene_code(&scene.made);
    const char *wanted = arch->id == SMF_ARCH_X86_64    ? "\xB8\x18\0\0\0\xC3\0"
                         : arch->id == SMF_ARCH_AARCH64 ? "\0\0\xA0\xD2\0\x03\x80"
                         : arch->id == SMF_ARCH_ARM     ? "\x40\xF2\x18\0\xC0\xF2\0"
                                                        : "\x37\x05\0\0\x13\x05\x85";
    CHECK(memcmp(code, wanted, arch->id == SMF_ARCH_X86_64 ? 6 : 7) == 0);
    CHECK_EQUAL(scene.made.address, scene.made.code + (arch->id == SMF_ARCH_ARM));
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "size_of$Point") & ~(uintptr_t)1, scene.made.code);
    CHECK_EQUAL(scene.made.hold_count, 1);
    CHECK_EQUAL(scene.made.holds[0], 1);
    CHECK_EQUAL(scene.made.users, 1);
    CHECK(scene.made.made && !scene.made.shared);
}

static void a_number_is_put_into_the_code(void) { for_all_machines(put_number); }

static void share(const struct smf_arch *arch)
{
    CHECK_STATUS(scene_add(1, "lib", records, 3, NULL, 0), SMF_OK);
    scene_type(0, "Degree",
               &(struct scene_type){
                   .size = 4, .version = SMF_TYPE_VERSION, .alignment_log2 = 2, .kind = SMF_DESCRIPTOR_SIGNED});
    CHECK_STATUS(scene_make(0, "swap", "i32"), SMF_OK);
    CHECK(!scene.made.shared);
    const uintptr_t address = scene.made.address;
    CHECK_STATUS(scene_make(0, "swap", "Degree"), SMF_OK);
    CHECK_EQUAL(scene.made.address, address);
    CHECK(scene.made.shared && scene.made.made);
    CHECK_EQUAL(scene_statistics().instances, 2);
    CHECK_EQUAL(scene_statistics().shared, 1);
    CHECK_EQUAL(scene_statistics().code_bytes, scene.made.size);
    CHECK_EQUAL(paper_live(&scene.paper), 1);
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "swap$i32"), address);
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "swap$Degree"), address);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "swap$i32"), SMF_OK);
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "swap$i32"), 0);
    CHECK_EQUAL(smf_mapper_lookup(&scene.mapper, "swap$Degree"), address);
    CHECK_EQUAL(scene_statistics().shared, 0);
    CHECK_EQUAL(paper_live(&scene.paper), 1);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "swap$Degree"), SMF_OK);
    CHECK_EQUAL(paper_live(&scene.paper), 0);
    CHECK_EQUAL(scene_statistics().code_bytes, 0);
    (void)arch;
}

static void code_without_holes_is_shared(void) { for_all_machines(share); }

static void need(const struct smf_arch *arch)
{
    CHECK_STATUS(scene_add(1, "lib", records, 3, NULL, 0), SMF_OK);
    CHECK_STATUS(scene_make(0, "chain", "i16"), SMF_OK);
    CHECK_TEXT(scene.made.name, "chain$i16");
    struct smf_instance needed;
    CHECK_STATUS(smf_instantiator_find(&scene.instantiator, "size_of$i16", &needed), SMF_OK);
    CHECK_EQUAL(needed.users, 1);
    CHECK_EQUAL(scene_statistics().made, 2);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "size_of$i16"), SMF_ERR_BUSY);
    CHECK_STATUS(smf_instantiator_drop(&scene.instantiator, "chain$i16"), SMF_OK);
    CHECK_EQUAL(scene_statistics().instances, 0);
    CHECK_EQUAL(paper_live(&scene.paper), 0);
    (void)arch;
}

static void what_is_needed_is_made_first_and_goes_last(void) { for_all_machines(need); }

static const struct tap_case cases[] = {
    {"a_number_is_put_into_the_code",              a_number_is_put_into_the_code             },
    {"code_without_holes_is_shared",               code_without_holes_is_shared              },
    {"what_is_needed_is_made_first_and_goes_last", what_is_needed_is_made_first_and_goes_last},
};
TAP_MAIN(cases)
