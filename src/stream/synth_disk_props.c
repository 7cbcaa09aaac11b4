/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scripts of the synthetic hosts' block devices: data only. */
#include <errno.h>

#include "synth_script.h"

/* clang-format off */
#define NR(array) (sizeof(array) / sizeof((array)[0]))
#define DEV(major, minor) .dev = (major) << 20 | (minor)
#define US(n) ((n) * 1000U)
#define FF (DISK_FLUSH | DISK_SET_PREFLUSH)
#define WS (DISK_WRITE | DISK_SET_SYNC)
#define WSM (WS | DISK_SET_META)
#define WFSM (WSM | DISK_SET_FUA)

enum { SDA, NVME, NVME_P3, DM_ROOT, LOOP0, LOOP1 };

static const struct synth_disk database_disks[] = {
	[SDA] = { .name = "sda", DEV(8, 0), .type = DISK_T_DISK, .scheduler = "mq-deadline", .label = "WDC WD40EFRX-68N",
		  .flags = DISK_INFO_F_ROTATIONAL | DISK_INFO_F_WRITE_CACHE, .nr_requests = 64, .max_kib = 1280,
		  .size_mib = 3815447 },
	[NVME] = { .name = "nvme0n1", DEV(259, 0), .type = DISK_T_DISK, .scheduler = "none", .label = "Samsung SSD 980 PRO 1TB",
		   .flags = DISK_INFO_F_WRITE_CACHE, .nr_requests = 1023, .max_kib = 128, .size_mib = 953869 },
	[NVME_P3] = { .name = "nvme0n1p3", DEV(259, 3), .type = DISK_T_PART, .parent = NVME + 1, .counts_as = NVME + 1,
		      .size_mib = 951861 },
	[DM_ROOT] = { .name = "dm-0", DEV(254, 0), .type = DISK_T_DM, .label = "root", .on = NVME_P3 + 1, .counts_as = NVME + 1,
		      .flags = DISK_INFO_F_NO_REQUESTS | DISK_INFO_F_WRITE_CACHE, .size_mib = 951859 },
	[LOOP0] = { .name = "loop0", DEV(7, 0), .type = DISK_T_LOOP, .scheduler = "none", .label = "/srv/backup/archive.img",
		    .nr_requests = 128, .max_kib = 1280, .size_mib = 204800, .held_s = 43, .held_pid = 64 },
	[LOOP1] = { .name = "loop1", DEV(7, 1), .type = DISK_T_LOOP, .scheduler = "none", .label = "/var/lib/images/rules.img",
		    .flags = DISK_INFO_F_READ_ONLY, .on = DM_ROOT + 1, .nr_requests = 128, .max_kib = 1280, .size_mib = 512 },
};

