/* SPDX-License-Identifier: MIT */
/*
 * Tests of port/windows: what the port says is held against VirtualQuery, and
 * every refusal of memory is provoked and seen by a vectored handler.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "harness/tap.h"
#include "smf/exec.h"
#include "smf/load.h"
#include "smf/port_windows.h"

static const struct smf_port *port;
static size_t page;

static const struct smf_region_request three[] = {
    {5000, 16, SMF_ACCESS_RX, 0, 0},
    {100,  8,  SMF_ACCESS_RO, 0, 0},
    {9000, 64, SMF_ACCESS_RW, 0, 0}
};

/* PAGE_..., 0 for memory that is not committed. */
static DWORD protection_at(uintptr_t address)
{
    MEMORY_BASIC_INFORMATION found;
    if (VirtualQuery((const void *)address, &found, sizeof found) == 0 || found.State != MEM_COMMIT)
        return 0;
    return found.Protect;
}

/* Committed memory of the whole process that can be written and executed. */
static unsigned writable_and_executable(void)
{
    MEMORY_BASIC_INFORMATION found;
    unsigned count = 0;
    for (uintptr_t at = 0; VirtualQuery((const void *)at, &found, sizeof found) != 0;
         at = (uintptr_t)found.BaseAddress + found.RegionSize)
        count += found.State == MEM_COMMIT &&
                 (found.Protect == PAGE_EXECUTE_READWRITE || found.Protect == PAGE_EXECUTE_WRITECOPY);
    return count;
}

static uint64_t up(uint64_t value, uint64_t alignment) { return (value + alignment - 1) & ~(alignment - 1); }

static bool reserve(const struct smf_region_request *requests, size_t count, struct smf_region *regions)
{
    const enum smf_status status = port->reserve(port->context, requests, count, regions);
    CHECK_STATUS(status, SMF_OK);
    return status == SMF_OK;
}

static void release(const struct smf_region *regions, size_t count) { port->release(port->context, regions, count); }

static void protect(const struct smf_region *region, enum smf_access access)
{
    CHECK_STATUS(port->protect(port->context, region, access), SMF_OK);
}

static void check_query(uintptr_t address, enum smf_access wanted)
{
    enum smf_access found = SMF_ACCESS_RWX;
    CHECK_STATUS(port->query(port->context, address, &found), SMF_OK);
    CHECK_EQUAL(found, wanted);
}

static void regions_are_writable_until_sealed_and_never_both(void)
{
    const unsigned before = writable_and_executable();
    struct smf_region regions[3];
    if (!reserve(three, 3, regions))
        return;
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQUAL(protection_at(regions[i].address), PAGE_READWRITE);
        CHECK_EQUAL(protection_at(regions[i].address + regions[i].size - 1), PAGE_READWRITE);
        check_query(regions[i].address + regions[i].size - 1, SMF_ACCESS_RW);
        memset(regions[i].bytes, 0x5A, regions[i].size);
    }
    CHECK_EQUAL(writable_and_executable(), before);
    for (unsigned i = 0; i < 3; i++)
        protect(&regions[i], regions[i].access);
    CHECK_EQUAL(protection_at(regions[0].address + 4999), PAGE_EXECUTE_READ);
    CHECK_EQUAL(protection_at(regions[1].address), PAGE_READONLY);
    CHECK_EQUAL(protection_at(regions[2].address + 8999), PAGE_READWRITE);
    check_query(regions[0].address + 4999, SMF_ACCESS_RX);
    check_query(regions[1].address, SMF_ACCESS_RO);
    CHECK_EQUAL(writable_and_executable(), before);
    release(regions, 3);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(protection_at(regions[i].address), 0);
}

static void regions_lie_as_in_the_default_layout(void)
{
    struct smf_region regions[3];
    if (!reserve(three, 3, regions))
        return;
    CHECK_EQUAL(regions[0].address % page, 0);
    CHECK_EQUAL(regions[1].address - regions[0].address, up(5000, page));
    CHECK_EQUAL(regions[2].address - regions[1].address, page);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(regions[i].address == (uintptr_t)regions[i].bytes);
        CHECK_EQUAL(regions[i].size, three[i].size);
        CHECK_EQUAL(regions[i].access, three[i].access);
    }
    release(regions, 3);
}

