/* SPDX-License-Identifier: MIT */
/*
 * mpu.c - regions of PMSAv7 and PMSAv8 as register values: decoded again by the manuals' tables, they hold exactly the bytes
 * that were asked for, or nothing was described.
 */
#include "rtos-mpu/mpu.h"
#include "harness/tap.h"

/* What the registers of one region let through: does it hold this address? Armv7-M ARM B3.5.8 and B3.5.9. */
static bool holds_v7(const struct smf_mpu_entry *entry, uint64_t address)
{
    const unsigned log2 = (entry->attributes >> 1 & 31) + 1;
    const uint64_t base = entry->base & ~(uint64_t)31, size = (uint64_t)1 << log2;
    const uint32_t hidden = entry->attributes >> 8 & 0xff;
    if ((entry->attributes & 1) == 0 || address < base || address - base >= size)
        return false;
    return log2 < 8 || (hidden >> ((address - base) >> (log2 - 3)) & 1) == 0;
}

static bool holds_v8(const struct smf_mpu_entry *entry, uint64_t address)
{
    return (entry->attributes & 1) != 0 && address >= (entry->base & ~31u) && address <= (entry->attributes | 31u);
}

struct unit {
    const struct smf_mpu_unit *unit;
    bool (*holds)(const struct smf_mpu_entry *entry, uint64_t address);
};
static const struct unit v7 = {&smf_mpu_pmsav7, holds_v7}, v8 = {&smf_mpu_pmsav8, holds_v8};

/* At both ends and in between, in steps of the granule. */
static bool is_exact(const struct unit *unit, const struct smf_mpu_entry *entry, uint64_t address, uint64_t size)
{
    for (uint64_t at = address; at < address + size; at += 32)
        if (!unit->holds(entry, at) || !unit->holds(entry, at + 31))
            return false;
    for (uint64_t k = 1; k <= 4096; k += 31)
        if (unit->holds(entry, address - k) || unit->holds(entry, address + size + k - 1))
            return false;
    return true;
}

static uint32_t seed;
static uint32_t next(void) { return seed = seed * 1664525u + 1013904223u; }

static void described_regions_are_exact(const struct unit *unit, unsigned least)
{
    unsigned described = 0;
    seed = 7;
    for (unsigned i = 0; i < 20000; i++) {
        struct smf_mpu_entry entry = {0, 0};
        const uint32_t step = UINT32_C(1) << next() % 13;
        const uint32_t address = 0x20000000 + (next() >> 12) * 1 / step * step;
        const uint32_t size = (next() >> 19) / step * step;
        if (!unit->unit->describe(address, size, SMF_MPU_MODULE_RX, &entry))
            continue;
        described++;
        tap_variant("0x%x bytes at 0x%x", size, address);
        CHECK(size >= 32 && is_exact(unit, &entry, address, size));
    }
    tap_variant("%s", "");
    CHECK(described >= least);
    tap_note("%u of 20000 can be described", described);
}

static void pmsav7_regions_are_exact(void) { described_regions_are_exact(&v7, 500); }
static void pmsav8_regions_are_exact(void) { described_regions_are_exact(&v8, 5000); }

/* What a module is given can always be described: footprints at multiples of their power of two. */
static void every_footprint_has_an_entry(void)
{
    const struct smf_port facts = {.granule = 32, .power_of_two = true, .parts = 8};
    for (size_t size = 1; size < 70000; size += 13) {
        const size_t footprint = smf_port_footprint(&facts, size);
        size_t whole = 32;
        while (whole < footprint)
            whole <<= 1;
        struct smf_mpu_entry entry;
        tap_variant("%u bytes", (unsigned)size);
        CHECK(smf_mpu_pmsav7.describe(0x20000000 + whole, footprint, SMF_MPU_MODULE_RW, &entry) &&
              is_exact(&v7, &entry, 0x20000000 + whole, footprint));
        CHECK(footprint - size < 32 || (footprint - size) * 4 <= footprint);
    }
}

static void pmsav7_refuses_what_is_no_region(void)
{
    struct smf_mpu_entry entry;
    CHECK(!smf_mpu_pmsav7.describe(0x20000000, 0, SMF_MPU_MODULE_RW, &entry));
    CHECK(!smf_mpu_pmsav7.describe(0x20000000, 8, SMF_MPU_MODULE_RW, &entry)); /* QEMU would take these two */
    CHECK(!smf_mpu_pmsav7.describe(0x20000000, 16, SMF_MPU_MODULE_RW, &entry));
    CHECK(!smf_mpu_pmsav7.describe(0x20000010, 32, SMF_MPU_MODULE_RW, &entry)); /* bit 4 of RBAR is VALID */
    CHECK(!smf_mpu_pmsav7.describe(0x20000020, 512, SMF_MPU_MODULE_RW, &entry));
    CHECK(!smf_mpu_pmsav7.describe(0x20000000, 288 + 512, SMF_MPU_MODULE_RW, &entry)); /* no whole eighths of 1024 */
    CHECK(!smf_mpu_pmsav7.describe(UINTPTR_MAX - 31, 64, SMF_MPU_MODULE_RW, &entry));
    CHECK(!smf_mpu_describe_parts(0x20000000, 128, 1, SMF_MPU_FIRMWARE_RX, &entry));
    CHECK(!smf_mpu_describe_parts(0x20000000, 768, 0, SMF_MPU_FIRMWARE_RX, &entry));
    CHECK(!smf_mpu_describe_parts(0x20000100, 512, 0, SMF_MPU_FIRMWARE_RX, &entry));
}