static const struct synth_io database_ios[] = {
	/* the root filesystem */
	{ "restic", .disk = NVME, .set = WS, .per_s = 1210, .bytes = 16384, .queue_ns = US(5), .service_ns = US(430), .tail = 5,
	  .seq_pm = 20, .merged_pm = 2, .file = "cache/restic/9a41/data/5f" },
	{ "restic", .disk = NVME, .set = DISK_READ, .per_s = 7, .bytes = 8192, .queue_ns = US(3), .service_ns = US(95), .tail = 3,
	  .file = "srv/shop/uploads/2211/4711.jpg" },
	{ "restic", .disk = NVME, .set = DISK_READ | DISK_SET_RAHEAD, .per_s = 2, .bytes = 16384, .queue_ns = US(4),
	  .service_ns = US(120), .tail = 2, .seq_pm = 700, .file = "srv/shop/uploads/2211/4712.jpg" },
	{ "postgres", .pid = 8112, .disk = NVME, .set = WS, .per_s = 310, .bytes = 16384, .queue_ns = US(9),
	  .service_ns = US(210), .tail = 5, .seq_pm = 90, .file = "main/pg_wal/0000000100000000000000A1" },
	{ "postgres", .pid = 8112, .disk = NVME, .set = DISK_READ, .per_s = 3, .bytes = 8192, .queue_ns = US(3),
	  .service_ns = US(90), .tail = 3, .file = "main/base/16384/16402" },
	{ "postgres", .pid = 8112, .disk = NVME, .set = FF, .per_s = 12, .queue_ns = US(2), .service_ns = US(800), .tail = 3 },
	{ "postgres", .pid = 8110, .disk = NVME, .set = DISK_WRITE, .per_s = 290, .bytes = 8192, .queue_ns = US(26),
	  .service_ns = US(940), .tail = 3, .burst = 32, .submitter = "kworker/u4:2", .merged_pm = 8,
	  .file = "main/base/16384/16402" },
	{ "postgres", .pid = 8112, .disk = NVME, .set = WSM, .per_s = 40, .bytes = 16384, .queue_ns = US(6),
	  .service_ns = US(260), .tail = 4, .submitter = "jbd2/dm-0-8", .seq_pm = 600 },
	{ "postgres", .pid = 8112, .disk = NVME, .set = WFSM, .per_s = 9, .bytes = 4096, .queue_ns = US(4),
	  .service_ns = US(700), .tail = 3, .submitter = "jbd2/dm-0-8", .seq_pm = 900 },
	{ "postgres", .pid = 8113, .disk = NVME, .set = WS, .per_s = 24, .bytes = 8192, .queue_ns = US(6), .service_ns = US(240),
	  .tail = 5, .seq_pm = 700, .requeued_pm = 9, .file = "main/pg_wal/0000000100000000000000A1" },
	{ "postgres", .pid = 8300, .disk = NVME, .set = DISK_READ, .per_s = 2, .bytes = 8192, .queue_ns = US(3),
	  .service_ns = US(100), .tail = 2, .file = "main/base/16384/2619" },
	{ "systemd-journal", .disk = NVME, .set = WS, .per_s = 5, .bytes = 4096, .queue_ns = US(5), .service_ns = US(300),
	  .tail = 4, .file = "journal/3b1c/system.journal" },
	{ "kworker/u4:#", .pid = 61, .disk = NVME, .set = DISK_READ, .per_s = 4, .bytes = 32768, .queue_ns = US(3),
	  .service_ns = US(110), .tail = 2, .stacked = true, .file = "images/rules.img" },
	/* a slow disk with logs and spool files: all of it is writeback */
	{ "node", .disk = SDA, .set = DISK_WRITE, .per_s = 118, .bytes = 4096, .queue_ns = US(19), .service_ns = US(3700), .tail = 3,
	  .submitter = "kworker/u4:1", .seq_pm = 400, .merged_pm = 25, .file = "log/shop/access.log" },
	{ "php-fpm8.2", .pid = 8040, .disk = SDA, .set = DISK_WRITE, .per_s = 62, .bytes = 4096, .queue_ns = US(21),
	  .service_ns = US(4300), .tail = 3, .submitter = "kworker/u4:1", .merged_pm = 15, .file = "sessions/sess_8d1f0a77" },
	{ "nginx", .pid = 1105, .disk = SDA, .set = DISK_WRITE, .per_s = 30, .bytes = 4096, .queue_ns = US(20),
	  .service_ns = US(4100), .tail = 3, .submitter = "kworker/u4:1", .seq_pm = 500, .file = "log/nginx/access.log" },
	/* an image on the file server that does not answer, and one on the root filesystem */
	{ "kworker/u4:#", .pid = 64, .disk = LOOP0, .set = DISK_WRITE, .bytes = 65536, .queue_ns = US(4), .service_ns = US(900) },
	{ "scand", .disk = LOOP1, .set = DISK_READ, .per_s = 4, .bytes = 32768, .queue_ns = US(9), .service_ns = US(180),
	  .tail = 2, .seq_pm = 250, .file = "rules/2211/core.db" },
	{ "report", .disk = NVME, .set = DISK_READ, .per_s = 21, .bytes = 65536, .queue_ns = US(4), .service_ns = US(1100), .tail = 3,
	  .file = "reports/2022/11.csv", .error = EIO, .error_pm = 60 },
	{ "sh", .disk = NVME, .set = WS, .per_s = 60, .bytes = 16384, .queue_ns = US(6), .service_ns = US(2900), .tail = 3,
	  .file = "log/shop/access.log.1.gz" },
};

#define ESC "\033"
#define OSC ESC "]0;owned\007"
#define RLO "\342\200\256" /* right-to-left override */
#define BAD "\377\376\200\300\257"
#define WIDE "\346\274\242\345\255\227" /* two double-width characters */

