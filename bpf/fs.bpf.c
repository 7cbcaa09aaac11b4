// SPDX-License-Identifier: GPL-2.0-or-later
/* Files: what processes do with them, by file and by operation. */
#include "common.bpf.h"
#include "fs_state.h"

__hidden int fs_on_sys_enter(struct cpu_block *b, struct pt_regs *regs, long id)
{
	return 0;
}

__hidden int fs_on_sys_exit(struct cpu_block *b, struct pt_regs *regs, long ret)
{
	return 0;
}

__hidden int fs_on_sys_exit_plain(struct cpu_block *b, struct pt_regs *regs, long ret)
{
	return 0;
}
