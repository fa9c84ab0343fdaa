/* SPDX-License-Identifier: MIT */
/* numbers.c - asks for the sum of what are no numbers: the loader says so, and nothing is loaded. */
#include <smf/instance.h>

struct pair {
    int left, right;
};
SMF_TYPE(Pair, struct pair, .compare = 0);
SMF_INSTANCE(swap_pairs, "swap<Pair>", void, (struct pair * a, struct pair *b));
SMF_INSTANCE(sum_pairs, "sum<Pair>", struct pair, (const struct pair *items, size_t count));

int check_pairs(void);

int check_pairs(void)
{
    struct pair pairs[2] = {
        {1, 2},
        {3, 4}
    };
    swap_pairs(&pairs[0], &pairs[1]);
    return sum_pairs(pairs, 2).left;
}