static void pmsav8_refuses_what_is_no_region(void)
{
    struct smf_mpu_entry entry;
    CHECK(!smf_mpu_pmsav8.describe(0x20000000, 0, SMF_MPU_MODULE_RW, &entry));
    CHECK(!smf_mpu_pmsav8.describe(0x20000010, 32, SMF_MPU_MODULE_RW, &entry));
    CHECK(!smf_mpu_pmsav8.describe(0x20000000, 40, SMF_MPU_MODULE_RW, &entry));
    CHECK(!smf_mpu_pmsav8.describe(UINTPTR_MAX - 31, 64, SMF_MPU_MODULE_RW, &entry));
    CHECK(!smf_mpu_pmsav8.describe(0x100000000, 64, SMF_MPU_MODULE_RW, &entry) || sizeof(uintptr_t) == 4);
}

/* AP and XN, by the tables of the manuals; nobody may write what somebody may execute. */
static void rights_are_those_of_the_manuals(void)
{
    static const uint32_t v7_bits[] = {0x11000000, 0x05000000, 0x15000000, 0x06000000, 0x12000000, 0x13000000};
    static const uint32_t v8_bits[] = {1, 4, 5, 6, 7, 3};
    for (unsigned rights = SMF_MPU_FIRMWARE_RW; rights <= SMF_MPU_MODULE_RW; rights++) {
        struct smf_mpu_entry entry;
        tap_variant("%u", rights);
        CHECK(smf_mpu_pmsav7.describe(0x20000000, 4096, (enum smf_mpu_rights)rights, &entry));
        CHECK_EQUAL(entry.attributes & 0xff000000, v7_bits[rights]);
        CHECK_EQUAL(entry.attributes & 0xffff, 0x17);
        CHECK_EQUAL(entry.base, 0x20000000);
        CHECK(smf_mpu_pmsav8.describe(0x20000000, 4096, (enum smf_mpu_rights)rights, &entry));
        CHECK_EQUAL(entry.base & 7, v8_bits[rights]);
        CHECK_EQUAL(entry.attributes, 0x20000fe1);
    }
}

/* A control block on paper holds the last address that each operation was given. */
static void caches_are_told_line_by_line(void)
{
    enum { CLIDR = 0x78 / 4, CTR = 0x7c / 4, ICIMVAU = 0x258 / 4, DCCMVAU = 0x264 / 4, BPIALL = 0x278 / 4, NEVER = 7 };
    static const struct {
        uintptr_t start;
        size_t size;
        uint32_t last_data, last_code; /* data lines are 32 bytes here, code lines 64 */
    } ranges[] = {
        {0x20000000, 4,  0x20000000, 0x20000000},
        {0x2000003c, 4,  0x20000020, 0x20000000},
        {0x2000003c, 5,  0x20000040, 0x20000040},
        {0x20000010, 64, 0x20000040, 0x20000040},
        {0x20000000, 64, 0x20000020, 0x20000000},
        {0x20000000, 0,  NEVER,      NEVER     },
    };
    static uint32_t block[0x280 / 4];
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        tap_variant("%u", (unsigned)i);
        struct smf_region region = {.address = ranges[i].start, .size = ranges[i].size};
        region.bytes = (uint8_t *)ranges[i].start; /* NOLINT: never followed */
        block[CTR] = 3u << 16 | 4u;
        block[DCCMVAU] = block[ICIMVAU] = block[BPIALL] = NEVER;
        block[CLIDR] = 0;
        smf_mpu_sync(block, &region);
        CHECK_EQUAL(block[DCCMVAU], NEVER);
        CHECK_EQUAL(block[BPIALL], NEVER);
        block[CLIDR] = 0x09000003; /* Cortex-M7 */
        smf_mpu_sync(block, &region);
        CHECK_EQUAL(block[DCCMVAU], ranges[i].last_data);
        CHECK_EQUAL(block[ICIMVAU], ranges[i].last_code);
        CHECK_EQUAL(block[BPIALL], 0);
    }
}

static const struct tap_case cases[] = {
    {"pmsav7_regions_are_exact",         pmsav7_regions_are_exact        },
    {"pmsav8_regions_are_exact",         pmsav8_regions_are_exact        },
    {"every_footprint_has_an_entry",     every_footprint_has_an_entry    },
    {"pmsav7_refuses_what_is_no_region", pmsav7_refuses_what_is_no_region},
    {"pmsav8_refuses_what_is_no_region", pmsav8_refuses_what_is_no_region},
    {"rights_are_those_of_the_manuals",  rights_are_those_of_the_manuals },
    {"caches_are_told_line_by_line",     caches_are_told_line_by_line    },
};
TAP_MAIN(cases)
