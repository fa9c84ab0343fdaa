/* SPDX-License-Identifier: MIT */
/* no_pmp.c - a hart without PMP: the port says that it found no entry, and nothing has trapped. */
#include "board.h"
#include "harness/tap.h"
#include "pmp.h"

static void a_hart_without_pmp_is_refused(void)
{
    static struct smf_pool_block blocks[3][1];
    static struct smf_pmp_record records[1];
    static struct smf_pmp pmp;
    const struct smf_port *port = NULL;
    struct smf_diagnosis why;
    struct smf_pmp_facts facts;
    struct smf_pmp_config config = {
        .code = {smf_code_start,   (size_t)(smf_code_end - smf_code_start),     blocks[0], 1},
        .rodata = {smf_rodata_start, (size_t)(smf_rodata_end - smf_rodata_start), blocks[1], 1},
        .data = {smf_data_start,   (size_t)(smf_data_end - smf_data_start),     blocks[2], 1},
        .records = records,
        .record_max = 1,
    };
    smf_pmp_probe(&facts);
    CHECK_EQUAL(facts.count, 0);
    CHECK(facts.user);
    CHECK_STATUS(smf_pmp_start(&pmp, &config, &port, &why), SMF_ERR_LIMIT);
    CHECK_EQUAL(why.detail, SMF_DETAIL_PMP_ENTRIES);
    CHECK_EQUAL(why.value, 0);
    CHECK_EQUAL(why.expected, 5);
    config.power_of_two = true;
    CHECK_STATUS(smf_pmp_start(&pmp, &config, &port, &why), SMF_ERR_LIMIT);
    CHECK_EQUAL(why.expected, 3);
    CHECK(port == NULL);
    char line[120];
    smf_diagnosis_format(&why, line, sizeof line);
    tap_note("%s", line);
}

static const struct tap_case cases[] = {
    {"a_hart_without_pmp_is_refused", a_hart_without_pmp_is_refused}
};
TAP_MAIN(cases)
