/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scripts of the synthetic hosts: data only. */
#include "synth_host.h"

/* clang-format off */
#define NR(array) (sizeof(array) / sizeof((array)[0]))
#define ARGS(text) .args = (text), .args_len = sizeof(text)
#define ARGS_STORM(text) .storm_args = (text), .storm_args_len = sizeof(text)
#define KTHREAD .ppid = 2, .kthread = true, .rest = WAIT_IDLE
#define TIMERS .on_pm = 1, .rest = WAIT_TIMER, .user_pm = 500
#define SLEEPS .rest = WAIT_IDLE

/* Indexes in the groups of synth_props.c; 0 is the root. */
enum { G_ROOT, G_INIT, G_PG, G_PHP, G_NGINX, G_CRON, G_RESTIC, G_USER, G_DOCKER, G_JOURNAL, G_V1, G_SYSTEM };

#define UID_ROOT 0
#define UID_WWW 33
#define UID_BACKUP 34
#define UID_BUS 100
#define UID_SSHD 104
#define UID_PG 113
#define UID_DEPLOY 1000

static const struct synth_user database_users[] = {
	{ UID_ROOT, "root" }, { UID_WWW, "www-data" }, { UID_BACKUP, "backup" },
	{ UID_BUS, "messagebus" }, { UID_SSHD, "sshd" }, { UID_PG, "postgres" },
	{ UID_DEPLOY, "deploy" },
};

