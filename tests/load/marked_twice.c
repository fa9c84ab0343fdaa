/* SPDX-License-Identifier: MIT */
/* marked_twice.c - one name marked in two files (smf/export.h): the linker has no word against it, the table has. */
#include "smf/export.h"

#include "harness/tap.h"

static int once(void) { return 1; }
SMF_EXPORT(once);

static void is_refused(void)
{
    static uint32_t buckets[8];
    struct smf_exports table = {NULL, 4711, NULL, 0};
    CHECK_EQUAL(smf_exports_collected(), 2);
    CHECK_STATUS(smf_exports_collect(&table, buckets, 8), SMF_ERR_DUPLICATE);
    CHECK_STATUS(smf_exports_collect(&table, NULL, 0), SMF_ERR_DUPLICATE); /* equal ones are neighbours */
    CHECK_EQUAL(table.count, 4711);
}

static const struct tap_case cases[] = {
    {"is_refused", is_refused},
};
TAP_MAIN(cases)
