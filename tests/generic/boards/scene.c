/* SPDX-License-Identifier: MIT */
/* scene.c - see scene.h. */
#include "scene.h"

#include <stdio.h>
#include <string.h>

#include "harness/tap.h"

extern const uint8_t templates_file[], templates_file_end[], user_file[], user_file_end[]; /* smf_embed() */
extern const uint8_t numbers_file[], numbers_file_end[], wide_file[], wide_file_end[];

static const struct {
    const char *name;
    const uint8_t *bytes, *end;
} files[FILES] = {
    [TEMPLATES] = {"templates", templates_file, templates_file_end},
    [USER] = {"user",      user_file,      user_file_end     },
    [NUMBERS] = {"numbers",   numbers_file,   numbers_file_end  },
    [WIDE] = {"wide",      wide_file,      wide_file_end     },
};

struct scene scene;
static uint8_t arena[24 * 1024], names[4 * 1024], workshop[16 * 1024];

/* What units call of the compiler's library: the firmware has it. */
#if defined(__arm__)
#define SOFT_FLOATS                                                                                                    \
    SOFT(__aeabi_dadd)                                                                                                 \
    SOFT(__aeabi_fadd)                                                                                                 \
    SOFT(__aeabi_dcmpeq)                                                                                               \
    SOFT(__aeabi_dcmplt) SOFT(__aeabi_dcmpgt) SOFT(__aeabi_fcmpeq) SOFT(__aeabi_fcmplt) SOFT(__aeabi_fcmpgt)
#elif defined(__riscv)
#define SOFT_FLOATS                                                                                                    \
    SOFT(__adddf3)                                                                                                     \
    SOFT(__addsf3) SOFT(__eqdf2) SOFT(__eqsf2) SOFT(__ltdf2) SOFT(__ltsf2) SOFT(__gtdf2) SOFT(__gtsf2)
#else
#define SOFT_FLOATS
#endif
#define SOFT(name) void name(void);
SOFT_FLOATS
#undef SOFT
#define SOFT(name) {#name, (uintptr_t)(name), SMF_KIND_FUNCTION, 0},

static struct smf_export offers[] = {
    {"memcpy",  (uintptr_t)memcpy,  SMF_KIND_FUNCTION, 0},
    {"memmove", (uintptr_t)memmove, SMF_KIND_FUNCTION, 0},
    {"memset",  (uintptr_t)memset,  SMF_KIND_FUNCTION, 0},
    SOFT_FLOATS
};
enum { OFFERS = sizeof offers / sizeof offers[0] };

static struct smf_exports table;
static const struct smf_exports *const host[] = {&table};

void scene_start_with(size_t size)
{
    static uint32_t buckets[32];
    const struct smf_mapper_config mapping = {.port = board_port(), .arena = names, .arena_size = sizeof names};
    struct smf_instantiator_config making = smf_instantiator_defaults();
    making.mapper = &scene.mapper;
    making.arena = workshop;
    making.arena_size = size != 0 ? size : sizeof workshop;
    making.max_depth = 8;
    CHECK(mapping.port != NULL);
    CHECK_STATUS(smf_exports_index(&table, offers, OFFERS, buckets, 32), SMF_OK);
    CHECK_STATUS(smf_mapper_start(&scene.mapper, &mapping), SMF_OK);
    CHECK_STATUS(smf_instantiator_start(&scene.instantiator, &making), SMF_OK);
    scene.generics = smf_instantiator_generics(&scene.instantiator);
    const struct smf_system_config config = {
        .load = {.port = board_port(), .arena = arena, .arena_size = sizeof arena},
        .host = host,
        .host_count = 1,
        .bucket_count = 32,
        .generics = &scene.generics,
    };
    CHECK_STATUS(smf_system_start(&scene.system, &config), SMF_OK);
}

void scene_start(void) { scene_start_with(0); }

void scene_finish(void)
{
    smf_system_finish(&scene.system);
    smf_instantiator_finish(&scene.instantiator);
    smf_mapper_finish(&scene.mapper);
}

