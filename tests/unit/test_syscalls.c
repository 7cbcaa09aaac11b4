/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of system calls, and which of them only wait: beside the classes that the kernel's side uses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cpu.h"
#include "syscalls.h"

/* The classes by number, as BPF has them, of both machines. */
#define __TARGET_ARCH_x86
#define wait_by_call	    x86_class
#define wait_by_compat_call i386_class
#define call_makes_process  x86_makes_process
#include "wait.bpf.h"
#undef __TARGET_ARCH_x86
#undef PROBETOP_WAIT_BPF_H
#undef WAIT_BY_FD
#undef WAIT_CALLS
#undef NR_IO_URING_ENTER
#undef wait_by_call
#undef wait_by_compat_call
#undef call_makes_process
#define __TARGET_ARCH_arm64
#define wait_by_call	    arm64_class
#define wait_by_compat_call arm_class
#define call_makes_process  arm64_makes_process
#include "wait.bpf.h"

static void names_of_each_machine(void **state)
{
	static const struct {
		const char *machine;
		uint16_t flags, nr;
		const char *name;
	} rows[] = {
		{ "x86_64", 0, 0, "read" },
		{ "x86_64", 0, 257, "openat" },
		{ "x86_64", 0, 435, "clone3" },
		{ "x86_64", CALL_F_COMPAT, 20, "getpid" },
		{ "x86_64", CALL_F_COMPAT, 435, "clone3" },
		{ "x86_64", CALL_F_X32, 39, "getpid" },
		{ "x86_64", CALL_F_X32, 512, "rt_sigaction" },
		{ "x86_64", 0, 512, NULL },
		{ "aarch64", 0, 63, "read" },
		{ "aarch64", 0, 56, "openat" },
		{ "aarch64", 0, 25, "fcntl" },
		{ "aarch64", 0, 435, "clone3" },
		{ "aarch64", CALL_F_COMPAT, 3, NULL }, /* an unknown name, not a wrong one */
		{ "riscv64", 0, 63, NULL },
		{ "riscv64", 0, 435, "clone3" },
		{ "x86_64", 0, 469, "file_setattr" }, /* newer than the headers */
		{ "x86_64", 0, CALL_NR_NONE, NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum call_abi abi = call_abi_of(rows[i].machine, rows[i].flags);
		const char *name = call_name(abi, rows[i].nr);

		if (rows[i].name)
			assert_string_equal(name, rows[i].name);
		else
			assert_null(name);
		assert_non_null(call_abi_name(abi));
		assert_int_equal(call_abi_mark(abi) != NULL,
				 rows[i].flags != 0 || !strcmp(rows[i].machine, "riscv64"));
	}
}

/* What the generator has left out would show here: each table is nearly without holes. */
static void tables_are_whole(void **state)
{
	static const struct {
		enum call_abi abi;
		uint16_t last;
		int holes;
	} rows[] = {
		{ CALL_ABI_X86_64, 334, 0 },
		{ CALL_ABI_I386, 386, 4 }, /* 222, 223, 251, 285 were never used */
		{ CALL_ABI_ARM64, 243, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int holes = 0;

		if (!call_name(rows[i].abi, 1)) /* built where these headers are not installed */
			continue;
		for (uint16_t nr = 0; nr <= rows[i].last; nr++)
			holes += !call_name(rows[i].abi, nr);
		assert_int_equal(holes, rows[i].holes);
	}
	for (uint16_t nr = 512; nr <= 547; nr++)
		assert_non_null(call_name(CALL_ABI_X32, nr));
	for (uint16_t nr = 424; nr <= 469; nr++)
		for (int abi = 0; abi < CALL_ABI_NR; abi++)
			assert_non_null(call_name((enum call_abi)abi, nr));
}

static void names_of_errors(void **state)
{
	assert_string_equal(errno_name(2), "ENOENT");
	assert_string_equal(errno_name(11), "EAGAIN");
	assert_string_equal(errno_name(35), "EDEADLK");
	assert_string_equal(errno_name(95), "EOPNOTSUPP");
	assert_string_equal(errno_name(524), "ENOTSUPP");
	assert_null(errno_name(4000));
	for (uint32_t e = 1; e <= 133; e++)
		if (e != 41 && e != 58)
			assert_non_null(errno_name(e));
}

/* Classes that say "waits" for every call in them; of the others only some of class pipe do. */
static bool class_waits(uint8_t class)
{
	return class == WAIT_IDLE || class == WAIT_TIMER || class == WAIT_FUTEX;
}

static void waits_agree_with_the_classes(void **state)
{
	static const struct {
		enum call_abi abi;
		const uint8_t *classes;
	} tables[] = {
		{ CALL_ABI_X86_64, x86_class },
		{ CALL_ABI_I386, i386_class },
		{ CALL_ABI_ARM64, arm64_class },
	};
	int seen = 0;

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (uint16_t nr = 0; nr < WAIT_CALLS; nr++) {
			const char *name = call_name(tables[t].abi, nr);
			uint8_t class = tables[t].classes[nr];

			if (!name) {
				assert_int_equal(class, 0);
				continue;
			}
			/* io_uring_enter hands in work, too */
			if (class_waits(class) && strcmp(name, "io_uring_enter"))
				assert_true(call_only_waits(name));
			if (call_only_waits(name) && class)
				assert_true(class_waits(class) || class == WAIT_PIPE);
			seen += class_waits(class);
		}
	}
	assert_true(seen > 50);
	assert_false(call_only_waits("read"));
	assert_false(call_only_waits("clone"));
	assert_false(call_only_waits("io_uring_enter"));
	assert_false(call_only_waits("futex_wake"));
	assert_true(call_only_waits("wait4"));
	assert_true(call_only_waits("futex_time64"));
	assert_true(call_only_waits("restart_syscall"));
	assert_true(x86_makes_process(56) && arm64_makes_process(220) && !arm_class[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_each_machine),
		cmocka_unit_test(tables_are_whole),
		cmocka_unit_test(names_of_errors),
		cmocka_unit_test(waits_agree_with_the_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
