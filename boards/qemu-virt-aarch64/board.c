/* SPDX-License-Identifier: MIT */
/* board.c - QEMU's virt machine, Cortex-A57 at EL1: page tables, PL011, virtual timer behind a GICv2, exit by semihosting. */
#include "board.h"
#include "board_begin.h"
#include "board_pages.h"
#include "smf/port_baremetal.h"

#define UART 0x09000000u
#define GIC_DISTRIBUTOR 0x08000000u
#define GIC_INTERFACE 0x08010000u
enum { VIRTUAL_TIMER = 27 }; /* interrupt number, private to the core */

#define RAM 0x40000000u
/* RAM in pages: four tables of 2 MiB. FAR: see board_pages.h; entry 128 of the first table is 128 GiB. */
enum { PAGE = SMF_BAREMETAL_PAGE, ENTRIES = 512, RAM_TABLES = 4, FAR_INDEX = 128 };
#define FAR ((uint64_t)FAR_INDEX << 30)

#define TABLE __attribute__((aligned(4096)))
static uint64_t level1[ENTRIES] TABLE, ram_level2[ENTRIES] TABLE, far_level2[ENTRIES] TABLE;
static uint64_t ram_pages[RAM_TABLES * ENTRIES] TABLE, far_pages[ENTRIES] TABLE;

extern uint8_t __text_start[], __text_end[], __rodata_end[], __data_start[], __stack_start[];
void (*board_timer_handler)(void);

_Noreturn void board_start(void);
void board_interrupt(void);
_Noreturn void board_fault(unsigned vector, uint64_t syndrome, uint64_t instruction, uint64_t address);

static void write32(uintptr_t address, uint32_t value) { *(volatile uint32_t *)address = value; }
static uint32_t read32(uintptr_t address) { return *(volatile uint32_t *)address; }

uint64_t *board_page(const void *address) { return &ram_pages[((uintptr_t)address - RAM) / PAGE]; }

uintptr_t board_far(uint64_t **entries)
{
    *entries = far_pages;
    return FAR;
}

static void map(const uint8_t *start, const uint8_t *end, enum smf_access access)
{
    for (uintptr_t at = (uintptr_t)start; at < (uintptr_t)end; at += PAGE)
        *board_page((const void *)at) = smf_baremetal_entry(at, access, 0);
}

/* Tables as in the Arm ARM D8.3: 39 bits of address, level 1 to 3. Index 0 of MAIR is memory, 1 a device. */
static void make_tables(void)
{
    enum { BLOCK = 1, DEVICE = 1 << 2, ACCESSED = 1 << 10 };
    const uint64_t never_execute = UINT64_C(3) << 53;
    level1[0] = BLOCK | DEVICE | ACCESSED | never_execute;
    level1[RAM >> 30] = smf_baremetal_table((uintptr_t)ram_level2);
    level1[FAR_INDEX] = smf_baremetal_table((uintptr_t)far_level2);
    for (unsigned i = 0; i < RAM_TABLES; i++)
        ram_level2[i] = smf_baremetal_table((uintptr_t)&ram_pages[i * ENTRIES]);
    far_level2[0] = smf_baremetal_table((uintptr_t)far_pages);
    map(__text_start, __text_end, SMF_ACCESS_RX);
    map(__text_end, __rodata_end, SMF_ACCESS_RO);
    map(__data_start, smf_code_start, SMF_ACCESS_RW); /* the memory for modules comes last */
    *board_page(__stack_start) = 0;                   /* a stack that runs over meets nothing */
}

