/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scripts of the synthetic hosts, beside their processes: data only. */
#include <errno.h>

#include "synth_script.h"

/* clang-format off */
#define NR(array) (sizeof(array) / sizeof((array)[0]))
#define SOFT(vector) .type = IRQ_SOFT, .irq = (vector), .name = "", .label = ""
#define ARCH(text, words) .type = IRQ_ARCH, .label = (text), .name = (words)
#define HARD(number, device) .type = IRQ_HARD, .irq = (number), .name = (device), .label = ""
#define GROUP(number, text) .id = (number), .path = (text), .path_len = sizeof(text) - 1

enum { HI, TIMER, NET_TX, NET_RX, BLOCK, IRQ_POLL, TASKLET, SCHED, HRTIMER, RCU };

static const struct synth_irq database_irqs[] = {
	{ HARD(9, "acpi"), .cpu = 1 },
	{ HARD(24, "nvme0q0"), .cpu = 1, .per_s = 1, .mean_ns = 4100 },
	{ HARD(25, "nvme0q#"), .per_s = 1150, .mean_ns = 3300, .queues = 2 },
	{ HARD(31, "eth0-rx-0"), .cpu = 2, .per_s = 2210, .mean_ns = 1400 },
	{ HARD(32, "eth0-tx-0"), .cpu = 2, .per_s = 640, .mean_ns = 900 },
	{ HARD(33, "xhci_hcd"), .cpu = 1, .per_s = 2, .mean_ns = 6200 },
	{ SOFT(TIMER), .per_s = 248, .mean_ns = 1900 },
	{ SOFT(NET_TX), .per_s = 3, .mean_ns = 2700 },
	{ SOFT(NET_RX), .per_s = 1060, .mean_ns = 9800 },
	{ SOFT(BLOCK), .per_s = 140, .mean_ns = 5200 },
	{ SOFT(SCHED), .per_s = 190, .mean_ns = 2300 },
	{ SOFT(RCU), .per_s = 215, .mean_ns = 1200 },
	{ ARCH("LOC", "Local timer interrupts"), .per_s = 250 },
	{ ARCH("RES", "Rescheduling interrupts"), .per_s = 810 },
	{ ARCH("CAL", "Function call interrupts"), .per_s = 420 },
	{ ARCH("TLB", "TLB shootdowns"), .per_s = 37 },
};

/* Numbers are those of x86-64; with CALL_F_COMPAT of i386. */
static const struct synth_call database_calls[] = {
	{ "postgres", 18, .per_100 = 51, .mean_ns = 21000 },			      /* pwrite64 */
	{ "postgres", 17, .per_100 = 64, .mean_ns = 4200 },			      /* pread64 */
	{ "postgres", 74, .per_100 = 6, .waits = WAIT_DISK, .waits_pm = 930 },	      /* fsync */
	{ "postgres", 232, .per_100 = 38, .waits = WAIT_IDLE, .waits_pm = 990 },      /* epoll_wait */
	{ "postgres", 45, .per_100 = 70, .mean_ns = 1900, .error = EAGAIN, .error_pm = 420 },
	{ "postgres", 44, .per_100 = 35, .mean_ns = 8700 },			      /* sendto */
	{ "postgres", 202, .per_100 = 9, .mean_ns = 900, .waits = WAIT_FUTEX, .waits_pm = 990 },
	{ "php-fpm8.2", 0, .per_100 = 210, .mean_ns = 1700 },			      /* read */
	{ "php-fpm8.2", 1, .per_100 = 75, .mean_ns = 5100 },			      /* write */
	{ "php-fpm8.2", 232, .per_100 = 30, .waits = WAIT_IDLE, .waits_pm = 985 },    /* epoll_wait */
	{ "php-fpm8.2", 7, .per_100 = 44, .waits = WAIT_NET, .waits_pm = 980 },	      /* poll */
	{ "php-fpm8.2", 202, .per_100 = 22, .mean_ns = 1300, .error = EAGAIN, .error_pm = 90 },
	{ "php-fpm8.2", 257, .per_100 = 60, .mean_ns = 6900, .error = ENOENT, .error_pm = 730 },
	{ "nginx", 232, .per_100 = 97, .waits = WAIT_IDLE, .waits_pm = 995 },	      /* epoll_wait */
	{ "nginx", 288, .per_100 = 33, .mean_ns = 3900, .error = EAGAIN, .error_pm = 310 },
	{ "nginx", 45, .per_100 = 60, .mean_ns = 1400 },			      /* recvfrom */
	{ "nginx", 20, .per_100 = 41, .mean_ns = 9200 },			      /* writev */
	{ "restic", 0, .per_100 = 70, .mean_ns = 26000, .waits = WAIT_DISK, .waits_pm = 960 },
	{ "restic", 262, .per_100 = 20, .mean_ns = 3100 },			      /* newfstatat */
	{ "restic", 202, .per_100 = 33, .mean_ns = 1100, .error = EAGAIN, .error_pm = 160 },
	{ "cron.sh", 61, .per_100 = 50, .waits = WAIT_PIPE, .waits_pm = 990 },	      /* wait4 */
	{ "cron.sh", 56, .per_100 = 49, .mean_ns = 71000 },			      /* clone */
	{ "systemd-journal", 232, .per_100 = 60, .waits = WAIT_IDLE, .waits_pm = 999 },
	{ "systemd-journal", 47, .per_100 = 90, .mean_ns = 2400 },		      /* recvmsg */
	{ "node_exporter", 202, .per_100 = 80, .waits = WAIT_FUTEX, .waits_pm = 960 },
	{ "node_exporter", 0, .per_100 = 300, .mean_ns = 7400 },
	{ "scand", 3, CALL_F_COMPAT, .per_100 = 500, .mean_ns = 2900 },		      /* read */
	{ "scand", 5, CALL_F_COMPAT, .per_100 = 80, .mean_ns = 5200, .error = EACCES, .error_pm = 120 },
	{ "scand", 162, CALL_F_COMPAT, .per_100 = 90, .waits = WAIT_TIMER, .waits_pm = 999 },
	{ "pg_dump", 45, .per_100 = 88, .mean_ns = 2100, .waits = WAIT_NET, .waits_pm = 970 },
	{ "pg_dump", 1, .per_100 = 55, .mean_ns = 9900, .waits = WAIT_PIPE, .waits_pm = 600 },
};