static void large_alignment_is_kept(void)
{
    const struct smf_region_request requests[] = {
        {100, 1 << 21, SMF_ACCESS_RX, 0, 0},
        {100, 1 << 17, SMF_ACCESS_RW, 0, 0}
    };
    struct smf_region regions[2];
    if (!reserve(requests, 2, regions))
        return;
    CHECK_EQUAL(regions[0].address % (1 << 21), 0);
    CHECK_EQUAL(regions[1].address - regions[0].address, 1 << 17);
    CHECK_EQUAL(protection_at(regions[0].address + page), 0); /* the space between costs no memory */
    release(regions, 2);
    CHECK_EQUAL(protection_at(regions[0].address), 0);
    CHECK_EQUAL(protection_at(regions[1].address), 0);
}

static void highest_address_is_honoured(void)
{
    static const uintptr_t highest[] = {0x7fffffff, 0x3fffffff, 0xffffffff};
    for (unsigned i = 0; i < 3; i++) {
        const struct smf_region_request requests[] = {
            {5000,    1 << 18, SMF_ACCESS_RX, highest[i], 0},
            {1 << 20, 16,      SMF_ACCESS_RW, 0x7fffffff, 0}
        };
        struct smf_region regions[2], more[2];
        if (!reserve(requests, 2, regions))
            return;
        if (reserve(requests, 2, more)) {
            CHECK(more[0].address + 4999 <= highest[i] && more[0].address % (1 << 18) == 0);
            CHECK(more[1].address + ((1 << 20) - 1) <= 0x7fffffff);
            CHECK(more[0].address != regions[0].address);
            release(more, 2);
        }
        CHECK(regions[0].address + 4999 <= highest[i]);
        CHECK(regions[1].address + ((1 << 20) - 1) <= 0x7fffffff);
        release(regions, 2);
    }
}

/* Both addresses lie inside of one allocation unit of 64 KiB, neither at its start; and data may lie below code. */
static void exact_addresses_are_honoured_or_refused(void)
{
    struct smf_region room[3], regions[3], other[3];
    if (!reserve(three, 3, room))
        return;
    release(room, 3); /* nobody else takes it meanwhile: the test has one thread */
    const uintptr_t base = room[0].address + (1 << 16);
    const struct smf_region_request requests[] = {
        {5000, 16, SMF_ACCESS_RX, 0, base + 8 * page},
        {100,  16, SMF_ACCESS_RO, 0, 0              },
        {9000, 16, SMF_ACCESS_RW, 0, base + page    }
    };
    if (!reserve(requests, 3, regions))
        return;
    CHECK(regions[0].address == base + 8 * page && regions[2].address == base + page);
    CHECK(regions[1].address == base + 10 * page);
    memset(regions[2].bytes, 1, 9000);
    protect(&regions[0], SMF_ACCESS_RX);
    CHECK_EQUAL(protection_at(regions[2].address + 8999), PAGE_READWRITE);
    CHECK_STATUS(port->reserve(port->context, requests, 3, other), SMF_ERR_NO_MEMORY); /* taken */
    CHECK(smf_port_windows_last_error() != 0);
    release(regions, 3);
    const struct smf_region_request odd = {100, 16, SMF_ACCESS_RX, 0, base + 16};
    CHECK_STATUS(port->reserve(port->context, &odd, 1, other), SMF_ERR_NO_MEMORY);
    const struct smf_region_request meeting[] = {
        {5000, 16, SMF_ACCESS_RX, 0, base       },
        {100,  16, SMF_ACCESS_RO, 0, base + page}
    };
    CHECK_STATUS(port->reserve(port->context, meeting, 2, other), SMF_ERR_NO_MEMORY);
}

