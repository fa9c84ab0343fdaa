/* SPDX-License-Identifier: MIT */
/*
 * run_in_place.c - x86-64 code that runs where its file is mapped, prelinked for
 * that address and for that of its data. Elsewhere skipped, and says so.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "harness/tap.h"
#include "support/kit.h"

enum { CODE = 0x31000000, PLACE = 0x32000000 };
static struct kit kit;
static uint8_t arena[1 << 14], note[32], data[16];

/* mov eax, [PLACE]; add eax, edi; ret. And, with no address in it: lea eax, [rdi + rdi]; ret. */
static const uint8_t code[16] = {0x8B, 0x04, 0x25, 0, 0, 0, 0x32, 0x01, 0xF8, 0xC3, 0x8D, 0x04, 0x3F, 0xC3};

static void *map(uintptr_t address, size_t size)
{
    const int exactly = address != 0 ? MAP_FIXED_NOREPLACE : 0;
    void *memory = mmap((void *)address, size, PROT_READ | PROT_WRITE, // NOLINT(performance-no-int-to-ptr)
                        MAP_PRIVATE | MAP_ANONYMOUS | exactly, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* A port that gives exactly what is asked for. */
static enum smf_status reserve(void *context, const struct smf_region_request *requests, size_t count,
                               struct smf_region *regions)
{
    unsigned *reserved = context;
    if (count != 1 || requests[0].access != SMF_ACCESS_RW)
        return SMF_ERR_NO_MEMORY;
    uint8_t *memory = map(requests[0].address, 4096);
    if (memory == NULL)
        return SMF_ERR_NO_MEMORY;
    regions[0] = (struct smf_region){memory, (uintptr_t)memory, 4096, SMF_ACCESS_RW};
    ++*reserved;
    return SMF_OK;
}

static void release(void *context, const struct smf_region *regions, size_t count)
{
    unsigned *reserved = context;
    CHECK_EQUAL(count, 1);
    munmap(regions[0].bytes, 4096);
    --*reserved;
}

static enum smf_status protect(void *context, const struct smf_region *region, enum smf_access access)
{
    (void)context;
    (void)region;
    (void)access;
    tap_check(0, __FILE__, __LINE__, "nothing here is the port's to protect");
    return SMF_ERR_PROTECT;
}

static uint8_t *make(bool prelinked, size_t *size)
{
    kit_start(&kit, SMF_ARCH_X86_64);
    put32(data, 40);
    kit_section(&kit, ".text", SMF_SECTION_CODE, code, sizeof code, 16);
    kit_section(&kit, ".data", SMF_SECTION_DATA, data, sizeof data, 8);
    if (prelinked) {
        kit.writer.header.flags |= SMF_FLAG_PRELINKED;
        put32(note, 0);
        put64(note + 8, CODE);
        put32(note + 16, 1);
        put64(note + 24, PLACE);
        kit_section(&kit, SMF_NOTE_PRELINK, SMF_SECTION_NOTE, note, sizeof note, 8);
    }
    kit_export(&kit, "add", 0, 0, SMF_SYMBOL_FUNCTION);
    kit_export(&kit, "twice", 0, 10, SMF_SYMBOL_FUNCTION);
    return kit_finish(&kit, size);
}

/* The file, executable, at an address; NULL if that is taken. */
static void *place(uintptr_t address, const uint8_t *file, size_t size)
{
    void *image = map(address, 4096);
    CHECK(image != NULL && size <= 4096);
    if (image == NULL)
        return NULL;
    memcpy(image, file, size);
    CHECK_EQUAL(mprotect(image, 4096, PROT_READ | PROT_EXEC), 0);
    return image;
}

static bool is_skipped(void)
{
    if (smf_arch_native() == &smf_arch_x86_64)
        return false;
    tap_skip("the code of this module is for x86-64");
    return true;
}

static int call(const struct smf_module *module, const char *name, int argument)
{
    int (*const function)(int) = (int (*)(int))smf_function(module, name);
    CHECK(function != NULL);
    return function != NULL ? function(argument) : -1;
}

static void prelinked_code_runs(void)
{
    unsigned reserved = 0;
    const struct smf_port port = {.context = &reserved, .reserve = reserve, .release = release, .protect = protect};
    const struct smf_config config = {
        .port = &port, .arena = arena, .arena_size = sizeof arena, .in_place = &smf_in_place_required};
    struct smf_loader loader;
    struct smf_module *module, *second;
    struct smf_diagnosis why;
    size_t size = 0, count;
    if (is_skipped())
        return;
    uint8_t *file = make(true, &size);
    void *here = place(CODE, file, size), *elsewhere = place(CODE + 0x100000, file, size);
    struct smf_source source = smf_source_memory(here, size, SMF_STAYS_FOR_MODULE);
    CHECK_STATUS(smf_loader_start(&loader, &config), SMF_OK);
    CHECK_STATUS(smf_load(&loader, &source, &module, &why), SMF_OK);
    CHECK_EQUAL(call(module, "add", 2), 42);
    CHECK_EQUAL(smf_module_regions(module, &count)[0].address, CODE);
    CHECK_STATUS(smf_load(&loader, &source, &second, &why), SMF_ERR_DUPLICATE);
    CHECK_EQUAL(reserved, 1);
    CHECK_STATUS(smf_unload(&loader, module), SMF_OK);
    CHECK_STATUS(smf_load(&loader, &source, &module, &why), SMF_OK); /* and again */
    CHECK_EQUAL(call(module, "add", 3), 43);
    smf_loader_finish(&loader);
    CHECK_EQUAL(reserved, 0);
    source.bytes = elsewhere;
    CHECK_STATUS(smf_loader_start(&loader, &config), SMF_OK);
    CHECK_STATUS(smf_load(&loader, &source, &module, &why), SMF_ERR_UNSUPPORTED);
    CHECK_EQUAL(why.value, CODE + 0x100000);
    CHECK_EQUAL(why.expected, CODE);
    smf_loader_finish(&loader);
    munmap(here, 4096);
    munmap(elsewhere, 4096);
    free(file);
}

/* Code that needs no address: one file, one code, as many modules as there is data for. */
static void one_code_for_two(void)
{
    unsigned reserved = 0;
    const struct smf_port port = {.context = &reserved, .reserve = reserve, .release = release, .protect = protect};
    const struct smf_config config = {
        .port = &port, .arena = arena, .arena_size = sizeof arena, .in_place = &smf_in_place_required};
    struct smf_loader loader;
    struct smf_module *first, *second;
    struct smf_diagnosis why;
    size_t size = 0, count;
    if (is_skipped())
        return;
    uint8_t *file = make(false, &size);
    void *here = place(CODE, file, size);
    const struct smf_source source = smf_source_memory(here, size, SMF_STAYS_FOR_MODULE);
    CHECK_STATUS(smf_loader_start(&loader, &config), SMF_OK);
    CHECK_STATUS(smf_load(&loader, &source, &first, &why), SMF_OK);
    CHECK_STATUS(smf_load(&loader, &source, &second, &why), SMF_OK);
    CHECK_EQUAL(reserved, 2);
    CHECK(smf_function(first, "twice") == smf_function(second, "twice"));
    CHECK(smf_module_regions(first, &count)[1].address != smf_module_regions(second, &count)[1].address);
    CHECK_EQUAL(call(first, "twice", 21), 42);
    CHECK_EQUAL(call(second, "twice", 4), 8);
    smf_loader_finish(&loader);
    CHECK_EQUAL(reserved, 0);
    munmap(here, 4096);
    free(file);
}

static const struct tap_case cases[] = {
    {"prelinked_code_runs", prelinked_code_runs},
    {"one_code_for_two",    one_code_for_two   },
};
TAP_MAIN(cases)