/* TCR_EL1: T0SZ 25, walks through write-back inner shareable memory, 4 KiB, no TTBR1, 40 bits of physical address. */
static void start_mmu(void)
{
    const uint64_t translation = 25 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | UINT64_C(2) << 32;
    uint64_t control;
    __asm__ volatile("msr mair_el1, %0" : : "r"(UINT64_C(0x00ff)));
    __asm__ volatile("msr tcr_el1, %0" : : "r"(translation));
    __asm__ volatile("msr ttbr0_el1, %0" : : "r"((uintptr_t)level1));
    __asm__ volatile("dsb ish\n\ttlbi vmalle1\n\tic iallu\n\tdsb ish\n\tisb" : : : "memory");
    __asm__ volatile("mrs %0, sctlr_el1" : "=r"(control));
    control |= 1 | 1 << 2 | 1 << 12; /* MMU, data cache, instruction cache */
    __asm__ volatile("msr sctlr_el1, %0\n\tisb" : : "r"(control) : "memory");
}

void board_start(void)
{
    make_tables();
    start_mmu();
    write32(GIC_DISTRIBUTOR, 1);
    write32(GIC_INTERFACE, 1);
    write32(GIC_INTERFACE + 4, 0xff);                                      /* every priority */
    write32(GIC_DISTRIBUTOR + 0x100, UINT32_C(1) << VIRTUAL_TIMER);        /* GICD_ISENABLER0 */
    __asm__ volatile("msr pmcr_el0, %0" : : "r"(UINT64_C(1 | 1 << 6)));    /* E; LC: 64 bits */
    __asm__ volatile("msr pmcntenset_el0, %0" : : "r"(UINT64_C(1) << 31)); /* the cycle counter */
    board_begin();
}

void board_put(char character) { write32(UART, (uint8_t)character); }

static void put_text(const char *text)
{
    while (*text != '\0')
        board_put(*text++);
}

static void put_number(uint64_t value)
{
    for (int shift = 60; shift >= 0; shift -= 4)
        board_put("0123456789abcdef"[value >> shift & 15]);
}

static uint64_t ask_host(uint64_t number, const void *block)
{
    register uint64_t operation __asm__("x0") = number;
    register const void *argument __asm__("x1") = block;
    __asm__ volatile("hlt #0xf000" : "+r"(operation) : "r"(argument) : "memory");
    return operation;
}

void board_exit(int status)
{
    enum { SYS_EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026 };
    for (;;)
        ask_host(SYS_EXIT_EXTENDED, (uint64_t[]){APPLICATION_EXIT, (uint64_t)(unsigned)status});
}

void board_command_line(char *into, size_t room)
{
    enum { SYS_GET_CMDLINE = 0x15 };
    if (ask_host(SYS_GET_CMDLINE, (uint64_t[]){(uintptr_t)into, room}) != 0)
        into[0] = '\0';
}

void board_fault(unsigned vector, uint64_t syndrome, uint64_t instruction, uint64_t address)
{
    put_text("\nfault: vector ");
    put_number(vector);
    put_text(" ESR ");
    put_number(syndrome);
    put_text(" ELR ");
    put_number(instruction);
    put_text(" FAR ");
    put_number(address);
    put_text("\n");
    board_exit(70);
}

/* With -icount shift=0 a cycle is an instruction; reading costs two. */
uint64_t board_instructions(void)
{
    uint64_t count;
    __asm__ volatile("isb\n\tmrs %0, pmccntr_el0" : "=r"(count) : : "memory");
    return count;
}

void board_timer_start(uint32_t microseconds)
{
    uint64_t frequency;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
    const uint64_t ticks = microseconds * frequency / 1000000;
    __asm__ volatile("msr cntv_tval_el0, %0\n\tmsr cntv_ctl_el0, %1\n\tisb" : : "r"(ticks), "r"(UINT64_C(1)));
}

void board_timer_stop(void) { __asm__ volatile("msr cntv_ctl_el0, %0\n\tisb" : : "r"(UINT64_C(0))); }

void board_interrupt(void)
{
    const uint32_t number = read32(GIC_INTERFACE + 0xc); /* acknowledge */
    if ((number & 0x3ff) == VIRTUAL_TIMER) {
        board_timer_stop();
        if (board_timer_handler != NULL)
            board_timer_handler();
    }
    if ((number & 0x3ff) < 1020)
        write32(GIC_INTERFACE + 0x10, number); /* end of interrupt */
}