/* In the order of enum in synth_hosts.c. */
static const struct synth_group database_groups[] = {
	{ GROUP(1, "/") },
	{ GROUP(27, "/init.scope") },
	{ GROUP(3120, "/system.slice/postgresql.service") },
	{ GROUP(3164, "/system.slice/php8.2-fpm.service") },
	{ GROUP(3201, "/system.slice/nginx.service") },
	{ GROUP(2893, "/system.slice/cron.service") },
	{ GROUP(4410, "/system.slice/restic-backup.service"), .quota_us = 25000 },
	{ GROUP(5127, "/user.slice/user-1000.slice/session-4.scope") },
	{ GROUP(6032, "/system.slice/docker-"
		      "5b1c0e9f7a3d42c88e6a1f0b94d7c3e25b1c0e9f7a3d42c88e6a1f0b94d7c3e2.scope") },
	{ GROUP(2214, "/system.slice/systemd-journald.service") },
	{ GROUP(7003, "/legacy/batch"), .version = 1 },
	{ GROUP(2705, "/system.slice/system.services") },
};

static const struct synth_kmsg database_kmsgs[] = {
	{ 1, .level = 4, .text = "TCP: request_sock_TCP: Possible SYN flooding on port 5432. Sending cookies." },
	{ 3, .level = 3, .text = "nfs: server nas-1 not responding, still trying" },
	{ 4, .level = 3, .flags = KMSG_F_OOM, .pid = 9610,
	  .text = "Memory cgroup out of memory: Killed process 9610 (report) total-vm:2105344kB, "
		  "anon-rss:1048200kB, file-rss:8320kB, shmem-rss:0kB, UID:33 pgtables:2216kB oom_score_adj:0" },
};

static const struct synth_stuck database_stuck[] = {
	{ .pid = 2291, .nr = 1, .fd = 3, .wchan = "rpc_wait_bit_killable",
	  .path = "/srv/backup/home.tar", .mount = "/srv/backup", .device = "nas-1:/export/backup", .fstype = "nfs4",
	  .stack = "[<0>] rpc_wait_bit_killable+0x25/0xb0 [sunrpc]\n"
		   "[<0>] nfs4_do_close+0x2a4/0x300 [nfsv4]\n"
		   "[<0>] nfs_wb_all+0x31/0x140 [nfs]\n"
		   "[<0>] nfs_file_write+0x1d5/0x2f0 [nfs]\n"
		   "[<0>] vfs_write+0x2ea/0x540\n"
		   "[<0>] ksys_write+0x6d/0xf0\n"
		   "[<0>] do_syscall_64+0x82/0x190\n"
		   "[<0>] entry_SYSCALL_64_after_hwframe+0x76/0x7e\n" },
};