enum smf_status scene_try(enum file file, struct smf_handle *handle)
{
    const struct smf_source source =
        smf_source_memory(files[file].bytes, (size_t)(files[file].end - files[file].bytes), SMF_STAYS_FOR_MODULE);
    const struct smf_system_item item = {.name = files[file].name, .source = &source};
    struct smf_handle unwanted;
    scene.why = (struct smf_diagnosis){0};
    const enum smf_status status =
        smf_system_load(&scene.system, &item, 0, handle != NULL ? handle : &unwanted, &scene.why);
    if (status != SMF_OK) {
        char line[200];
        smf_diagnosis_format(&scene.why, line, sizeof line);
        tap_note("%s: %s", files[file].name, line);
    }
    return status;
}

struct smf_handle scene_load(enum file file)
{
    struct smf_handle handle = {0};
    CHECK_STATUS(scene_try(file, &handle), SMF_OK);
    return handle;
}

enum smf_status scene_unload(struct smf_handle handle)
{
    return smf_system_unload(&scene.system, handle, 0, &scene.why);
}

size_t scene_instances(void)
{
    struct smf_instantiator_statistics made;
    struct smf_mapper_statistics mapped;
    smf_instantiator_get_statistics(&scene.instantiator, &made);
    smf_mapper_get_statistics(&scene.mapper, &mapped);
    CHECK_EQUAL(mapped.region_count, made.instances - made.shared);
    return made.instances;
}

struct smf_instance scene_instance(const char *mangled)
{
    struct smf_instance instance = {0};
    if (smf_instantiator_find(&scene.instantiator, mangled, &instance) != SMF_OK)
        instance.address = 0;
    return instance;
}

int scene_call(const char *name)
{
    int (*const function)(void) = (int (*)(void))smf_system_function(&scene.system, name);
    return function != NULL ? function() : -1;
}

struct room scene_room(void)
{
    static const enum smf_access accesses[3] = {SMF_ACCESS_RX, SMF_ACCESS_RO, SMF_ACCESS_RW};
    const struct smf_port *const port = board_port();
    struct smf_system_statistics loaded;
    struct smf_mapper_statistics mapped;
    struct smf_instantiator_statistics made;
    struct room room;
    smf_system_statistics(&scene.system, &loaded);
    smf_mapper_get_statistics(&scene.mapper, &mapped);
    smf_instantiator_get_statistics(&scene.instantiator, &made);
    for (unsigned i = 0; i < 3; i++)
        room.regions[i] = port->available(port->context, accesses[i]);
    room.arenas[0] = loaded.arena_largest;
    room.arenas[1] = mapped.arena_largest;
    room.arenas[2] = made.arena_largest;
    return room;
}

void scene_check_room(const struct room *before)
{
    const struct room now = scene_room();
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQUAL(now.regions[i], before->regions[i]);
        CHECK_EQUAL(now.arenas[i], before->arenas[i]);
    }
}

/* ---- Writing where it is not allowed: each board's tests have a way of their own ---- */

#if defined(__arm__)
#include "cortexm/guard.h"

/* Of privileged code; the MPU refuses it that, too. */
bool scene_write_faults(uintptr_t address) { return guard_try(GUARD_WRITE, address & ~(uintptr_t)3, 0xDEADBEEF) != 0; }

#elif defined(__riscv)
#include "support/faults.h"

/* In U-mode, with the memory around it open as the port has it on record. */
bool scene_write_faults(uintptr_t address) { return access_faults(ACCESS_WRITE, address); }

#else
#include "baremetal/guard.h"

bool scene_write_faults(uintptr_t address)
{
    const struct guard_end end = guard_try(NULL, GUARD_PRIVILEGED, GUARD_WRITE, address & ~(uintptr_t)3, 0xDEADBEEF);
    return end.cause == guard_cause(GUARD_PRIVILEGED, GUARD_WRITE, true);
}
#endif
