/* SPDX-License-Identifier: MIT */
/* no_lz4.c - in place of unpack_lz4.c where there is no liblz4: files compressed so are refused; sections are core's. */
#include "unpack.h"

enum smf_status smf_unpack_lz4(struct unpacking *unpacking)
{
    return smf_fail(unpacking->why, SMF_DETAIL_NO_UNPACKER, 0, 0, 0);
}
