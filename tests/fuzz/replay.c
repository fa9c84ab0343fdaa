/* SPDX-License-Identifier: MIT */
/* replay.c - run a fuzz target over files, without libFuzzer: regressions and corpus in every build. The byte
 * that chooses the surroundings is added, each of its sixteen meanings in turn. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *file)
{
    static uint8_t bytes[1 << 22];
    FILE *in = fopen(file, "rb");
    if (in == NULL) {
        printf("# %s cannot be opened\n", file);
        return 1;
    }
    const size_t size = fread(bytes, 1, sizeof bytes - 1, in);
    fclose(in);
    for (unsigned choice = 0; choice < 16; choice++) {
        bytes[size] = (uint8_t)choice;
        LLVMFuzzerTestOneInput(bytes, size + 1);
    }
    LLVMFuzzerTestOneInput(bytes, size);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        const int bad = replay(argv[i]);
        printf("%sok %d - %s\n", bad ? "not " : "", i, argv[i]);
        failed += bad;
    }
    printf("1..%d\n", argc - 1);
    return failed != 0 || argc < 2;
}
