/* SPDX-License-Identifier: MIT */
/*
 * smf/port_windows.h - modules in the memory of a Windows process. Since 0.1.
 *
 * Modules for platform Any use the System V convention on x86-64: call them
 * through SMF_MODULE_CALL (smf/load.h). Exceptions, of Windows and of C++, do
 * not pass through module code: there is no unwind table for it. A fault in a
 * module is seen by a vectored handler (AddVectoredExceptionHandler).
 */
#ifndef SMF_PORT_WINDOWS_H
#define SMF_PORT_WINDOWS_H

#include <stddef.h>
#include <stdint.h>

#include "smf/port.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The port of this process: any number of loaders may share it, from any thread
 * (one recursive lock). Each reserve is one reservation of address space:
 * regions in order, each at the next multiple of the page size or of its
 * alignment, or at its own `address`; more than 2 GiB from the first to the last
 * byte is SMF_ERR_NO_MEMORY. Only the regions' own pages are committed. Regions
 * are readable and writable until they are sealed, then RX or RO: never
 * writable and executable at once, unless RWX was asked for (config.allow_rwx).
 *
 * release() is idempotent: what was released before, or was never this port's,
 * is compared with the port's records and left alone. Static storage.
 */
const struct smf_port *smf_port_windows(void);

/*
 * The error of Windows (GetLastError) behind the newest call of the port, in any
 * thread, that failed; 0 before the first. 87 (ERROR_INVALID_PARAMETER) also
 * stands for what the port itself refused: sizes that wrap, RWX not asked for.
 */
uint32_t smf_port_windows_last_error(void);

/* Rights, for smf_port_windows_set_rights(). Any sum of them; 0: no access at all. */
#define SMF_WINDOWS_READ 1u
#define SMF_WINDOWS_WRITE 2u
#define SMF_WINDOWS_EXECUTE 4u

/*
 * Give the pages that meet [bytes, bytes + size) exactly these rights: also those that no enum smf_access
 * stands for, no access and execute only (which the processor lets be read, too, where it has no such right;
 * write alone includes read). Only pages of this port's regions. WRITE with EXECUTE is refused: ask for it by
 * name, with SMF_ACCESS_RWX. SMF_ERR_PROTECT; nothing has changed then.
 * query() of a page without access says SMF_ERR_PROTECT.
 */
SMF_MUST_CHECK
enum smf_status smf_port_windows_set_rights(void *bytes, size_t size, unsigned rights);

#ifdef __cplusplus
}
#endif

#endif
