/* SPDX-License-Identifier: MIT */
/*
 * sample.h - one template record with something of everything, for tests that read,
 * write and break it: two parameters, exports and needs each; eight units of every kind of shape, in an
 * order that is not the one of a file; all kinds of symbols. Its code is no machine's.
 */
#ifndef SMF_TESTS_RECORD_SAMPLE_H
#define SMF_TESTS_RECORD_SAMPLE_H

#include "smf/template_writer.h"

extern const struct smf_write_record sample_map;

/* Its units in the order of a file, most specific first. */
extern const uint8_t sample_order[];

/* Units by what they are. */
enum { SAMPLE_C, SAMPLE_ANY, SAMPLE_PLAIN, SAMPLE_TYPED, SAMPLE_C_24, SAMPLE_PLAIN_24, SAMPLE_MIXED, SAMPLE_UNITS = 8 };

#endif
