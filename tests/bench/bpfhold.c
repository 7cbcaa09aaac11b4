// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Holds something of BPF until its standard input ends, and prints "ready" when it does:
 *   bpfhold stats           the kernel's statistics of run time for each program (fdinfo)
 *   bpfhold floor NAME...   an empty program on each of these tracepoints: what the hooks
 *                           cost before a body does a thing
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

static int quiet(enum libbpf_print_level level, const char *format, va_list ap)
{
	return 0;
}

static int complain(const char *what, int err)
{
	fprintf(stderr, "bpfhold: %s: %s.\n", what, strerror(-err));
	return 1;
}

/* Attaches `return 0` the way tp_btf programs are. Returns the link's descriptor. */
static int attach_empty(const char *tracepoint)
{
	static const struct bpf_insn body[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_RAW_TP);
	int id = libbpf_find_vmlinux_btf_id(tracepoint, BPF_TRACE_RAW_TP);
	int prog_fd, link_fd;

	if (id < 0)
		return id;
	opts.attach_btf_id = (__u32)id;
	prog_fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "floor", "GPL", body, 2, &opts);
	if (prog_fd < 0)
		return prog_fd;
	link_fd = bpf_raw_tracepoint_open(NULL, prog_fd);
	close(prog_fd);
	return link_fd;
}

static int hold(void)
{
	char byte;

	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	int fd;

	libbpf_set_print(quiet);
	if (argc == 2 && !strcmp(argv[1], "stats")) {
		fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
		return fd < 0 ? complain("turning the statistics on", fd) : hold();
	}
	if (argc < 3 || strcmp(argv[1], "floor")) {
		fputs("usage: bpfhold stats | bpfhold floor TRACEPOINT...\n", stderr);
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		fd = attach_empty(argv[i]);
		if (fd < 0)
			return complain(argv[i], fd);
	}
	return hold();
}