#define ESC "\033"
#define OSC ESC "]0;owned\007"
#define RLO "\342\200\256" /* right-to-left override */
#define BAD "\377\376\200\300\257"
#define WIDE "\346\274\242\345\255\227" /* two double-width characters */
#define LONG50 "0123456789/abcdefghijklmnopqrstuvwxyz-_ABCDEFGHIJK"
#define LONG400 LONG50 LONG50 LONG50 LONG50 LONG50 LONG50 LONG50 LONG50

static const struct synth_irq hostile_irqs[] = {
	{ HARD(0, ESC "[2J" ESC "c"), .cpu = 1, .per_s = 100, .mean_ns = 1000 },
	{ HARD(1, ""), .cpu = 1, .per_s = 9, .mean_ns = 100 },
	{ HARD(7, RLO "eth0" BAD), .cpu = 2, .per_s = 90000, .mean_ns = 9000 },
	{ HARD(4294967295U, WIDE WIDE WIDE "\n\t,\"';=cmd()"), .per_s = 2, .mean_ns = 40000000 },
	{ HARD(8, LONG50), .cpu = 3, .per_s = 1, .mean_ns = 64 },
	{ HARD(40, "queue #" OSC), .per_s = 50, .mean_ns = 3000, .queues = 500 },
	{ SOFT(HI), .per_s = 1, .mean_ns = 1 },
	{ SOFT(RCU), .per_s = 300, .mean_ns = 2500 },
	{ ARCH(ESC "[A", OSC RLO "timer"), .per_s = 1000 },
	{ ARCH("", ""), .per_s = 3 },
	{ ARCH("LOC", BAD), .per_s = 5 },
};

static const struct synth_call hostile_calls[] = {
	{ "backslash\\", 60000, .per_100 = 100, .mean_ns = 7777 },
	{ "backslash\\", 65535, CALL_F_COMPAT, .per_100 = 50, .mean_ns = 1, .error = 4095, .error_pm = 1000 },
	{ "threads", 0, .per_100 = 3000, .mean_ns = 100, .error = 9999, .error_pm = 500 },
	{ RLO "gpj.exe", 0xfffe, 0xfffe, .per_100 = 200, .waits = WAIT_DISK, .waits_pm = 1000,
	  .error = EIO, .error_pm = 10 },
	{ ESC "[2J" ESC "[H" ESC "c", 1, .per_100 = 1000, .mean_ns = 40 },
};

static const struct synth_group hostile_groups[] = {
	{ GROUP(1, "/") },
	{ GROUP(2, "") },
	{ GROUP(3, "/" ESC "[31m.service") },
	{ GROUP(4, "/" RLO "ecivres.evil") },
	{ GROUP(5, "/" BAD "/\n\t\r/x y\0z.slice") },
	{ GROUP(6, "/system.slice/docker-zzzz.scope") },
	{ GROUP(0xffffffffffffffff, "/" WIDE WIDE "/" OSC), .version = 1 },
	{ GROUP(7, "/" LONG400 LONG50 "0123456789012345678901234567"), .quota_us = 1 },
	{ GROUP(8, "/kubepods/burstable/pod../../etc;rm -rf"), .version = 9 },
};

static const struct synth_kmsg hostile_kmsgs[] = {
	{ 1, .level = 0, .text = OSC ESC "[2J\n" RLO BAD, .lost = 4294967295U },
	{ 2, .level = 7, .text = "" },
	{ 3, .level = 4, .flags = 0xff, .pid = 4294967295U, .text = "Killed process " RLO },
	{ 5, .level = 2, .flags = KMSG_F_CUT, .text = LONG400 },
	{ 6, .level = 3, .flags = KMSG_F_OOM, .pid = 20, .text = "Out of memory: Killed process 20 (" OSC ")" },
};

