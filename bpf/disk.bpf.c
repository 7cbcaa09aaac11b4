// SPDX-License-Identifier: GPL-2.0-or-later
/* Block I/O: requests from their start to their completion, by device, operation and process. */
#include "common.bpf.h"

__hidden int disk_on_io_start(struct cpu_block *b, struct request *rq)
{
	return 0;
}
