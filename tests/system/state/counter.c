/* SPDX-License-Identifier: MIT */
/* counter.c - a module whose state goes from version to version: by hooks, and in a .keep section. See state.c. */
#include "smf/module.h"

struct state {
    int count, tag;
};

int counter_next(void);
int counter_kept(void);
int counter_tag(void);
unsigned counter_took(void);

static int count = 100 * TAG;
static unsigned took; /* the version of the state that it took over, + 1000 */
SMF_KEEP(counter) int kept = 1;

int counter_next(void) { return ++count; }
int counter_kept(void) { return ++kept; }
int counter_tag(void) { return TAG; }
unsigned counter_took(void) { return took; }

#if defined(HOOKS)
const void *smf_state_give(size_t *size)
{
    static struct state given;
#if defined(MUTE)
    *size = 4711;
    return 0;
#else
    given.count = count;
    given.tag = TAG;
    *size = sizeof given;
    return &given;
#endif
}

int smf_state_take(const void *state, size_t size, uint32_t version)
{
    const struct state *from = state;
    took = version + 1000;
#if defined(REFUSES)
    return REFUSES;
#else
    if (size != sizeof *from || from->tag == TAG)
        return 1;
    count = from->count;
    return 0;
#endif
}
#endif
