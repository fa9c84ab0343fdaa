/* SPDX-License-Identifier: MIT */
/* code.c - encodings from the processors' manuals, each with the instruction that it is. */
#include "code.h"

/* `count` units of `unit` bytes, little-endian as instructions are on all these machines. */
static size_t put(uint8_t *bytes, const uint32_t *words, size_t count, size_t unit)
{
    for (size_t i = 0; i < count * unit; i++)
        bytes[i] = (uint8_t)(words[i / unit] >> (i % unit * 8));
    return count * unit;
}

#define PUT(unit, ...)                                                                                                 \
    put(bytes, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), unit)

#if defined(__x86_64__)

size_t smf_code_return(uint8_t *bytes, unsigned value)
{
    return PUT(1, 0xb8, value, 0, 0, 0, 0xc3); /* mov eax, value; ret */
}
#if defined(_WIN32)
size_t smf_code_first(uint8_t *bytes) { return PUT(1, 0x48, 0x89, 0xc8, 0xc3); }     /* mov rax, rcx; ret       */
size_t smf_code_add(uint8_t *bytes) { return PUT(1, 0x48, 0x8d, 0x04, 0x11, 0xc3); } /* lea rax, [rcx+rdx]; ret */
#else
size_t smf_code_first(uint8_t *bytes) { return PUT(1, 0x48, 0x89, 0xf8, 0xc3); }     /* mov rax, rdi; ret       */
size_t smf_code_add(uint8_t *bytes) { return PUT(1, 0x48, 0x8d, 0x04, 0x37, 0xc3); } /* lea rax, [rdi+rsi]; ret */
#endif

#elif defined(__aarch64__)

size_t smf_code_return(uint8_t *bytes, unsigned value)
{
    return PUT(4, 0xd2800000 | value << 5, 0xd65f03c0); /* mov x0, #value; ret */
}
size_t smf_code_first(uint8_t *bytes) { return PUT(4, 0xd65f03c0); }           /* ret                 */
size_t smf_code_add(uint8_t *bytes) { return PUT(4, 0x8b010000, 0xd65f03c0); } /* add x0, x0, x1; ret */

#elif defined(__thumb__)

size_t smf_code_return(uint8_t *bytes, unsigned value)
{
    return PUT(2, 0x2000 | value, 0x2100, 0x4770); /* movs r0, #value; movs r1, #0; bx lr */
}
size_t smf_code_first(uint8_t *bytes) { return PUT(2, 0x4770); } /* bx lr                                */
size_t smf_code_add(uint8_t *bytes) { return PUT(2, 0x1880, 0x4159, 0x4770); } /* adds r0, r0, r2; adcs r1, r3; bx lr */

#elif defined(__riscv) && __riscv_xlen == 64

size_t smf_code_return(uint8_t *bytes, unsigned value)
{
    return PUT(4, 0x00000513 | value << 20, 0x00008067); /* li a0, value; ret */
}
size_t smf_code_first(uint8_t *bytes) { return PUT(4, 0x00008067); }           /* ret                 */
size_t smf_code_add(uint8_t *bytes) { return PUT(4, 0x00b50533, 0x00008067); } /* add a0, a0, a1; ret */

#elif defined(__riscv)

size_t smf_code_return(uint8_t *bytes, unsigned value)
{
    return PUT(4, 0x00000513 | value << 20, 0x00000593, 0x00008067); /* li a0, value; li a1, 0; ret */
}
size_t smf_code_first(uint8_t *bytes) { return PUT(4, 0x00008067); } /* ret */
size_t smf_code_add(uint8_t *bytes)
{
    /* add a0, a0, a2; sltu a4, a0, a2; add a1, a1, a3; add a1, a1, a4; ret */
    return PUT(4, 0x00c50533, 0x00c53733, 0x00d585b3, 0x00e585b3, 0x00008067);
}

#else

size_t smf_code_return(uint8_t *bytes, unsigned value)
{
    (void)put, (void)bytes, (void)value;
    return 0;
}
size_t smf_code_first(uint8_t *bytes) { return smf_code_return(bytes, 0); }
size_t smf_code_add(uint8_t *bytes) { return smf_code_return(bytes, 0); }

#endif

int64_t (*smf_code_at(uintptr_t address))(void)
{
#if defined(__thumb__)
    address |= 1;
#endif
    return (int64_t(*)(void))address; /* NOLINT */
}
