/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of system calls and errnos: look-ups in tables that syscalls.py makes. */
#include "syscalls.h"

#include <stddef.h>
#include <string.h>

#include "cpu.h"

#include "syscalls.gen.h"

#define COMMON_FIRST 424 /* from here on all machines agree */

#define ROW(number, name) [number] = name,
static const char *const x86_64[] = { CALLS_X86_64(ROW) };
static const char *const x32[] = { CALLS_X32(ROW) };
static const char *const i386[] = { CALLS_I386(ROW) };
static const char *const arm64[] = { CALLS_ARM64(ROW) };
static const char *const errnos[] = { ERRNOS(ROW) };
#undef ROW

#define NR(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *name, *mark;
	const char *const *names;
	size_t nr;
} abis[CALL_ABI_NR] = {
	[CALL_ABI_UNKNOWN] = { "unknown", "other machine", arm64, 0 },
	[CALL_ABI_X86_64] = { "x86-64", NULL, x86_64, NR(x86_64) },
	[CALL_ABI_X32] = { "x32", "x32", x32, NR(x32) },
	[CALL_ABI_I386] = { "i386", "32-bit", i386, NR(i386) },
	[CALL_ABI_ARM64] = { "arm64", NULL, arm64, NR(arm64) },
	[CALL_ABI_ARM] = { "arm", "32-bit", arm64, 0 },
};

/* Without the ending _time64, which i386 and arm add. */
static const char *const waits[] = {
	"poll", "ppoll", "select", "_newselect", "pselect6", "pause", "nanosleep", "clock_nanosleep",
	"accept", "accept4", "rt_sigtimedwait", "rt_sigsuspend", "sigsuspend", "futex", "futex_wait",
	"futex_waitv", "io_getevents", "io_pgetevents", "epoll_wait", "epoll_pwait", "epoll_pwait2",
	"wait4", "waitid", "waitpid", "semop", "semtimedop", "msgrcv", "mq_timedreceive",
	"restart_syscall", /* goes on with a wait that a signal or a stop has interrupted */
};

enum call_abi call_abi_of(const char *machine, uint16_t flags)
{
	bool x86 = !strcmp(machine, "x86_64"), arm = !strcmp(machine, "aarch64");

	if (flags & CALL_F_COMPAT)
		return x86 ? CALL_ABI_I386 : arm ? CALL_ABI_ARM : CALL_ABI_UNKNOWN;
	if (flags & CALL_F_X32)
		return CALL_ABI_X32;
	return x86 ? CALL_ABI_X86_64 : arm ? CALL_ABI_ARM64 : CALL_ABI_UNKNOWN;
}

const char *call_abi_name(enum call_abi abi)
{
	return abis[abi].name;
}

const char *call_abi_mark(enum call_abi abi)
{
	return abis[abi].mark;
}

const char *call_name(enum call_abi abi, uint16_t nr)
{
	const char *name = nr < abis[abi].nr ? abis[abi].names[nr] : NULL;

	if (!name && nr >= COMMON_FIRST && nr < NR(arm64))
		name = arm64[nr];
	if (!name && abi == CALL_ABI_X32 && nr < NR(x86_64))
		name = x86_64[nr];
	return name;
}

static bool same_name(const char *name, const char *wait)
{
	size_t len = strlen(wait);

	return !strncmp(name, wait, len) && (!name[len] || !strcmp(name + len, "_time64"));
}

bool call_only_waits(const char *name)
{
	for (size_t i = 0; i < NR(waits); i++)
		if (same_name(name, waits[i]))
			return true;
	return false;
}

const char *errno_name(uint32_t error)
{
	return error < NR(errnos) ? errnos[error] : NULL;
}