static void a_reserve_that_fails_leaves_nothing_and_says_why(void)
{
    const struct smf_region_request low = {1 << 20, 16, SMF_ACCESS_RX, 0x1ffff, 0},
                                    wrapping = {SIZE_MAX - 10, 16, SMF_ACCESS_RX, 0, 0},
                                    nothing = {0, 16, SMF_ACCESS_RX, 0, 0};
    const struct smf_region_request huge[] = {
        {100,        16, SMF_ACCESS_RX, 0, 0},
        {0x7fffff00, 16, SMF_ACCESS_RW, 0, 0}
    };
    struct smf_region regions[2] = {{0}};
    CHECK_STATUS(port->reserve(port->context, &low, 1, regions), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(port->reserve(port->context, &nothing, 1, regions), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(port->reserve(port->context, huge, 2, regions), SMF_ERR_NO_MEMORY);
    CHECK_STATUS(port->reserve(port->context, &wrapping, 1, regions), SMF_ERR_NO_MEMORY);
    CHECK_EQUAL(smf_port_windows_last_error(), ERROR_INVALID_PARAMETER);
    CHECK(regions[0].bytes == NULL);
}

/* Twice is harmless, also when the memory has another owner by then. */
static void release_is_idempotent(void)
{
    struct smf_region regions[3], kept[3];
    if (!reserve(three, 3, kept) || !reserve(three, 3, regions))
        return;
    release(regions, 3);
    uint8_t *stranger = VirtualAlloc((void *)regions[0].address, 1 << 16, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    CHECK(stranger == regions[0].bytes);
    release(regions, 3);
    CHECK_EQUAL(smf_port_windows_last_error(), ERROR_INVALID_ADDRESS);
    CHECK_EQUAL(protection_at(regions[0].address), PAGE_READWRITE);
    CHECK_STATUS(port->protect(port->context, &regions[0], SMF_ACCESS_RX), SMF_ERR_PROTECT);
    CHECK_EQUAL(protection_at(regions[0].address), PAGE_READWRITE);
    enum smf_access access;
    CHECK_STATUS(port->query(port->context, regions[0].address, &access), SMF_ERR_NOT_FOUND);
    CHECK_STATUS(port->query(port->context, (uintptr_t)&access, &access), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(protection_at(kept[0].address), PAGE_READWRITE);
    VirtualFree(stranger, 0, MEM_RELEASE);
    release(kept, 3);
}

static void parts_are_protected_alone(void)
{
    const struct smf_region_request request = {4 * page, 16, SMF_ACCESS_RX, 0, 0};
    struct smf_region region, part;
    if (!reserve(&request, 1, &region))
        return;
    CHECK(port->can_split);
    part = region;
    part.bytes += page, part.address += page, part.size = page;
    protect(&part, SMF_ACCESS_RX);
    check_query(region.address, SMF_ACCESS_RW);
    check_query(region.address + page, SMF_ACCESS_RX);
    check_query(region.address + 2 * page - 1, SMF_ACCESS_RX);
    check_query(region.address + 2 * page, SMF_ACCESS_RW);
    part.size = 4 * page; /* past the end: refused, nothing changes */
    CHECK_STATUS(port->protect(port->context, &part, SMF_ACCESS_RO), SMF_ERR_PROTECT);
    check_query(region.address + page, SMF_ACCESS_RX);
    release(&region, 1);
}

static void rwx_only_where_it_was_asked_for(void)
{
    const unsigned before = writable_and_executable();
    const struct smf_region_request request = {100, 16, SMF_ACCESS_RWX, 0, 0};
    struct smf_region region, other;
    CHECK(port->can_rwx);
    if (!reserve(&request, 1, &region) || !reserve(three, 1, &other))
        return;
    CHECK_EQUAL(protection_at(region.address), PAGE_READWRITE);
    protect(&region, SMF_ACCESS_RWX);
    check_query(region.address, SMF_ACCESS_RWX);
    CHECK_EQUAL(writable_and_executable(), before + 1);
    CHECK_STATUS(port->protect(port->context, &other, SMF_ACCESS_RWX), SMF_ERR_PROTECT);
    CHECK_EQUAL(protection_at(other.address), PAGE_READWRITE);
    release(&region, 1);
    release(&other, 1);
    CHECK_EQUAL(writable_and_executable(), before);
}

static void every_sum_of_rights_has_its_protection(void)
{
    static const DWORD wanted[6] = {PAGE_NOACCESS,  PAGE_READONLY, PAGE_READWRITE,
                                    PAGE_READWRITE, PAGE_EXECUTE,  PAGE_EXECUTE_READ};
    struct smf_region region;
    if (!reserve(three, 1, &region))
        return;
    for (unsigned rights = 0; rights < 6; rights++) {
        CHECK_STATUS(smf_port_windows_set_rights(region.bytes, region.size, rights), SMF_OK);
        CHECK_EQUAL(protection_at(region.address + page), wanted[rights]);
    }
    enum smf_access access;
    CHECK_STATUS(smf_port_windows_set_rights(region.bytes, 1, 0), SMF_OK);
    CHECK_STATUS(port->query(port->context, region.address, &access), SMF_ERR_PROTECT);
    for (unsigned rights = 6; rights < 9; rights++)
        CHECK_STATUS(smf_port_windows_set_rights(region.bytes, region.size, rights), SMF_ERR_PROTECT);
    CHECK_STATUS(smf_port_windows_set_rights(region.bytes, 0, 1), SMF_ERR_PROTECT);
    CHECK_STATUS(smf_port_windows_set_rights(region.bytes, SIZE_MAX, 1), SMF_ERR_PROTECT);
    CHECK_STATUS(smf_port_windows_set_rights(&region, 1, 1), SMF_ERR_PROTECT); /* no memory of the port */
    release(&region, 1);
}

static void time_goes_on_and_the_lock_may_be_taken_again(void)
{
    CHECK(port == smf_port_windows());
    CHECK_EQUAL(port->granule, page);
    const uint64_t before = port->now(port->context);
    Sleep(20);
    const uint64_t taken = port->now(port->context) - before;
    CHECK(taken >= 10000 && taken < 60000000);
    port->lock(port->context);
    port->lock(port->context);
    port->unlock(port->context);
    port->unlock(port->context);
}

/* --- Faults --------------------------------------------------------------------------------------- */

/* What ExceptionInformation[0] of an access violation says (EXCEPTION_RECORD). */
enum { READS = 0, WRITES = 1, EXECUTES = 8 };

static struct {
    unsigned count;
    uintptr_t kind, address;
} fault;

/* An instruction to go on with: the return of the function that faulted, which has not touched its stack. */
static LONG CALLBACK note_fault(EXCEPTION_POINTERS *exception)
{
    const EXCEPTION_RECORD *record = exception->ExceptionRecord;
    CONTEXT *context = exception->ContextRecord;
    if (record->ExceptionCode != EXCEPTION_ACCESS_VIOLATION || record->NumberParameters < 2)
        return EXCEPTION_CONTINUE_SEARCH;
    fault.count++;
    fault.kind = record->ExceptionInformation[0];
    fault.address = record->ExceptionInformation[1];
    context->Rip = *(const DWORD64 *)context->Rsp; /* NOLINT */
    context->Rsp += 8;
    return EXCEPTION_CONTINUE_EXECUTION;
}

/* Code of its own, so that nothing is on the stack when it faults: mov (%rdi), %al; ret and mov %al, (%rdi); ret. */
static const uint8_t accesses[32] = {0x8A, 0x07, 0xC3, [16] = 0x88, 0x07, 0xC3};
/* mov $42, %eax; ret */
static const uint8_t answer[6] = {0xB8, 42, 0, 0, 0, 0xC3};

typedef int SMF_MODULE_CALL code(uintptr_t at);

static void check_fault(uintptr_t function, uintptr_t at, uintptr_t kind)
{
    void *handler = AddVectoredExceptionHandler(1, note_fault);
    fault.count = 0;
    ((code *)function)(at);
    RemoveVectoredExceptionHandler(handler);
    CHECK_EQUAL(fault.count, 1);
    CHECK_EQUAL(fault.kind, kind);
    CHECK_EQUAL(fault.address, at);
}

static void what_is_refused_faults(void)
{
    struct smf_region tools, regions[3];
    if (!reserve(three, 1, &tools) || !reserve(three, 3, regions))
        return;
    memcpy(tools.bytes, accesses, sizeof accesses);
    protect(&tools, SMF_ACCESS_RX);
    port->sync_code(port->context, &tools);
    const uintptr_t reads = tools.address, writes = tools.address + 16;
    for (unsigned i = 0; i < 3; i++) {
        memcpy(regions[i].bytes, answer, sizeof answer);
        check_fault(regions[i].address, regions[i].address, EXECUTES); /* not sealed yet: RW */
        protect(&regions[i], regions[i].access);
    }
    check_fault(writes, regions[0].address, WRITES);
    check_fault(writes, regions[1].address, WRITES);
    check_fault(regions[1].address, regions[1].address, EXECUTES);
    check_fault(regions[2].address, regions[2].address, EXECUTES);
    CHECK_EQUAL(((code *)regions[0].address)(0), 42);
    CHECK_STATUS(smf_port_windows_set_rights(regions[2].bytes, 1, 0), SMF_OK);
    check_fault(reads, regions[2].address, READS);
    check_fault(writes, regions[2].address, WRITES);
    release(regions, 3);
    check_fault(reads, regions[0].address, READS);
    check_fault(regions[0].address, regions[0].address, EXECUTES);
    release(&tools, 1);
}

/* Writable, executable, writable: a hundred times, each time other code, each time the write that comes too late faults. */
static void sealed_code_is_the_written_code(void)
{
    struct smf_region tools, region;
    if (!reserve(three, 1, &tools) || !reserve(three, 1, &region))
        return;
    memcpy(tools.bytes, accesses, sizeof accesses);
    protect(&tools, SMF_ACCESS_RX);
    for (unsigned i = 0; i < 100; i++) {
        memcpy(region.bytes, answer, sizeof answer);
        region.bytes[1] = (uint8_t)i;
        protect(&region, SMF_ACCESS_RX);
        port->sync_code(port->context, &region);
        CHECK_EQUAL(((code *)region.address)(0), i);
        check_fault(tools.address + 16, region.address + 1, WRITES);
        CHECK_EQUAL(((code *)region.address)(0), i);
        protect(&region, SMF_ACCESS_RW);
        check_fault(region.address, region.address, EXECUTES);
    }
    release(&region, 1);
    release(&tools, 1);
}

/* Code of the program's own convention, by hand: lea (%rcx, %rdx), %rax; ret. */
static void code_by_hand_has_a_life_on_record(void)
{
    static const uint8_t adds[5] = {0x48, 0x8D, 0x04, 0x11, 0xC3};
    struct smf_exec_block blocks[2];
    const struct smf_exec_config config = {.port = port, .blocks = blocks, .block_count = 2};
    struct smf_exec exec;
    struct smf_region region, tools;
    enum smf_access access;
    int64_t sum = 0;
    if (!reserve(three, 1, &tools))
        return;
    memcpy(tools.bytes, accesses, sizeof accesses);
    protect(&tools, SMF_ACCESS_RX);
    CHECK_STATUS(smf_exec_start(&exec, &config), SMF_OK);
    CHECK_STATUS(smf_exec_alloc(&exec, 100, 0, SMF_ACCESS_RX, &region), SMF_OK);
    CHECK_STATUS(smf_exec_write(&exec, region.address, 0, adds, sizeof adds), SMF_OK);
    CHECK_STATUS(smf_exec_call(&exec, region.address, (const int64_t[]){40, 2}, 2, &sum), SMF_ERR_PROTECT);
    check_fault(region.address, region.address, EXECUTES);
    CHECK_STATUS(smf_exec_seal(&exec, region.address), SMF_OK);
    CHECK_STATUS(smf_exec_call(&exec, region.address, (const int64_t[]){40, 2}, 2, &sum), SMF_OK);
    CHECK_EQUAL(sum, 42);
    CHECK_EQUAL(protection_at(region.address), PAGE_EXECUTE_READ);
    CHECK_STATUS(smf_exec_query(&exec, region.address + 99, &access), SMF_OK);
    CHECK_EQUAL(access, SMF_ACCESS_RX);
    check_fault(tools.address + 16, region.address, WRITES);
    CHECK_STATUS(smf_exec_unseal(&exec, region.address), SMF_OK);
    CHECK(!smf_exec_is_executable(&exec, region.address));
    check_fault(region.address, region.address, EXECUTES);
    CHECK_STATUS(smf_exec_free(&exec, region.address, 100), SMF_OK);
    CHECK_STATUS(smf_exec_free(&exec, region.address, 100), SMF_ERR_NOT_FOUND);
    CHECK_EQUAL(protection_at(region.address), 0);
    smf_exec_finish(&exec);
    release(&tools, 1);
}

static const struct tap_case cases[] = {
    {"regions_are_writable_until_sealed_and_never_both", regions_are_writable_until_sealed_and_never_both},
    {"regions_lie_as_in_the_default_layout",             regions_lie_as_in_the_default_layout            },
    {"large_alignment_is_kept",                          large_alignment_is_kept                         },
    {"highest_address_is_honoured",                      highest_address_is_honoured                     },
    {"exact_addresses_are_honoured_or_refused",          exact_addresses_are_honoured_or_refused         },
    {"a_reserve_that_fails_leaves_nothing_and_says_why", a_reserve_that_fails_leaves_nothing_and_says_why},
    {"release_is_idempotent",                            release_is_idempotent                           },
    {"parts_are_protected_alone",                        parts_are_protected_alone                       },
    {"rwx_only_where_it_was_asked_for",                  rwx_only_where_it_was_asked_for                 },
    {"every_sum_of_rights_has_its_protection",           every_sum_of_rights_has_its_protection          },
    {"time_goes_on_and_the_lock_may_be_taken_again",     time_goes_on_and_the_lock_may_be_taken_again    },
    {"what_is_refused_faults",                           what_is_refused_faults                          },
    {"sealed_code_is_the_written_code",                  sealed_code_is_the_written_code                 },
    {"code_by_hand_has_a_life_on_record",                code_by_hand_has_a_life_on_record               },
};

int main(int argc, char **argv)
{
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    page = system.dwPageSize;
    port = smf_port_windows();
    return tap_main(cases, sizeof cases / sizeof cases[0], argc, argv);
}
