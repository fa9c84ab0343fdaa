/* SPDX-License-Identifier: MIT */
/* damage.c - run a fuzz target over damaged copies of files, without libFuzzer: damage ROUNDS FILE... The same damage each time:
 * single bits, bytes and cuts, and a few bytes at once. Each of the sixteen surroundings in turn. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t state = 2463534242u;

/* xorshift */
static uint32_t next(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

static size_t damage(uint8_t *bytes, size_t size)
{
    static const uint8_t values[] = {0, 1, 0x7F, 0x80, 0xFF, 0x20, 0x22};
    const uint32_t kind = next(8);
    if (kind == 0)
        return 1 + next((uint32_t)size);
    for (uint32_t i = 0; i <= kind / 3; i++) {
        uint8_t *at = bytes + next((uint32_t)size);
        if (kind % 2 != 0)
            *at = (uint8_t)(*at ^ 1u << next(8));
        else
            *at = values[next(sizeof values)];
    }
    return size;
}

int main(int argc, char **argv)
{
    static uint8_t whole[1 << 17], bytes[1 << 17];
    const unsigned long rounds = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
    for (int i = 2; i < argc; i++) {
        FILE *in = fopen(argv[i], "rb");
        const size_t size = in != NULL ? fread(whole, 1, sizeof whole - 1, in) : 0;
        if (in == NULL || size == 0 || fclose(in) != 0)
            return printf("not ok %d - %s cannot be read\n", i - 1, argv[i]), 1;
        for (unsigned long round = 0; round < rounds; round++) {
            memcpy(bytes, whole, size);
            const size_t left = damage(bytes, size);
            bytes[left] = (uint8_t)(round % 16);
            LLVMFuzzerTestOneInput(bytes, left + 1);
        }
        printf("ok %d - %s, damaged %lu times\n", i - 1, argv[i], rounds);
    }
    printf("1..%d\n", argc - 2);
    return rounds == 0;
}
