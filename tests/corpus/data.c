/* SPDX-License-Identifier: MIT */
/* Data: every width, static, const, BSS, COMMON, strings, pointers into arrays, own sections, init and fini arrays. */
int printf(const char *format, ...);
extern int corpus_number;                             /* imported data */
extern const int corpus_absent __attribute__((weak)); /* nobody has it */

struct data_pair {
    const char *name;
    const int *value;
};
static int data_cells[8] = {1, 2, 3, 4, 5, 6, 7, 8};
const int data_limits[4] = {10, 20, 30, 40};
static const struct data_pair data_pairs[] = {
    {"cell",   &data_cells[3] },
    {"limit",  &data_limits[2]},
    {"number", &corpus_number }
};
const char *data_words[] = {"alpha", "beta", "gamma"};
static char data_bytes[3] = {1, 2, 3};
static short data_halves[3] = {-1, 2, -3};
static long long data_longs[2] = {0x123456789ABCLL, -5};
static unsigned char data_zeros[300];
int data_common;
static long data_counter;
char *data_inside = (char *)&data_cells[2] + 1;
__attribute__((section(".keep.corpus"))) int data_kept = 9;
__attribute__((aligned(64))) static char data_aligned[64] = "aligned";
static __attribute__((visibility("hidden"))) int *data_own = &data_common;
volatile int data_events;

__attribute__((constructor)) static void data_start(void) { data_events += 1; }
__attribute__((constructor(150))) static void data_start_early(void) { data_events += 16; }
__attribute__((destructor)) static void data_stop(void) { data_events += 256; }

__attribute__((noinline)) void data_widths(int i)
{
    data_bytes[i] = (char)(data_bytes[i] + 1);
    data_halves[i] = (short)(data_halves[i] * 3);
    data_longs[i & 1] += data_cells[i];
    data_zeros[i] = (unsigned char)(data_bytes[0] + data_halves[1]);
    data_counter += (long)data_longs[0];
}

/* Single objects of each width: AArch64 addresses these with the scale in the instruction. */
char data_one;
short data_two;
int data_four;
long long data_eight;
typedef int data_vector __attribute__((vector_size(16)));
data_vector data_sixteen, data_sixteen_more = {1, 2, 3, 4};
__attribute__((noinline)) void data_each_width(void)
{
    data_one = (char)(data_one + 1);
    data_two = (short)(data_two + 2);
    data_four += 4;
    data_eight += 8;
    data_sixteen = data_sixteen + data_sixteen_more;
}
__attribute__((noinline)) int *data_address(void) { return &data_cells[5]; }
__attribute__((noinline)) const int *data_address_of_import(void) { return &corpus_number; }
__attribute__((noinline)) int data_optional(void) { return &corpus_absent != 0 ? corpus_absent : 5; }

int data_run(void)
{
    int sum = data_inside[0] + data_kept + data_aligned[1] + data_optional();
    for (int i = 0; i < 3; i++) {
        data_widths(i);
        sum += *data_pairs[i].value + data_pairs[i].name[0] + data_words[i][1];
    }
    data_each_width();
    *data_own = 3;
    corpus_number += 2;
    sum += data_common + *data_address() + *data_address_of_import() + data_zeros[2] + (int)data_counter;
    sum += data_one + data_two + data_four + (int)data_eight + data_sixteen[2];
    return printf("data %d\n", sum) > 0 ? sum : -1;
}
