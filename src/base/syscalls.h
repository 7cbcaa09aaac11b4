/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of system calls and errnos, from the kernel's headers at build time. The tables of all
 * machines are in every binary: a recording may come from another one. Owns nothing.
 */
#ifndef PROBETOP_SYSCALLS_H
#define PROBETOP_SYSCALLS_H

#include <stdbool.h>
#include <stdint.h>

/* Whose numbers they are. */
enum call_abi {
	CALL_ABI_UNKNOWN, /* only the numbers that all machines share */
	CALL_ABI_X86_64,
	CALL_ABI_X32,
	CALL_ABI_I386,
	CALL_ABI_ARM64,
	CALL_ABI_ARM,
	CALL_ABI_NR,
};

/* The numbers of a machine (as uname(2) names it) in a call record with these flags. */
enum call_abi call_abi_of(const char *machine, uint16_t flags);

/* "x86-64", "i386": for people and files. */
const char *call_abi_name(enum call_abi abi);
/* What marks a call that is not of the machine's own kind: "32-bit", "x32"; NULL for its own. */
const char *call_abi_mark(enum call_abi abi);

/* The name of a call; NULL where the number is not known. */
const char *call_name(enum call_abi abi, uint16_t nr);

/*
 * Whether a call of that name does nothing but wait for something to happen or for time to
 * pass: poll, futex, nanosleep, wait4. Its time is nobody's work. By name the calls that
 * bpf/wait.bpf.h classes as idle, timer, futex, and as pipe where they carry no data out.
 */
bool call_only_waits(const char *name);

/* "ENOENT"; NULL where the number is not known. */
const char *errno_name(uint32_t error);

#endif
