/* SPDX-License-Identifier: MIT */
/* board.c - QEMU's q35 in long mode: page tables, interrupt table, COM1, timer of the local APIC, exit by isa-debug-exit. */
#include "board.h"
#include "board_begin.h"
#include "board_pages.h"
#include "smf/port_baremetal.h"

enum { COM1 = 0x3f8, DEBUG_EXIT = 0xf4, PIC1_MASK = 0x21, PIC2_MASK = 0xa1 };
enum { TIMER_VECTOR = 0x40, SPURIOUS_VECTOR = 0xff, VECTORS = 256 };
#define LOCAL_APIC 0xfee00000u

/* RAM in pages: four tables of 2 MiB from address 0. FAR: see board_pages.h; entry 128 of the first level 3 is 128 GiB. */
enum { PAGE = SMF_BAREMETAL_PAGE, ENTRIES = 512, RAM_TABLES = 4, FAR_INDEX = 128 };
#define FAR ((uint64_t)FAR_INDEX << 30)

#define TABLE __attribute__((aligned(4096)))
static uint64_t level4[ENTRIES] TABLE, level3[ENTRIES] TABLE;
static uint64_t ram_level2[ENTRIES] TABLE, device_level2[ENTRIES] TABLE, far_level2[ENTRIES] TABLE;
static uint64_t ram_pages[RAM_TABLES * ENTRIES] TABLE, far_pages[ENTRIES] TABLE;

/* An interrupt gate (SDM volume 3, 6.14.1) and the 64-bit task state (7.7). */
struct gate {
    uint16_t offset_low, selector;
    uint8_t stack, type;
    uint16_t offset_middle;
    uint32_t offset_high, zero;
};
static struct gate gates[VECTORS] __attribute__((aligned(16)));
struct task_state {
    uint32_t words[26]; /* 64-bit fields are misaligned there: RSP0 at 4, IST1 at 36, IST2 at 44 */
};
struct task_state board_task_state __attribute__((aligned(16)));
/* Faults and interrupts have stacks of their own: one pointer may be wild, and modules use what lies below theirs. */
static uint8_t fault_stack[8192] __attribute__((aligned(16))), interrupt_stack[8192] __attribute__((aligned(16)));

/* What QEMU leaves in EBX (Xen's hvm_start_info, version 1): below 1 MiB, which is not mapped later. */
struct start_info {
    uint32_t magic, version, flags, module_count;
    uint64_t modules, command_line;
};
static char command_line[256] = "program ";

extern uint8_t __text_start[], __text_end[], __rodata_end[], __data_start[], __stack_start[], __stack[];
extern uint8_t board_vectors[];
void (*board_timer_handler)(void);

_Noreturn void board_start(const struct start_info *info);
void board_trap(unsigned vector, uint64_t error, uint64_t instruction, uint64_t address);

static void out8(uint16_t port, uint8_t value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static void out32(uint16_t port, uint32_t value) { __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port)); }
static void write_apic(unsigned offset, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)(LOCAL_APIC + offset) = value;
}

uint64_t *board_page(const void *address) { return &ram_pages[(uintptr_t)address / PAGE]; }

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

static void make_tables(void)
{
    const uint64_t device = UINT64_C(1) << 63 | 0x93; /* no execute, 2 MiB, not cached, writable, present */
    level4[0] = smf_baremetal_table((uintptr_t)level3);
    level3[0] = smf_baremetal_table((uintptr_t)ram_level2);
    level3[LOCAL_APIC >> 30] = smf_baremetal_table((uintptr_t)device_level2);
    level3[FAR_INDEX] = smf_baremetal_table((uintptr_t)far_level2);
    for (unsigned i = 0; i < RAM_TABLES; i++)
        ram_level2[i] = smf_baremetal_table((uintptr_t)&ram_pages[i * ENTRIES]);
    device_level2[LOCAL_APIC >> 21 & (ENTRIES - 1)] = LOCAL_APIC | device;
    far_level2[0] = smf_baremetal_table((uintptr_t)far_pages);
    map(__text_start, __text_end, SMF_ACCESS_RX);
    map(__text_end, __rodata_end, SMF_ACCESS_RO);
    map(__data_start, smf_code_start, SMF_ACCESS_RW); /* the memory for modules comes last */
    *board_page(__stack_start) = 0;                   /* a stack that runs over meets nothing */
    __asm__ volatile("mov %0, %%cr3" : : "r"((uintptr_t)level4) : "memory");
}