static const struct synth_role database_roles[] = {
	{ .comm = "systemd", ARGS("/sbin/init\0splash"), .exe = "/usr/lib/systemd/systemd", .pid = 1, .group = G_INIT,
	  TIMERS, .every = 3, .vcsw_s = 4, .rss_mib = 12, .minflt_s = 3 },
	{ .comm = "kthreadd", .pid = 2, .ppid = 0, .kthread = true, .rest = WAIT_IDLE },
	{ .comm = "rcu_preempt", .pid = 15, KTHREAD, .on_pm = 1, .vcsw_s = 60, .tail = 2 },
	{ .comm = "migration/#", .pid = 17, .count = 2, KTHREAD, .policy = 1 },
	{ .comm = "ksoftirqd/#", .pid = 19, .count = 2, KTHREAD, .on_pm = 1, .vcsw_s = 8, .tail = 2 },
	{ .comm = "kworker/#:1-events", .pid = 21, .count = 2, KTHREAD, .on_pm = 2, .vcsw_s = 40,
	  .nice = 0, .tail = 3 },
	{ .comm = "kworker/#:0H", .pid = 24, .count = 2, KTHREAD, .nice = -20 },
	{ .comm = "kcompactd0", .pid = 34, KTHREAD },
	{ .comm = "kswapd0", .pid = 52, KTHREAD },
	{ .comm = "kworker/u4:#", .pid = 61, .count = 8, KTHREAD },
	{ .comm = "scsi_eh_#", .pid = 110, .count = 6, KTHREAD },
	{ .comm = "jbd2/dm-0-8", .pid = 188, KTHREAD, .on_pm = 3, .blk = WAIT_DISK, .blk_pm = 40,
	  .vcsw_s = 30 },
	{ .comm = "ext4-rsv-conver", .pid = 189, KTHREAD, .nice = -20 },
	{ .comm = "systemd-journal", ARGS("/lib/systemd/systemd-journald"),
	  .exe = "/usr/lib/systemd/systemd-journald", .pid = 231, .group = G_JOURNAL, .ppid = 1, .on_pm = 4,
	  .blk = WAIT_DISK, .blk_pm = 6, .user_pm = 600, SLEEPS, .vcsw_s = 25, .rss_mib = 34, .minflt_s = 9 },
	{ .comm = "systemd-udevd", ARGS("/lib/systemd/systemd-udevd"), .pid = 262, .group = G_SYSTEM, .ppid = 1, SLEEPS,
	  .rss_mib = 6 },
	{ .comm = "dbus-daemon", ARGS("/usr/bin/dbus-daemon\0--system\0--address=systemd:\0--nofork"),
	  .exe = "/usr/bin/dbus-daemon", .pid = 611, .group = G_SYSTEM, .ppid = 1, .uid = UID_BUS, TIMERS, .every = 5,
	  .vcsw_s = 3, .rss_mib = 5 },
	{ .comm = "cron", ARGS("/usr/sbin/cron\0-f"), .exe = "/usr/sbin/cron", .pid = 702, .group = G_CRON, .ppid = 1,
	  SLEEPS, .rss_mib = 3 },
	{ .comm = "sshd", ARGS("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"),
	  .exe = "/usr/sbin/sshd", .pid = 731, .group = G_SYSTEM, .ppid = 1, SLEEPS, .rss_mib = 8 },
	{ .comm = "node_exporter", ARGS("/usr/bin/prometheus-node-exporter\0--collector.systemd"),
	  .exe = "/usr/bin/prometheus-node-exporter", .pid = 780, .group = G_SYSTEM, .ppid = 1, .uid = UID_DEPLOY,
	  .threads = 7, .busy = 2, .on_pm = 2, .user_pm = 700, .rest = WAIT_FUTEX, .vcsw_s = 20,
	  .rss_mib = 22, .vm_mib = 1200 },
	{ .comm = "nginx", ARGS("nginx: master process /usr/sbin/nginx"), .exe = "/usr/sbin/nginx",
	  .pid = 1104, .group = G_NGINX, .ppid = 1, SLEEPS, .rss_mib = 2 },
	{ .comm = "nginx", ARGS("nginx: worker process"), .exe = "/usr/sbin/nginx", .pid = 1105, .group = G_NGINX,
	  .ppid = 1104, .uid = UID_WWW, .count = 2, .on_pm = 14, .runq_pm = 6, .user_pm = 400, SLEEPS,
	  .vcsw_s = 310, .ivcsw_s = 12, .rss_mib = 9, .minflt_s = 40 },
	{ .comm = "cron.sh", ARGS("/bin/sh\0/etc/cron.sh\0--all"), .exe = "/usr/bin/dash",
	  .pid = 2205, .group = G_CRON, .ppid = 702, .on_pm = 21, .runq_pm = 9, .user_pm = 300, .blk = WAIT_PIPE,
	  .blk_pm = 900, .rest = WAIT_PIPE, .vcsw_s = 830, .ivcsw_s = 40, .rss_mib = 1, .minflt_s = 9100,
	  .age_s = 810 },
	{ .comm = "tar", ARGS("tar\0-cf\0/srv/backup/home.tar\0/home"), .exe = "/usr/bin/tar",
	  .pid = 2291, .group = G_CRON, .ppid = 702, .rest = WAIT_KLOCK, .age_s = 1210, .stuck_s = 43, .rss_mib = 64 },
	{ .comm = "sshd", ARGS("sshd: deploy@pts/0"), .exe = "/usr/sbin/sshd", .pid = 6011, .group = G_USER, .ppid = 731,
	  TIMERS, .uid = UID_DEPLOY, .every = 2, .vcsw_s = 9, .rss_mib = 7, .age_s = 7600 },
	{ .comm = "bash", ARGS("-bash"), .exe = "/usr/bin/bash", .pid = 6012, .group = G_USER, .ppid = 6011,
	  .uid = UID_DEPLOY, .rest = WAIT_PIPE, .rss_mib = 5, .age_s = 7590 },
	{ .comm = "php-fpm8.2", ARGS("php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)"),
	  .exe = "/usr/sbin/php-fpm8.2", .pid = 8039, .group = G_PHP, .ppid = 1, SLEEPS, .rss_mib = 38, .age_s = 98000 },
	{ .comm = "php-fpm8.2", ARGS("php-fpm: pool www"), .exe = "/usr/sbin/php-fpm8.2", .pid = 8040, .group = G_PHP,
	  .ppid = 8039, .uid = UID_WWW, .on_pm = 228, .runq_pm = 98, .blk = WAIT_NET, .blk_pm = 102,
	  .user_pm = 760, SLEEPS, .vcsw_s = 520, .ivcsw_s = 61, .rss_mib = 120, .minflt_s = 830,
	  .tail = 3, .age_s = 97000, .behind = { { 8112, 640 }, { 9177, 250 } },
	  .wakers = { { PAIR_BY_SOFTIRQ + 3, 480 }, { 8112, 410 }, { PAIR_BY_TIMER, 60 } } },
	{ .comm = "php-fpm8.2", ARGS("php-fpm: pool www"), .exe = "/usr/sbin/php-fpm8.2", .pid = 8041, .group = G_PHP,
	  .ppid = 8039, .uid = UID_WWW, .count = 11, .on_pm = 6, .runq_pm = 2, .blk = WAIT_NET,
	  .blk_pm = 9, .user_pm = 740, SLEEPS, .every = 4, .vcsw_s = 22, .rss_mib = 96, .minflt_s = 20,
	  .age_s = 96000 },
	{ .comm = "postgres", ARGS("/usr/lib/postgresql/15/bin/postgres\0-D\0/var/lib/postgresql/15/main"),
	  .exe = "/usr/lib/postgresql/15/bin/postgres", .pid = 8100, .group = G_PG, .ppid = 1, .uid = UID_PG,
	  TIMERS, .every = 2, .vcsw_s = 3, .rss_mib = 28, .age_s = 267000 },
	{ .comm = "postgres", ARGS("postgres: checkpointer "),
	  .exe = "/usr/lib/postgresql/15/bin/postgres", .pid = 8110, .group = G_PG, .ppid = 8100, .uid = UID_PG,
	  .on_pm = 18, .runq_pm = 5, .blk = WAIT_DISK, .blk_pm = 140, .user_pm = 350, .rest = WAIT_TIMER,
	  .vcsw_s = 190, .ivcsw_s = 4, .rss_mib = 610, .age_s = 267000 },
	{ .comm = "postgres", ARGS("postgres: writer"), .exe = "/usr/lib/postgresql/15/bin/postgres",
	  .pid = 8112, .group = G_PG, .ppid = 8100, .uid = UID_PG, .on_pm = 712, .runq_pm = 231, .blk = WAIT_DISK,
	  .blk_pm = 57, .user_pm = 810, SLEEPS, .vcsw_s = 610, .ivcsw_s = 300, .tail = 6, .rss_mib = 812,
	  .minflt_s = 1200, .age_s = 267000, .behind = { { 9177, 710 }, { 8040, 220 }, { 1105, 40 } },
	  .wakers = { { 8040, 610 }, { 8113, 200 }, { PAIR_BY_TIMER, 120 } } },
	{ .comm = "postgres", ARGS("postgres: walwriter "), .exe = "/usr/lib/postgresql/15/bin/postgres",
	  .pid = 8113, .group = G_PG, .ppid = 8100, .uid = UID_PG, .on_pm = 9, .runq_pm = 4, .blk = WAIT_DISK,
	  .blk_pm = 61, .user_pm = 300, .rest = WAIT_TIMER, .vcsw_s = 120, .ivcsw_s = 2, .rss_mib = 19,
	  .age_s = 267000 },
	{ .comm = "postgres", ARGS("postgres: autovacuum launcher "), .pid = 8114, .group = G_PG, .ppid = 8100,
	  .exe = "/usr/lib/postgresql/15/bin/postgres", .uid = UID_PG, SLEEPS, .rss_mib = 9,
	  .age_s = 267000 },
	{ .comm = "postgres", ARGS("postgres: shop shop 10.0.0.21(41822) idle"), .pid = 8300, .group = G_PG,
	  .exe = "/usr/lib/postgresql/15/bin/postgres", .ppid = 8100, .uid = UID_PG, .count = 34,
	  .on_pm = 4, .runq_pm = 2, .blk = WAIT_FUTEX, .blk_pm = 2, .user_pm = 800, SLEEPS, .every = 6,
	  .vcsw_s = 14, .rss_mib = 31, .minflt_s = 25, .age_s = 9100 },
	{ .comm = "postgres", ARGS("postgres: shop shop 10.0.0.21(41990) UPDATE waiting"), .pid = 8390, .group = G_PG,
	  .exe = "/usr/lib/postgresql/15/bin/postgres", .ppid = 8100, .uid = UID_PG,
	  .rest = WAIT_FUTEX, .stuck_s = 8, .rss_mib = 33, .age_s = 4100 },
	{ .comm = "restic", ARGS("restic\0backup\0/srv\0--tag=nightly"), .exe = "/usr/bin/restic",
	  .pid = 9177, .group = G_RESTIC, .ppid = 702, .uid = UID_BACKUP, .threads = 9, .busy = 1, .on_pm = 180,
	  .runq_pm = 41, .quota_pm = 400, .blk = WAIT_DISK, .blk_pm = 770, .user_pm = 550, .rest = WAIT_FUTEX,
	  .vcsw_s = 1900, .ivcsw_s = 44, .nice = 10, .rss_mib = 88, .vm_mib = 1900, .minflt_s = 60,
	  .majflt_s = 3, .age_s = 660, .thread_dies = 4 },
	{ .comm = "scand", ARGS("/opt/vendor/bin/scand\0-d"), .exe = "/opt/vendor/bin/scand",
	  .pid = 9300, .group = G_V1, .ppid = 1, .on_pm = 3, .user_pm = 600, .rest = WAIT_TIMER,
	  .vcsw_s = 40, .rss_mib = 16, .age_s = 44000 },
	{ .comm = "node", ARGS("node\0/app/server.js"), .exe = "/usr/local/bin/node", .pid = 9350,
	  .group = G_DOCKER, .ppid = 1, .uid = UID_DEPLOY, .threads = 11, .busy = 1, .on_pm = 31, .runq_pm = 12,
	  .user_pm = 850, SLEEPS, .vcsw_s = 180, .ivcsw_s = 6, .rss_mib = 140, .vm_mib = 1100,
	  .minflt_s = 70, .age_s = 52000 },
	{ .comm = "report", ARGS("php\0/app/report.php\0--month=11"), .exe = "/usr/bin/php8.2", .pid = 9610,
	  .group = G_DOCKER, .ppid = 9350, .uid = UID_WWW, .on_pm = 20, .runq_pm = 7, .user_pm = 600,
	  .blk = WAIT_DISK, .blk_pm = 30, SLEEPS, .vcsw_s = 60, .rss_mib = 1024, .minflt_s = 9000, .age_s = 20,
	  .dies = 4, .exit_code = 9 },
	{ .comm = "pg_dump", ARGS("pg_dump\0-Fc\0shop"), .exe = "/usr/lib/postgresql/15/bin/pg_dump",
	  .pid = 9402, .group = G_CRON, .ppid = 702, .uid = UID_PG, .on_pm = 60, .runq_pm = 22, .blk = WAIT_NET,
	  .blk_pm = 300, .user_pm = 700, .rest = WAIT_PIPE, .vcsw_s = 240, .rss_mib = 14, .age_s = 93,
	  .dies = 5, .exit_code = 1 << 8 },
	{ .comm = "sh", .exec_comm = "logrotate", ARGS("/bin/sh\0-c\0logrotate /etc/logrotate.conf"),
	  .exe = "/usr/bin/dash", .pid = 9555, .group = G_CRON, .ppid = 702, .on_pm = 40, .runq_pm = 12,
	  .blk = WAIT_DISK, .blk_pm = 200, .user_pm = 300, .rest = WAIT_PIPE, .vcsw_s = 90, .rss_mib = 2,
	  .minflt_s = 900, .born = 3, .exec_at = 4, .dies = 8, .exit_code = 9 },
	{ .comm = "probetop", ARGS("probetop"), .exe = "/usr/bin/probetop", .pid = 9600, .group = G_USER, .ppid = 6012,
	  .self = true, .on_pm = 4, .runq_pm = 1, .user_pm = 400, .rest = WAIT_IDLE, .vcsw_s = 6,
	  .rss_mib = 7, .age_s = 130 },
};