static const struct synth_stuck hostile_stuck[] = {
	{ .pid = 18, .nr = 60000, .fd = REC_UNKNOWN32, .wchan = ESC "[5m" BAD, .path = LONG400,
	  .mount = "/" RLO, .device = WIDE OSC, .fstype = "\n\r\t", .stack = "[<0>] " OSC "\n\n\n" ESC "[H" BAD "\n" RLO },
	{ .pid = 19, .nr = REC_UNKNOWN32, .fd = REC_UNKNOWN32, .wchan = "", .path = "", .mount = "",
	  .device = "", .fstype = "" },
};

static const struct synth_irq load_irqs[] = {
	{ HARD(16, "ahci"), .cpu = 1, .per_s = 20, .mean_ns = 5000 },
	{ HARD(64, "nvme0q#"), .per_s = 700, .mean_ns = 3100, .queues = 128 },
	{ HARD(300, "mlx5_comp#"), .per_s = 2900, .mean_ns = 1800, .queues = 64 },
	{ SOFT(TIMER), .per_s = 250, .mean_ns = 1800 },
	{ SOFT(NET_RX), .per_s = 900, .mean_ns = 8000 },
	{ SOFT(SCHED), .per_s = 200, .mean_ns = 2200 },
	{ SOFT(RCU), .per_s = 180, .mean_ns = 1100 },
	{ ARCH("LOC", "Local timer interrupts"), .per_s = 250 },
	{ ARCH("RES", "Rescheduling interrupts"), .per_s = 600 },
	{ ARCH("CAL", "Function call interrupts"), .per_s = 300 },
};

static const struct synth_call load_calls[] = {
	{ "spinner", 110, .per_100 = 100, .mean_ns = 90 },			   /* getppid */
	{ "ping-pong", 0, .per_100 = 100, .waits = WAIT_PIPE, .waits_pm = 990 },   /* read */
	{ "ping-pong", 1, .per_100 = 100, .mean_ns = 2100 },			   /* write */
	{ "blocked", 17, .per_100 = 100, .waits = WAIT_DISK, .waits_pm = 990 },	   /* pread64 */
	{ "waiting", 202, .per_100 = 100, .waits = WAIT_FUTEX, .waits_pm = 990 },  /* futex */
	{ "server", 232, .per_100 = 50, .waits = WAIT_IDLE, .waits_pm = 990 },	   /* epoll_wait */
	{ "server", 45, .per_100 = 90, .mean_ns = 1500, .waits = WAIT_NET, .waits_pm = 900 },
	{ "server", 44, .per_100 = 45, .mean_ns = 6000, .error = EPIPE, .error_pm = 20 },
	{ "faulting", 28, .per_100 = 40, .mean_ns = 12000 },			   /* madvise */
	{ "timer", 230, .per_100 = 100, .waits = WAIT_TIMER, .waits_pm = 995 },	   /* clock_nanosleep */
};

static const struct synth_group load_groups[] = {
	{ GROUP(1, "/") },
	{ GROUP(100, "/system.slice/sleeper.service") },
	{ GROUP(101, "/kubepods.slice/kubepods-burstable.slice/cri-containerd-"
		     "00000000000000000000000000000000000000000000000000000000000000aa.scope"),
	  .quota_us = 50000 },
	{ GROUP(102, "/system.slice/server.service") },
};

#define PROPS(scene) \
	.irqs = scene##_irqs, .irqs_nr = NR(scene##_irqs), \
	.calls = scene##_calls, .calls_nr = NR(scene##_calls), \
	.groups = scene##_groups, .groups_nr = NR(scene##_groups)

const struct synth_props synth_props[SYNTH_SCENE_NR] = {
	[SYNTH_DATABASE] = {
		PROPS(database),
		.kmsgs = database_kmsgs, .kmsgs_nr = NR(database_kmsgs),
		.stuck = database_stuck, .stuck_nr = NR(database_stuck),
		.hogs = { 8112, 8040, 9177 }, .net_softirq = NET_RX, .disk_irq = 25,
		.khz = { 1200000, 3400000 },
	},
	[SYNTH_HOSTILE] = {
		PROPS(hostile),
		.kmsgs = hostile_kmsgs, .kmsgs_nr = NR(hostile_kmsgs),
		.stuck = hostile_stuck, .stuck_nr = NR(hostile_stuck),
		.hogs = { 20, 1, 4194304 }, .net_softirq = 99, .disk_irq = 4000000,
		.khz = { 1, 4294967295U },
	},
	[SYNTH_LOAD] = {
		PROPS(load),
		.net_softirq = NET_RX, .disk_irq = 64, .khz = { 800000, 2600000 },
	},
};
/* clang-format on */
