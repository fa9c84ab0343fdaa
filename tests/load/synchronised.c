/* SPDX-License-Identifier: MIT */
/*
 * synchronised.c - instructions are synchronised after their last write and before anybody gets them.
 *
 * QEMU has no caches that could be stale, so the order of the calls and the bytes at each of them are what can be
 * shown: a port that keeps what a region held when it was synchronised, and compares at every later moment.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/tap.h"
#include "smf/exec.h"
#include "support/kit.h"

enum { KEPT = 8 };

/* What was synchronised last at an address. */
struct kept {
    uintptr_t address;
    uint8_t *bytes;
    size_t size;
};

static struct {
    enum smf_status (*protect)(void *, const struct smf_region *, enum smf_access);
    void (*sync_code)(void *, const struct smf_region *);
    struct kept kept[KEPT];
    unsigned synchronised, others; /* calls for code, and for what never becomes code */
} recorder;

static struct bench bench;
static struct kit kit;
static uint8_t text[256], data[512];

static bool executes(enum smf_access access) { return access == SMF_ACCESS_RX || access == SMF_ACCESS_RWX; }

static struct kept *kept_at(uintptr_t address)
{
    struct kept *found = NULL;
    for (unsigned i = 0; i < KEPT; i++)
        if (recorder.kept[i].bytes != NULL && recorder.kept[i].address == address)
            found = &recorder.kept[i];
    for (unsigned i = 0; i < KEPT && found == NULL; i++)
        if (recorder.kept[i].bytes == NULL)
            found = &recorder.kept[i];
    return found;
}

static void record_sync(void *context, const struct smf_region *region)
{
    struct kept *kept = kept_at(region->address);
    recorder.others += !executes(region->access);
    recorder.synchronised++;
    recorder.sync_code(context, region);
    CHECK(kept != NULL);
    if (kept == NULL)
        return;
    free(kept->bytes);
    *kept = (struct kept){region->address, malloc(region->size), region->size};
    CHECK(kept->bytes != NULL);
    if (kept->bytes != NULL)
        memcpy(kept->bytes, region->bytes, region->size);
}

/* Synchronised, and nothing written since. */
static bool is_synchronised(const struct smf_region *region)
{
    const struct kept *kept = kept_at(region->address);
    return kept != NULL && kept->bytes != NULL && kept->size == region->size &&
           memcmp(kept->bytes, region->bytes, region->size) == 0;
}

static void forget(void)
{
    for (unsigned i = 0; i < KEPT; i++)
        free(recorder.kept[i].bytes);
    memset(&recorder, 0, sizeof recorder);
}

static enum smf_status record_protect(void *context, const struct smf_region *region, enum smf_access access)
{
    CHECK(!executes(access) || is_synchronised(region));
    return recorder.protect(context, region, access);
}

static void listen(struct paper *paper)
{
    forget();
    recorder.protect = paper->port.protect;
    recorder.sync_code = paper->port.sync_code;
    paper->port.protect = record_protect;
    paper->port.sync_code = record_sync;
}

/* Relocations in code and in data, an import, and memory behind the contents. */
static uint8_t *make(enum smf_arch_id arch, unsigned in_code, unsigned in_data, size_t *size)
{
    kit_start(&kit, arch);
    kit_section(&kit, ".text", SMF_SECTION_CODE, text, sizeof text, 64);
    kit_section(&kit, ".data", SMF_SECTION_DATA, data, sizeof data, 32);
    kit_section(&kit, ".bss", SMF_SECTION_BSS, NULL, 777, 128);
    kit_local(&kit, ".data", 1, 0);
    kit_import(&kit, "other", SMF_SYMBOL_DATA, SMF_BINDING_GLOBAL);
    kit_export(&kit, "run", 0, 0, SMF_SYMBOL_FUNCTION);
    for (unsigned i = 0; i < 20; i++)
        kit_relocation(&kit, 0, 8 * i, in_code, 0, i);
    for (unsigned i = 0; i < 20; i++)
        kit_relocation(&kit, 1, 8 * i, in_data, i % 2, i);
    return kit_finish(&kit, size);
}

/* psABI numbers: PC32 and 64; PREL32 and ABS64; REL32 and ABS32; 32_PCREL and 64, 32. */
static const struct {
    const struct smf_arch *arch;
    unsigned in_code, in_data;
} machines[] = {
    {&smf_arch_x86_64,  2,   1  },
    {&smf_arch_aarch64, 261, 257},
    {&smf_arch_arm,     3,   2  },
    {&smf_arch_riscv64, 57,  2  },
    {&smf_arch_riscv32, 57,  1  }
};

