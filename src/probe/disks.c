// SPDX-License-Identifier: GPL-2.0-or-later
/* Block I/O as the kernel side sums it: devices, requests in flight, processes; after each pass. */
#include "probe_impl.h"

void disks_emit(struct kernel_source *k, uint64_t now_ns, bool key, record_fn fn, void *ctx)
{
}