static const struct synth_probe probes[] = {
	{ "switch", "tp_btf/sched_switch", "run-queue wait, on-CPU time, wait classes", "",
	  PANE_CPU, PROBE_ON, RUNG_TP_BTF, HOOK_SWITCH },
	{ "fork", "tp_btf/sched_process_fork", "new processes", "",
	  PANE_CORE, PROBE_ON, RUNG_TP_BTF, HOOK_FORK },
	{ "exec", "tp_btf/sched_process_exec", "new programs", "",
	  PANE_CORE, PROBE_ON, RUNG_TP_BTF, HOOK_EXEC },
	{ "exit", "tp_btf/sched_process_exit", "short processes, exit status", "",
	  PANE_CORE, PROBE_ON, RUNG_TP_BTF, HOOK_EXIT },
	{ "migrate", "tp_btf/sched_migrate_task", "migrations into and out of each CPU", "",
	  PANE_CPU, PROBE_ON, RUNG_TP_BTF, HOOK_MIGRATE },
	{ "irq-entry", "tp_btf/irq_handler_entry", "hard interrupts: calls of handlers", "",
	  PANE_CPU, PROBE_ON, RUNG_TP_BTF, HOOK_IRQ },
	{ "irq-exit", "tp_btf/irq_handler_exit", "hard interrupts: time in handlers", "",
	  PANE_CPU, PROBE_ON, RUNG_TP_BTF, HOOK_IRQ },
	{ "softirq-entry", "tp_btf/softirq_entry", "soft interrupts: calls of vectors", "",
	  PANE_CPU, PROBE_ON, RUNG_TP_BTF, HOOK_SOFTIRQ },
	{ "softirq-exit", "tp_btf/softirq_exit", "soft interrupts: time in vectors", "",
	  PANE_CPU, PROBE_ON, RUNG_TP_BTF, HOOK_SOFTIRQ },
	{ "waking", "tp_btf/sched_waking", "who wakes the process on its page", "",
	  PANE_CPU, PROBE_ON, RUNG_TP_BTF, HOOK_WAKING, DEMAND_WAKERS },
	{ "sys-enter", "tp_btf/sys_enter", "system calls: when they began", "",
	  PANE_CPU, PROBE_ON, RUNG_TP_BTF, HOOK_CALL, DEMAND_CALLS },
	{ "sys-exit", "tp_btf/sys_exit", "system calls: count, time, errors", "",
	  PANE_CPU, PROBE_ON, RUNG_TP_BTF, HOOK_CALL, DEMAND_CALLS },
	{ "tasks", "syscall, task iterator", "the process table", "",
	  PANE_CORE, PROBE_ON, RUNG_ITER, HOOK_PASS },
	{ "tasks-fd", "iter/task", "the process table on older kernels",
	  "not needed: the task iterator runs in a program here.",
	  PANE_CORE, PROBE_OFF, RUNG_NONE, HOOK_NONE },
	{ "throttle", "fentry/throttle_cfs_rq", "quota",
	  "fentry refused: the kernel was built without it. Build with CONFIG_FUNCTION_TRACER.",
	  PANE_CPU, PROBE_REFUSED, RUNG_NONE, HOOK_NONE },
};

