/* SPDX-License-Identifier: MIT */
/*
 * mutate.c - smf_build() on objects that no compiler made: mutate FOLDER SEED COUNT OBJECT...
 *
 * Each of COUNT rounds takes one OBJECT, changes a few fields of its section
 * headers, symbols and relocations, or bytes anywhere, or cuts its end off, and
 * builds it. Built or refused, both are right: what is wrong is a crash, a
 * refusal without its line, and a file left by a refusal. FOLDER/round.o is
 * the object of the round, for a debugger.
 */
#include <elf.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "smf/build.h"

struct bytes {
    uint8_t *at;
    size_t size;
};

static uint64_t state;

/* xorshift64*: any numbers will do, if they are the same ones the next time. */
static uint64_t draw(uint64_t below)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (state * 0x2545F4914F6CDD1D) % below;
}

static uint64_t odd_value(size_t size)
{
    const uint64_t values[] = {0,
                               1,
                               2,
                               3,
                               7,
                               8,
                               255,
                               0x7FFF,
                               0xFF02,
                               0xFFF1,
                               0xFFF2,
                               0xFFFF,
                               0xFFFFFFFF,
                               0x7FFFFFFF,
                               size,
                               size - 1,
                               size + 1,
                               UINT64_MAX,
                               UINT64_MAX / 2,
                               (uint64_t)1 << 40,
                               draw(64),
                               draw(size)};
    return values[draw(sizeof values / sizeof values[0])];
}

static uint64_t get(struct bytes file, uint64_t at, unsigned width)
{
    uint64_t value = 0;
    if (at <= file.size && width <= file.size - at)
        memcpy(&value, file.at + at, width);
    return value;
}

static void put(struct bytes file, uint64_t at, unsigned width, uint64_t value)
{
    if (at <= file.size && width <= file.size - at)
        memcpy(file.at + at, &value, width);
}

/* Change `width` bytes: to an odd value, by a little, or by one bit. */
static void disturb(struct bytes file, uint64_t at, unsigned width)
{
    const uint64_t old = get(file, at, width);
    const uint64_t values[] = {odd_value(file.size), old + draw(17) - 8, old ^ (uint64_t)1 << draw(8 * width)};
    put(file, at, width, values[draw(3)]);
}

/* A field of the section header at `at`. */
static void disturb_header(struct bytes file, uint64_t at, bool wide)
{
    static const uint8_t places[2][10] = {
        {0, 4, 8, 12, 16, 20, 24, 28, 32, 36},
        {0, 4, 8, 16, 24, 32, 40, 44, 48, 56}
    };
    const unsigned field = (unsigned)draw(10);
    disturb(file, at + places[wide][field], wide && field != 0 && field != 1 && field != 6 && field != 7 ? 8 : 4);
}

/* A field of an entry of a section: symbols, relocations, groups, frames, whatever it is. */
static void disturb_entry(struct bytes file, uint64_t header, bool wide)
{
    const uint64_t offset = get(file, header + (wide ? 24 : 16), wide ? 8 : 4),
                   size = get(file, header + (wide ? 32 : 20), wide ? 8 : 4),
                   entry = get(file, header + (wide ? 56 : 36), wide ? 8 : 4);
    if (size == 0 || size > file.size)
        return;
    static const uint8_t widths[] = {1, 2, 4, 8};
    const unsigned width = widths[draw(4)];
    if (entry > 1 && entry <= size)
        disturb(file, offset + draw(size / entry) * entry + draw(entry) / width * width, width);
    else
        disturb(file, offset + draw(size) / width * width, width);
}

static void mutate(struct bytes *file)
{
    const bool wide = file->at[EI_CLASS] == ELFCLASS64;
    const uint64_t headers = get(*file, wide ? 40 : 32, wide ? 8 : 4), count = get(*file, wide ? 60 : 48, 2),
                   stride = wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    for (uint64_t i = draw(4) + 1; i > 0; i--) {
        const uint64_t header = headers + draw(count + 1) * stride;
        switch (draw(8)) {
        case 0:
            disturb(*file, draw(file->size), 1);
            break;
        case 1:
            disturb(*file, draw(64), 2);
            break;
        case 2:
        case 3:
            disturb_header(*file, header, wide);
            break;
        default:
            disturb_entry(*file, header, wide);
        }
    }
    if (draw(40) == 0)
        file->size = draw(file->size);
}

static struct bytes read_all(const char *path)
{
    struct bytes file = {NULL, 0};
    FILE *from = fopen(path, "rb");
    if (from == NULL || fseek(from, 0, SEEK_END) != 0)
        return file;
    file.size = (size_t)ftell(from);
    rewind(from);
    file.at = malloc(file.size + 1);
    if (file.at == NULL || fread(file.at, 1, file.size, from) != file.size)
        file.size = 0;
    fclose(from);
    return file;
}

static bool write_all(const char *path, struct bytes file)
{
    FILE *to = fopen(path, "wb");
    if (to == NULL)
        return false;
    const bool good = fwrite(file.at, 1, file.size, to) == file.size;
    return (fclose(to) == 0) & good;
}

/* One build; false if it did not keep its promises. */
static bool build(const char *object, const char *output, bool *built)
{
    const char *const inputs[] = {object};
    struct smf_build_report report;
    const struct smf_build_options options = {.inputs = inputs,
                                              .input_count = 1,
                                              .output = output,
                                              .layout = draw(8) == 0 ? SMF_LAYOUT_R96 : SMF_LAYOUT_P128,
                                              .debug = draw(4) == 0,
                                              .no_helpers = true};
    char elf[4100];
    snprintf(elf, sizeof elf, "%s.elf", output);
    unlink(output);
    unlink(elf);
    *built = smf_build(&options, &report) == 0;
    if (*built)
        return true;
    if (report.message[0] == '\0' || strchr(report.message, '\n') != NULL)
        return printf("# refused with %s\n", report.message[0] == '\0' ? "no line" : "several lines") < 0;
    if (access(output, F_OK) == 0 || access(elf, F_OK) == 0)
        return printf("# refused with '%s', but a file is left\n", report.message) < 0;
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    const uint64_t seed = strtoull(argv[2], NULL, 0), count = strtoull(argv[3], NULL, 0);
    char object[4000], output[4000];
    snprintf(object, sizeof object, "%s/round.o", argv[1]);
    snprintf(output, sizeof output, "%s/round.smf", argv[1]);
    uint64_t built_count = 0;
    for (uint64_t round = 0; round < count; round++) {
        state = (seed + round + 1) * 0x9E3779B97F4A7C15;
        struct bytes file = read_all(argv[4 + draw((uint64_t)argc - 4)]);
        bool built = false;
        if (file.size < sizeof(Elf32_Ehdr))
            return 2;
        mutate(&file);
        if (!write_all(object, file))
            return 2;
        free(file.at);
        if (!build(object, output, &built)) {
            printf("not ok 1 - round %" PRIu64 "  # rerun with seed %" PRIu64 " and count 1\n1..1\n", round,
                   seed + round);
            return 1;
        }
        built_count += built;
    }
    unlink(output);
    unlink(object);
    printf("ok 1 - %" PRIu64 " mutated objects: %" PRIu64 " built, the others refused\n1..1\n", count, built_count);
    return 0;
}