static void set_stack(unsigned word, const uint8_t *end)
{
    board_task_state.words[word] = (uint32_t)(uintptr_t)end;
    board_task_state.words[word + 1] = (uint32_t)((uintptr_t)end >> 32);
}

static void make_gates(void)
{
    for (unsigned i = 0; i < VECTORS; i++) {
        const uintptr_t offset = (uintptr_t)board_vectors + i * 16;
        gates[i] = (struct gate){.offset_low = (uint16_t)offset,
                                 .offset_middle = (uint16_t)(offset >> 16),
                                 .offset_high = (uint32_t)(offset >> 32),
                                 .selector = 0x08,
                                 .stack = i < 32 ? 1 : 2,
                                 .type = 0x8e}; /* present, ring 0, interrupt gate */
    }
    set_stack(1, __stack);
    set_stack(9, fault_stack + sizeof fault_stack);
    set_stack(11, interrupt_stack + sizeof interrupt_stack);
    board_task_state.words[25] = (uint32_t)sizeof board_task_state << 16; /* no map of ports */
    const struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } table = {sizeof gates - 1, (uintptr_t)gates};
    __asm__ volatile("lidt %0" : : "m"(table));
}

/* The loader says the arguments only: the program's name goes before. */
static void keep_command_line(const struct start_info *info)
{
    const char *from = (const char *)info->command_line; /* NOLINT: an address is what there is */
    size_t length = 8;
    while (info->magic == 0x336ec578 && from != NULL && *from != '\0' && length < sizeof command_line - 1)
        command_line[length++] = *from++;
    command_line[length] = '\0';
}

void board_command_line(char *into, size_t room)
{
    for (size_t i = 0; i < room; i++)
        into[i] = i < sizeof command_line && i + 1 < room ? command_line[i] : '\0';
}

void board_start(const struct start_info *info)
{
    keep_command_line(info);
    make_tables();
    make_gates();
    out8(PIC1_MASK, 0xff); /* the firmware leaves them open, and timer ticks would look like double faults */
    out8(PIC2_MASK, 0xff);
    write_apic(0xf0, 0x100 | SPURIOUS_VECTOR); /* software enable */
    write_apic(0x3e0, 0xa);                    /* timer: divide by 128 */
    write_apic(0x320, TIMER_VECTOR);           /* once */
    board_begin();
}

void board_put(char character) { out8(COM1, (uint8_t)character); }

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

/* QEMU's exit status is 2 * status + 1. */
/* QEMU ends with 2 * value + 1, and with 1 for its own troubles: a passed test needs a value of its own. */
void board_exit(int status)
{
    enum { PASSED = 16 };
    for (;;) {
        out32(DEBUG_EXIT, (uint32_t)(status == 0 ? PASSED : status == PASSED ? 1 : status));
        __asm__ volatile("hlt");
    }
}

/* From start.S: the timer, or something that nobody expected. */
void board_trap(unsigned vector, uint64_t error, uint64_t instruction, uint64_t address)
{
    if (vector == TIMER_VECTOR) {
        write_apic(0xb0, 0); /* end of interrupt */
        if (board_timer_handler != NULL)
            board_timer_handler();
        return;
    }
    if (vector == SPURIOUS_VECTOR)
        return;
    put_text("\nfault: vector ");
    put_number(vector);
    put_text(" error ");
    put_number(error);
    put_text(" rip ");
    put_number(instruction);
    put_text(" cr2 ");
    put_number(address);
    put_text("\n");
    board_exit(70);
}

/* With -icount shift=0 the counter advances by one for each instruction. */
uint64_t board_instructions(void)
{
    uint32_t low, high;
    __asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

/* QEMU's local APIC counts nanoseconds: 1000 / 128 for a microsecond. */
void board_timer_start(uint32_t microseconds)
{
    const uint64_t ticks = (uint64_t)microseconds * 125 / 16;
    write_apic(0x380, ticks == 0 ? 1 : (uint32_t)ticks);
}

void board_timer_stop(void) { write_apic(0x380, 0); }