static void a_module_is_synchronised_after_its_last_write(void)
{
    static const struct known known[] = {
        {"other", 0x102000, SMF_KIND_DATA}
    };
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        const bool words = machines[i].arch->pointer_size == 4;
        size_t size, count, code = 0;
        tap_variant("%u", (unsigned)i);
        if (sizeof(void *) == 4 && !words) /* no addresses for these here */
            continue;
        uint8_t *file = make((enum smf_arch_id)machines[i].arch->id, machines[i].in_code, machines[i].in_data, &size);
        bench_start(&bench, machines[i].arch);
        bench.known = known;
        bench.known_count = 1;
        bench.paper.base = words ? 0x40000000 : bench.paper.base;
        listen(&bench.paper);
        bench_open(&bench);
        struct smf_module *module = bench_load(&bench, file, size);
        const struct smf_region *regions = smf_module_regions(module, &count);
        for (size_t r = 0; r < count; r++) {
            CHECK(!executes(regions[r].access) || is_synchronised(&regions[r]));
            code += executes(regions[r].access);
        }
        CHECK_EQUAL(code, 1);
        CHECK_EQUAL(recorder.synchronised, 1);
        CHECK_EQUAL(recorder.others, 0);
        bench_end(&bench);
        free(file);
    }
    tap_variant("%s", "");
    forget();
}

/* Each write, with what makes it executable afterwards. */
static void code_by_hand_is_synchronised_each_time(void)
{
    static struct paper paper;
    static struct smf_exec_block blocks[2];
    const struct smf_exec_config config = {
        .port = &paper.port, .blocks = blocks, .block_count = 2, .no_wx = true, .allow_rwx = true};
    struct smf_exec exec;
    struct smf_region region, both;
    paper_start(&paper);
    paper.base = 0x40000000;
    paper.port.can_rwx = true;
    listen(&paper);
    CHECK_STATUS(smf_exec_start(&exec, &config), SMF_OK);
    CHECK_STATUS(smf_exec_alloc(&exec, 64, 0, SMF_ACCESS_RX, &region), SMF_OK);
    CHECK_STATUS(smf_exec_alloc(&exec, 64, 0, SMF_ACCESS_RWX, &both), SMF_OK);
    for (uint8_t turn = 1; turn < 6; turn++) {
        CHECK_STATUS(smf_exec_write(&exec, region.address, turn, &turn, 1), SMF_OK);
        CHECK(!is_synchronised(&region));
        if (turn % 2 == 0)
            CHECK_STATUS(smf_exec_seal(&exec, region.address), SMF_OK);
        else
            CHECK_STATUS(smf_exec_protect(&exec, region.address, 1, SMF_ACCESS_RX), SMF_OK);
        CHECK(is_synchronised(&region));
        CHECK_EQUAL(recorder.synchronised, turn);
        CHECK_STATUS(smf_exec_unseal(&exec, region.address), SMF_OK);
    }
    CHECK_STATUS(smf_exec_seal(&exec, both.address), SMF_OK);
    CHECK_STATUS(smf_exec_write(&exec, both.address, 0, "now", 3), SMF_OK); /* executable without another call */
    CHECK(is_synchronised(&both));
    CHECK_EQUAL(recorder.others, 0);
    smf_exec_finish(&exec);
    paper_end(&paper);
    forget();
}

/* The recorder itself: a write behind the synchronisation, and one that never was, are seen. */
static void late_writes_are_noticed(void)
{
    static struct paper paper;
    const struct smf_region_request request = {.size = 64, .alignment = 16, .access = SMF_ACCESS_RX};
    struct smf_region region;
    paper_start(&paper);
    paper.base = 0x40000000;
    listen(&paper);
    CHECK_STATUS(paper.port.reserve(&paper, &request, 1, &region), SMF_OK);
    CHECK(!is_synchronised(&region));
    paper.port.sync_code(&paper, &region);
    CHECK(is_synchronised(&region));
    region.bytes[63] ^= 1;
    CHECK(!is_synchronised(&region));
    paper.port.release(&paper, &region, 1);
    paper_end(&paper);
    forget();
}

static const struct tap_case cases[] = {
    {"a_module_is_synchronised_after_its_last_write", a_module_is_synchronised_after_its_last_write},
    {"code_by_hand_is_synchronised_each_time",        code_by_hand_is_synchronised_each_time       },
    {"late_writes_are_noticed",                       late_writes_are_noticed                      },
};
TAP_MAIN(cases)