#define ESC "\033"
#define OSC ESC "]0;owned\007"
#define C1 "\302\233" "31m" /* CSI as one character */
#define RLO "\342\200\256"  /* right-to-left override */
#define ZWJ "\342\200\215"
#define BOM "\357\273\277"
#define WIDE "\346\274\242\345\255\227" /* two double-width characters */
#define COMBINE "e\314\201"
#define LONG "an argument that is much longer than there is room for in a record of an exec"
#define BAD "\377\376\200\300\257"

static const struct synth_user hostile_users[] = {
	{ UID_ROOT, ESC "[31mroot" }, { 4294967294U, RLO "toor" }, { UID_DEPLOY, "a\tb\nc\\" },
	{ UID_BUS, "" },
};

static const struct synth_role hostile_roles[] = {
	{ .comm = ESC "[2J" ESC "[H" ESC "c", ARGS(ESC "[2J" ESC "]52;c;cm0K\007" "\0--x\n--y"),
	  .exe = "/tmp/" ESC "[31m", .pid = 1, .group = 0, .on_pm = 300, .runq_pm = 50, .user_pm = 500, SLEEPS,
	  .vcsw_s = 100, .ivcsw_s = 100, .rss_mib = 4 },
	{ .comm = OSC, ARGS(OSC "\0" OSC), .exe = OSC, .pid = 2, .group = 1, .ppid = 1, TIMERS, .vcsw_s = 3 },
	{ .comm = C1 "red" C1, ARGS(C1 "\0" C1), .pid = 3, .group = 2, .ppid = 2, .uid = 4294967294U, TIMERS,
	  .vcsw_s = 1 },
	{ .comm = RLO "gpj.exe", ARGS(RLO "fdp.\0" RLO), .exe = "/" RLO, .pid = 4, .group = 3, .ppid = 3,
	  .on_pm = 20, .blk = WAIT_DISK, .blk_pm = 800, .rest = WAIT_OTHER, .vcsw_s = 44 },
	{ .comm = BAD BAD BAD "x", ARGS(BAD "\0" BAD "/" BAD), .exe = BAD, .pid = 5, .group = 4, .ppid = 4,
	  .uid = UID_DEPLOY, TIMERS, .vcsw_s = 9 },
	{ .comm = "0123456789abcdefXX", ARGS("sixteen bytes, no NUL"), .pid = 6, .group = 5, TIMERS, .vcsw_s = 2 },
	{ .comm = WIDE WIDE "ab", ARGS(WIDE WIDE WIDE), .pid = 7, .group = 6, TIMERS, .vcsw_s = 2 },
	{ .comm = COMBINE COMBINE ZWJ "z" BOM, ARGS(COMBINE ZWJ BOM), .pid = 8, .group = 7, TIMERS, .vcsw_s = 2 },
	{ .comm = "", ARGS(""), .pid = 9, .group = 8, TIMERS, .uid = UID_BUS, .vcsw_s = 2 },
	{ .comm = "\n\r\t \\\"',;", ARGS("a\nb\r\0\"c\",'d';e\\\0=cmd()"), .pid = 10, .group = 0, TIMERS, .vcsw_s = 2 },
	{ .comm = "no args", .pid = 11, TIMERS, .uid = 65534, .vcsw_s = 2 },
	{ .comm = "only NULs", ARGS("\0\0\0\0\0"), .pid = 12, TIMERS, .vcsw_s = 2 },
	{ .comm = "zombie", .pid = 13, .ppid = 1, .state = 'Z', .rest = WAIT_OTHER },
	{ .comm = "backslash\\", ARGS("\\x1b[2J \\e[31m"), .pid = 14, .on_pm = 30, SLEEPS, .vcsw_s = 20 },
	{ .comm = "self parent", ARGS("loop"), .pid = 15, .ppid = 15, TIMERS, .vcsw_s = 2 },
	{ .comm = "reused", ARGS("first"), .pid = 16, TIMERS, .every = 1, .vcsw_s = 2, .dies = 3,
	  .exit_code = 139 },
	{ .comm = "reused", ARGS("second"), .pid = 16, TIMERS, .every = 1, .vcsw_s = 2, .born = 4,
	  .exec_at = 5, .exec_comm = ESC "exec" RLO },
	{ .comm = "at once", ARGS("born and dead in one interval"), .pid = 17, .on_pm = 100, SLEEPS,
	  .vcsw_s = 2, .born = 6, .dies = 6, .exit_code = 11 },
	{ .comm = "largest pid", .pid = 4194303, .ppid = 4194302, .uid = 4294967294U, TIMERS,
	  .vcsw_s = 2, .rss_mib = 4000000, .swap_mib = 4000000, .vm_mib = 4000000 },
	{ .comm = "D forever", ARGS("stuck"), .pid = 18, .rest = WAIT_DISK, .stuck_s = 3900000,
	  .age_s = 4000000 },
	{ .comm = "stopped", ARGS("stopped"), .pid = 19, .state = 'T', .rest = WAIT_OTHER },
	{ .comm = "threads", ARGS("threads"), .pid = 20, .threads = 40, .busy = 30, .on_pm = 900,
	  .user_pm = 0, SLEEPS, .ivcsw_s = 9000, .tail = 20, .thread_dies = 4 },
	{ .comm = "pinned #", ARGS("pinned"), .pid = 60, .count = 3, .pinned = 1, .on_pm = 100,
	  .runq_pm = 600, .user_pm = 1000, SLEEPS, .ivcsw_s = 250 },
};