static const struct synth_disk hostile_disks[] = {
	{ .name = ESC "[2J" ESC "c", DEV(8, 0), .type = DISK_T_DISK, .scheduler = ESC "[31m", .label = OSC "\n" RLO,
	  .flags = 0x1f, .nr_requests = REC_UNKNOWN32, .size_mib = 1 },
	{ .name = RLO "adv" BAD, DEV(8, 16), .type = DISK_T_DISK, .label = BAD BAD BAD, .scheduler = BAD, .size_mib = 1ULL << 43,
	  .max_kib = 1 },
	{ .name = WIDE WIDE WIDE WIDE "\n\t,\"';=", DEV(8, 17), .type = DISK_T_PART, .parent = 2, .counts_as = 2, .size_mib = 7 },
	/* two that stand on each other, and one on itself */
	{ .name = "dm-1", DEV(254, 1), .type = DISK_T_DM, .label = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklm", .on = 5,
	  .size_mib = 100 },
	{ .name = "dm-2", DEV(254, 2), .type = DISK_T_DM, .label = WIDE OSC, .on = 4, .size_mib = 100 },
	{ .name = "dm-3", DEV(254, 3), .type = DISK_T_MD, .label = "", .on = 6, .size_mib = 100 },
	{ .name = "", DEV(4095, 1048575), .type = DISK_T_OTHER, .label = RLO, .size_mib = 3 },
	{ .name = "0123456789abcdef0123456789abcde", DEV(9, 9), .type = DISK_T_LOOP, .label = "gone", .size_mib = 9,
	  .held_s = 3900000, .held_pid = 18 },
	{ .name = "vanishes", DEV(9, 10), .type = DISK_T_DISK, .scheduler = "none", .size_mib = 9, .gone = 3 },
};

static const struct synth_io hostile_ios[] = {
	{ "threads", .disk = 0, .set = DISK_SET_ALL & ~DISK_SET_OP, .per_s = 300, .bytes = 4096, .queue_ns = US(1), .service_ns = US(50),
	  .tail = 9, .file = ESC "[2J" RLO "/" BAD "\n", .error = 4095, .error_pm = 300 },
	{ "threads", .disk = 0, .set = DISK_OTHER, .per_s = 20, .bytes = 4294963200U, .queue_ns = 1, .service_ns = 1, .tail = 30,
	  .submitter = OSC "0123456789abcdef", .file = "0123456789012345678901234567890123456789012345678901234567890123456789" },
	{ RLO "gpj.exe", .disk = 1, .set = DISK_READ | DISK_SET_ERASE, .per_s = 40, .bytes = 512, .queue_ns = US(10000),
	  .service_ns = US(20), .tail = 4, .requeued_pm = 1000, .file = WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE },
	{ ESC "[2J" ESC "[H" ESC "c", .disk = 3, .set = DISK_DISCARD, .per_s = 5, .bytes = 1 << 30, .queue_ns = US(1),
	  .service_ns = US(1), .tail = 20, .burst = 200 },
	{ "backslash\\", .disk = 6, .set = DISK_WRITE | DISK_SET_ZEROES, .per_s = 9, .bytes = 65536, .queue_ns = US(90),
	  .service_ns = US(90), .tail = 3, .submitter = BAD BAD BAD BAD },
	{ "D forever", .disk = 7, .set = DISK_WRITE, .bytes = 4096, .queue_ns = 1, .service_ns = 1 },
	{ "reused", .disk = 0, .set = WS, .per_s = 12, .bytes = 8192, .queue_ns = US(5), .service_ns = US(60), .tail = 3 },
	{ "at once", .disk = 8, .set = WS, .per_s = 12, .bytes = 8192, .queue_ns = US(5), .service_ns = US(60), .tail = 3 },
	{ "pinned #", .disk = 8, .set = DISK_READ, .per_s = 12, .bytes = 8192, .queue_ns = US(5), .service_ns = US(60), .tail = 3,
	  .stacked = true },
};

static const struct synth_disk load_disks[] = {
	{ .name = "vda", DEV(253, 0), .type = DISK_T_DISK, .scheduler = "mq-deadline", .label = "", .flags = DISK_INFO_F_WRITE_CACHE,
	  .nr_requests = 256, .max_kib = 1280, .size_mib = 409600 },
};

static const struct synth_io load_ios[] = {
	{ "blocked", .set = DISK_READ, .per_s = 200, .bytes = 16384, .queue_ns = US(40), .service_ns = US(4700) },
	{ "faulting", .set = DISK_READ | DISK_SET_RAHEAD, .per_s = 40, .bytes = 32768, .queue_ns = US(30), .service_ns = US(1300),
	  .tail = 2, .seq_pm = 500 },
	{ "server", .set = DISK_WRITE, .per_s = 3, .bytes = 4096, .queue_ns = US(60), .service_ns = US(900), .tail = 3,
	  .burst = 8, .submitter = "kworker/u16:1" },
};

#define DISKS(scene) \
	.disks = scene##_disks, .disks_nr = NR(scene##_disks), \
	.ios = scene##_ios, .ios_nr = NR(scene##_ios)

const struct synth_disk_props synth_disk_props[SYNTH_SCENE_NR] = {
	[SYNTH_DATABASE] = { DISKS(database), .trace_pid = 8113 },
	[SYNTH_HOSTILE] = { DISKS(hostile), .trace_pid = 4 },
	[SYNTH_LOAD] = { DISKS(load) },
};
/* clang-format on */
