/* SPDX-License-Identifier: MIT */
/*
 * in_place.c - modules executed from flash: what that saves of the RAM, one code for several instances, and a module
 * that smf prelink relocated for the addresses where it lies here.
 */
#include <string.h>

#include "board.h"
#include "guests.h"
#include "harness/tap.h"
#include "mps2.h"

/* Placed by CMakeLists.txt: PRELINKED_CODE is where worker_prelinked.smf lies, the others are RAM that nothing else uses. */
extern const uint8_t module_prelinked[], module_prelinked_end[];

static struct smf_pool_block fixed_blocks[2][4];

static enum smf_status bind(void *context, const struct smf_binding_request *request, struct smf_binding_answer *answer)
{
    (void)context;
    answer->address = (uintptr_t)log_number; /* both imports: what is called is not the question */
    answer->kind = SMF_KIND_FUNCTION;
    return request->name[0] != '\0' ? SMF_OK : SMF_ERR_NOT_FOUND;
}

/* The board's code pool, and data and slots where the module was prelinked for. */
static void start_fixed(void)
{
    struct smf_mpu_config config = whole_board();
    CHECK((uintptr_t)smf_data_end <= PRELINKED_DATA);
    config.data = (struct smf_mpu_memory){(void *)PRELINKED_DATA, 65536, fixed_blocks[0], 4};     /* NOLINT */
    config.rodata = (struct smf_mpu_memory){(void *)PRELINKED_RODATA, 65536, fixed_blocks[1], 4}; /* NOLINT */
    start(&config);
    start_loader(bind, NULL);
}

static enum smf_status load_staying(struct smf_module **module, const uint8_t *bytes, size_t size,
                                    struct smf_needs *needs)
{
    const struct smf_source source = smf_source_memory(bytes, size, SMF_STAYS_FOR_MODULE);
    const enum smf_status status = smf_measure(&loader, &source, needs, &why);
    return status == SMF_OK ? smf_load(&loader, &source, module, &why) : status;
}

/* State is handed in by pointer, so the code may be everybody's. */
static void two_instances_share_one_code(void)
{
    const struct smf_mpu_config config = whole_board();
    struct smf_module *copied, *first, *second;
    struct smf_needs copy, place;
    size_t count;
    start(&config);
    CHECK_STATUS(load_staying(&copied, BYTES(pure), &copy), SMF_OK);
    loader.config.in_place = &smf_in_place_required;
    CHECK_STATUS(load_staying(&first, BYTES(pure), &place), SMF_OK);
    CHECK_STATUS(load_staying(&second, BYTES(pure), &place), SMF_OK);
    CHECK_EQUAL(place.region_bytes, 0);
    CHECK(copy.region_bytes > 0);
    CHECK(place.in_place_bytes > 0);
    const uintptr_t code = smf_module_regions(first, &count)[0].address;
    CHECK(code >= (uintptr_t)module_pure && code < (uintptr_t)module_pure_end);
    CHECK_EQUAL(smf_module_regions(second, &count)[0].address, code);
    CHECK(smf_module_regions(copied, &count)[0].address != code);
    CHECK_EQUAL(((uintptr_t(*)(uintptr_t, uintptr_t))smf_function(second, "add"))(40, 2), 42);
    tap_note("pure: %u bytes of RAM for regions when copied, 0 in place; arena %u each", (unsigned)copy.region_bytes,
             (unsigned)place.arena_kept);
    smf_loader_finish(&loader);
    pools_are_empty();
}

static void code_with_relocations_is_refused(void)
{
    const struct smf_mpu_config config = whole_board();
    struct smf_module *module;
    struct smf_needs needs;
    char line[200];
    start(&config);
    loader.config.in_place = &smf_in_place_required;
    CHECK(load_staying(&module, BYTES(worker), &needs) != SMF_OK);
    smf_diagnosis_format(&why, line, sizeof line);
    tap_note("%s", line);
    pools_are_empty();
}

static void a_prelinked_module_runs_from_flash(void)
{
    struct smf_module *copied, *module, *second;
    struct smf_needs copy, place;
    size_t count;
    char line[200];
    start_fixed();
    CHECK_STATUS(load_staying(&copied, BYTES(worker), &copy), SMF_OK);
    CHECK_STATUS(smf_unload(&loader, copied), SMF_OK);
    loader.config.in_place = &smf_in_place_required;
    CHECK_EQUAL((uintptr_t)module_prelinked, PRELINKED_CODE);
    CHECK_STATUS(load_staying(&module, BYTES(prelinked), &place), SMF_OK);
    CHECK_EQUAL(smf_module_regions(module, &count)[0].address, PRELINKED_CODE);
    CHECK(place.region_bytes < copy.region_bytes);
    CHECK_EQUAL(((uintptr_t(*)(uintptr_t))smf_function(module, "constant"))(3), 7);
    CHECK_EQUAL(((uintptr_t(*)(void))smf_function(module, "count"))(), 6);
    CHECK_EQUAL(((uintptr_t(*)(uintptr_t, uintptr_t))smf_function(module, "through"))(1, 9), 81);
    CHECK_EQUAL(((uintptr_t(*)(uintptr_t))smf_function(module, "ask"))(5), 106);
    CHECK_EQUAL(logged, 5);
    CHECK_EQUAL(((uintptr_t(*)(void))smf_function(module, "where_data"))(), PRELINKED_DATA);
    tap_note("worker: %u bytes of RAM for regions when copied, %u when prelinked, %u stay in flash",
             (unsigned)copy.region_bytes, (unsigned)place.region_bytes, (unsigned)place.in_place_bytes);
    /* Its data has one address: there is no second instance. */
    CHECK(load_staying(&second, BYTES(prelinked), &place) != SMF_OK);
    smf_diagnosis_format(&why, line, sizeof line);
    tap_note("%s", line);
    CHECK_STATUS(smf_unload(&loader, module), SMF_OK);
    pools_are_empty();
}

/* The same file at another address: refused, and both addresses are told. */
static void a_file_that_moved_is_refused(void)
{
    static uint8_t moved[4096] __attribute__((aligned(32)));
    struct smf_module *module;
    struct smf_needs needs;
    char line[200];
    const size_t size = (size_t)(module_prelinked_end - module_prelinked);
    CHECK(size <= sizeof moved);
    if (size > sizeof moved)
        return;
    start_fixed();
    memcpy(moved, module_prelinked, size);
    loader.config.in_place = &smf_in_place_required;
    CHECK(load_staying(&module, moved, size, &needs) != SMF_OK);
    CHECK_EQUAL(why.expected, PRELINKED_CODE);
    CHECK_EQUAL(why.value, (uintptr_t)moved);
    smf_diagnosis_format(&why, line, sizeof line);
    tap_note("%s", line);
    loader.config.in_place = NULL;
    CHECK(load_staying(&module, BYTES(prelinked), &needs) != SMF_OK); /* nor without asking for it */
    pools_are_empty();
}

static const struct tap_case cases[] = {
    {"two_instances_share_one_code",       two_instances_share_one_code      },
    {"code_with_relocations_is_refused",   code_with_relocations_is_refused  },
    {"a_prelinked_module_runs_from_flash", a_prelinked_module_runs_from_flash},
    {"a_file_that_moved_is_refused",       a_file_that_moved_is_refused      },
};
TAP_MAIN(cases)