/* Role 0 of the load sleeps; the others take turns. */
static const struct synth_role load_roles[] = {
	{ .comm = "sleeper", .group = 1, ARGS("sleeper\0--for=ever"), .exe = "/usr/bin/sleeper", SLEEPS,
	  .rss_mib = 2 },
	{ .comm = "spinner", ARGS("spinner"), .exe = "/usr/bin/spinner", .busy = 1, .on_pm = 1000,
	  .user_pm = 1000, SLEEPS, .ivcsw_s = 100, .rss_mib = 1 },
	{ .comm = "ping-pong", ARGS("ping-pong\0--pipe"), .exe = "/usr/bin/ping-pong", .busy = 1,
	  .on_pm = 400, .runq_pm = 20, .blk = WAIT_PIPE, .blk_pm = 580, .user_pm = 100,
	  .rest = WAIT_PIPE, .vcsw_s = 50000, .tail = 5, .rss_mib = 1 },
	{ .comm = "blocked", ARGS("blocked"), .exe = "/usr/bin/blocked", .busy = 1, .on_pm = 10,
	  .blk = WAIT_DISK, .blk_pm = 980, .user_pm = 100, SLEEPS, .vcsw_s = 200, .rss_mib = 30 },
	{ .comm = "waiting", .group = 2, ARGS("waiting"), .exe = "/usr/bin/waiting", .busy = 2, .on_pm = 200,
	  .runq_pm = 500, .user_pm = 900, .blk = WAIT_FUTEX, .blk_pm = 100, SLEEPS, .vcsw_s = 100,
	  .ivcsw_s = 100, .rss_mib = 8 },
	{ .comm = "server", .group = 3, ARGS("server\0--listen=8080"), .exe = "/usr/bin/server", .busy = 4,
	  .on_pm = 30, .runq_pm = 5, .user_pm = 500, .blk = WAIT_NET, .blk_pm = 300, SLEEPS,
	  .vcsw_s = 900, .rss_mib = 60, .minflt_s = 100 },
	{ .comm = "faulting", .group = 2, ARGS("faulting"), .exe = "/usr/bin/faulting", .busy = 1, .on_pm = 50,
	  .user_pm = 300, .blk = WAIT_FAULT, .blk_pm = 400, .rest = WAIT_TIMER, .vcsw_s = 300,
	  .minflt_s = 9000, .majflt_s = 250, .rss_mib = 400, .swap_mib = 90 },
	{ .comm = "timer", ARGS("timer"), .exe = "/usr/bin/timer", .busy = 1, .on_pm = 2,
	  .user_pm = 300, .rest = WAIT_TIMER, .every = 4, .vcsw_s = 10, .rss_mib = 1 },
};

const struct synth_host synth_hosts[SYNTH_SCENE_NR] = {
	[SYNTH_DATABASE] = {
		.host = "db-03", .release = "6.12.57+deb13-amd64",
		.roles = database_roles, .roles_nr = NR(database_roles),
		.users = database_users, .users_nr = NR(database_users),
		.probes = probes, .probes_nr = NR(probes),
		.cpus = 2, .uptime_s = 12 * 86400 + 4 * 3600 + 11 * 60,
		.mem_mib = 23962, .used_mib = 9420, .cached_mib = 10800, .swap_mib = 2048,
		.load_centi = { 312, 180, 91 },
		.storm_comm = "true", ARGS_STORM("true\0--quiet"), .storm_group = G_CRON,
		.storm_ppid = 2205, .storm_per_s = 412, .storm_oncpu_ns = 752000,
	},
	[SYNTH_HOSTILE] = {
		.host = ESC "]0;host\007" RLO, .release = "6.6.6" C1 "-\n",
		.roles = hostile_roles, .roles_nr = NR(hostile_roles),
		.users = hostile_users, .users_nr = NR(hostile_users),
		.probes = probes, .probes_nr = NR(probes),
		.cpus = 3, .uptime_s = 46 * 86400, .mem_mib = 64, .used_mib = 63, .cached_mib = 1,
		.load_centi = { 123456, 99, 0 },
		.storm_comm = ESC "[5m" BAD "\n", ARGS_STORM(OSC "\0" RLO "\n\0" BAD "\0" LONG "\0" LONG "\0" LONG),
		.storm_group = 4, .storm_ppid = 10, .storm_uid = 4294967294U,
		.storm_per_s = 40, .storm_oncpu_ns = 300000,
		.hostile = true, .alert = "kernel: " OSC ESC "[2J\n" RLO BAD,
	},
	[SYNTH_LOAD] = {
		.host = "load", .release = "6.12.0",
		.roles = load_roles, .roles_nr = NR(load_roles),
		.users = database_users, .users_nr = 1,
		.probes = probes, .probes_nr = NR(probes),
		.cpus = 8, .uptime_s = 86400, .mem_mib = 65536, .used_mib = 30000, .cached_mib = 20000,
		.swap_mib = 4096, .load_centi = { 800, 700, 600 },
		.storm_comm = "short", ARGS_STORM("short"), .storm_ppid = 1, .storm_oncpu_ns = 400000,
	},
};
/* clang-format on */
