/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scripts of the synthetic hosts' filesystems: data only. */
#include <errno.h>

#include "synth_fs_script.h"

/* clang-format off */
#define NR(array) (sizeof(array) / sizeof((array)[0]))
#define DEV(major, minor) .dev = (major) << 20 | (minor)
#define US(n) ((n) * 1000U)
#define GIB(n) ((n) * 1024ULL)
#define PSEUDO .flags = FS_MOUNT_F_PSEUDO
#define READS .op = FS_OP_READ
#define WRITES .op = FS_OP_WRITE

enum { ROOT, PROC, SYS, DEVICES, RUN, SHM, CGROUP, BOOT, EFI, DATA, LOG, SESSIONS, RULES, BACKUP, SSHFS, DOCKER, USER };

static const struct synth_mount database_mounts[] = {
	[ROOT] = { 24, 1, DEV(254, 0), .fstype = "ext4", .point = "/", .source = "/dev/mapper/root",
		   .options = "rw,relatime,errors=remount-ro", .size_mib = GIB(915), .used_mib = GIB(402), .inodes_k = 61000,
		   .inodes_used_k = 2114 },
	[PROC] = { 22, 24, DEV(0, 21), PSEUDO, "proc", .point = "/proc", .source = "proc", .options = "rw,nosuid,nodev,noexec,relatime" },
	[SYS] = { 21, 24, DEV(0, 20), PSEUDO, "sysfs", .point = "/sys", .source = "sysfs", .options = "rw,nosuid,nodev,noexec,relatime" },
	[DEVICES] = { 23, 24, DEV(0, 5), PSEUDO, "devtmpfs", .point = "/dev", .source = "udev",
		      .options = "rw,nosuid,relatime,size=12252104k,nr_inodes=3063026,mode=755", .size_mib = 11965, .inodes_k = 3063,
		      .inodes_used_k = 1 },
	[RUN] = { 25, 24, DEV(0, 23), PSEUDO, "tmpfs", .point = "/run", .source = "tmpfs",
		  .options = "rw,nosuid,nodev,noexec,relatime,size=2453760k,mode=755", .size_mib = 2396, .used_mib = 3, .inodes_k = 3067,
		  .inodes_used_k = 1 },
	[SHM] = { 28, 23, DEV(0, 24), PSEUDO, "tmpfs", .point = "/dev/shm", .source = "tmpfs", .options = "rw,nosuid,nodev",
		  .size_mib = 11981, .used_mib = 1, .inodes_k = 3067, .inodes_used_k = 1 },
	[CGROUP] = { 30, 21, DEV(0, 26), PSEUDO, "cgroup2", .point = "/sys/fs/cgroup", .source = "cgroup2",
		     .options = "rw,nosuid,nodev,noexec,relatime,nsdelegate,memory_recursiveprot" },
	[BOOT] = { 41, 24, DEV(259, 2), .fstype = "ext4", .point = "/boot", .source = "/dev/nvme0n1p2", .options = "rw,relatime",
		   .size_mib = 455, .used_mib = 441, .inodes_k = 122, .inodes_used_k = 1 },
	[EFI] = { 43, 41, DEV(259, 1), .fstype = "vfat", .point = "/boot/efi", .source = "/dev/nvme0n1p1",
		  .options = "rw,relatime,fmask=0077,dmask=0077,codepage=437,iocharset=ascii,shortname=mixed,utf8,errors=remount-ro",
		  .size_mib = 511, .used_mib = 6 },
	[DATA] = { 45, 24, DEV(8, 0), .fstype = "xfs", .point = "/data", .source = "/dev/sda",
		   .options = "rw,relatime,attr2,inode64,logbufs=8,logbsize=32k,noquota", .size_mib = GIB(3724), .used_mib = GIB(2871),
		   .inodes_k = 390600, .inodes_used_k = 8114 },
	[LOG] = { 47, 24, DEV(8, 0), FS_MOUNT_F_BIND, "xfs", .root = "/log", .point = "/var/log", .source = "/dev/sda",
		  .options = "rw,relatime,attr2,inode64,logbufs=8,logbsize=32k,noquota", .size_mib = GIB(3724), .used_mib = GIB(2871),
		  .inodes_k = 390600, .inodes_used_k = 8114 },
	[SESSIONS] = { 49, 24, DEV(8, 0), FS_MOUNT_F_BIND, "xfs", .root = "/sessions", .point = "/var/lib/php/sessions",
		       .source = "/dev/sda", .options = "rw,nosuid,nodev,relatime,attr2,inode64,logbufs=8,logbsize=32k,noquota",
		       .size_mib = GIB(3724), .used_mib = GIB(2871), .inodes_k = 390600, .inodes_used_k = 8114 },
	[RULES] = { 52, 24, DEV(7, 1), FS_MOUNT_F_READ_ONLY, "squashfs", .point = "/opt/vendor/rules", .source = "/dev/loop1",
		    .options = "ro,relatime,errors=continue", .size_mib = 512, .used_mib = 512, .inodes_k = 4, .inodes_used_k = 4 },
	[BACKUP] = { 55, 24, DEV(0, 45), FS_MOUNT_F_NETWORK, "nfs4", .point = "/srv/backup", .source = "nas-1:/export/backup",
		     .options = "rw,relatime,vers=4.2,rsize=1048576,wsize=1048576,namlen=255,hard,proto=tcp,timeo=600,retrans=2,sec=sys",
		     .hung_s = 43 },
	[SSHFS] = { 58, 24, DEV(0, 48), FS_MOUNT_F_NETWORK, "fuse.sshfs", .point = "/mnt/partner", .source = "deploy@partner:/export",
		    .options = "rw,nosuid,nodev,relatime,user_id=1000,group_id=1000", .size_mib = GIB(80), .used_mib = GIB(12), .inodes_k = 5200,
		    .inodes_used_k = 212 },
	[DOCKER] = { 66, 24, DEV(0, 61), .fstype = "overlay", .source = "overlay",
		     .point = "/var/lib/docker/overlay2/5b1c0e9f7a3d42c88e6a1f0b94d7c3e25b1c0e9f7a3d42c88e6a1f0b94d7c3e2/merged",
		     .options = "rw,relatime,lowerdir=/var/lib/docker/overlay2/l/QK2:/var/lib/docker/overlay2/l/ZZ7,upperdir=diff,workdir=work",
		     .size_mib = GIB(915), .used_mib = GIB(402), .inodes_k = 61000, .inodes_used_k = 2114 },
	[USER] = { 71, 25, DEV(0, 66), PSEUDO, "tmpfs", .point = "/run/user/1000", .source = "tmpfs",
		   .options = "rw,nosuid,nodev,relatime,size=2453756k,nr_inodes=613439,mode=700,uid=1000,gid=1000", .size_mib = 2396,
		   .inodes_k = 613, .inodes_used_k = 1, .born = 4, .gone = 9 },
};

static const struct synth_waiter database_waiters[] = {
	{ BACKUP, .pid = 2291, .nr = 1, .path = "/srv/backup/home.tar" },
};

static const struct synth_file database_files[] = {
	/* the database: its log is synced at each commit */
	{ "postgres", 8112, WRITES, .mount = ROOT, .per_s = 310, .bytes = 16384, .mean_ns = US(24), .tail = 5,
	  .path = "/var/lib/postgresql/15/main/pg_wal/0000000100000000000000A1" },
	{ "postgres", 8112, FS_OP_FSYNC, .mount = ROOT, .per_s = 38, .mean_ns = US(1150), .tail = 4,
	  .path = "/var/lib/postgresql/15/main/pg_wal/0000000100000000000000A1" },
	{ "postgres", 8112, READS, .mount = ROOT, .per_s = 420, .bytes = 8192, .mean_ns = US(7), .tail = 4, .miss_pm = 4,
	  .path = "/var/lib/postgresql/15/main/base/16384/16402" },
	{ "postgres", 8112, READS, .mount = ROOT, .per_s = 140, .bytes = 8192, .mean_ns = US(6), .tail = 3,
	  .path = "/var/lib/postgresql/15/main/base/16384/16408_fsm" },
	{ "postgres", 8112, READS, FS_T_SOCKET, .per_s = 230, .bytes = 512, .mean_ns = US(3), .tail = 3, .error = EAGAIN, .error_pm = 420 },
	{ "postgres", 8112, WRITES, FS_T_PIPE, .per_s = 9, .bytes = 120, .mean_ns = US(2), .tail = 2 },
	{ "postgres", 8110, WRITES, .mount = ROOT, .per_s = 290, .bytes = 8192, .mean_ns = US(21), .tail = 4,
	  .path = "/var/lib/postgresql/15/main/base/16384/16402" },
	{ "postgres", 8110, FS_OP_FSYNC, .mount = ROOT, .per_s = 11, .mean_ns = US(6800), .tail = 3,
	  .path = "/var/lib/postgresql/15/main/base/16384/16402" },
	{ "postgres", 8110, FS_OP_OPEN, .mount = ROOT, .per_s = 12, .mean_ns = US(11), .tail = 3,
	  .path = "/var/lib/postgresql/15/main/base/16384/2619" },
	{ "postgres", 8113, WRITES, .mount = ROOT, .per_s = 24, .bytes = 8192, .mean_ns = US(23), .tail = 4,
	  .path = "/var/lib/postgresql/15/main/pg_wal/0000000100000000000000A1" },
	{ "postgres", 8113, FS_OP_FSYNC, .mount = ROOT, .per_s = 24, .mean_ns = US(1240), .tail = 4,
	  .path = "/var/lib/postgresql/15/main/pg_wal/0000000100000000000000A1" },
	{ "postgres", 8112, FS_OP_RENAME, .per_s = 1, .mean_ns = US(38), .tail = 3, .path = "pg_wal/xlogtemp.8112",
	  .path2 = "pg_wal/0000000100000000000000A2" },
	{ "postgres", 8100, FS_OP_CREATE, .mount = ROOT, .per_s = 2, .mean_ns = US(34), .tail = 3,
	  .path = "/var/lib/postgresql/15/main/pg_stat_tmp/global.tmp" },
	{ "postgres", 8300, READS, .mount = ROOT, .per_s = 18, .bytes = 8192, .mean_ns = US(8), .tail = 5, .miss_pm = 60,
	  .path = "/var/lib/postgresql/15/main/base/16384/2619" },
	/* the shop: looks for classes in many places, keeps sessions, makes files that it takes away again */
	{ "php-fpm8.2", 8040, FS_OP_OPEN, .mount = ROOT, .per_s = 310, .mean_ns = US(9), .tail = 4, .error = ENOENT, .error_pm = 730,
	  .path = "/srv/shop/vendor/composer/autoload_classmap.php" },
	{ "php-fpm8.2", 8040, FS_OP_GETATTR, .mount = ROOT, .per_s = 520, .mean_ns = US(4), .tail = 4, .error = ENOENT, .error_pm = 410,
	  .path = "/srv/shop/var/cache/prod" },
	{ "php-fpm8.2", 8040, FS_OP_LOOKUP, .mount = ROOT, .per_s = 88, .mean_ns = US(4), .tail = 3, .error = ENOENT, .error_pm = 120,
	  .path = "/srv/shop/config" },
	{ "php-fpm8.2", 8040, READS, .mount = ROOT, .per_s = 260, .bytes = 8192, .mean_ns = US(5), .tail = 4, .miss_pm = 2,
	  .path = "/srv/shop/vendor/composer/autoload_classmap.php" },
	{ "php-fpm8.2", 8040, READS, .mount = SESSIONS, .per_s = 62, .bytes = 2048, .mean_ns = US(6), .tail = 5,
	  .path = "/sessions/sess_8d1f0a77" },
	{ "php-fpm8.2", 8040, WRITES, .mount = SESSIONS, .per_s = 62, .bytes = 2048, .mean_ns = US(18), .tail = 6,
	  .path = "/sessions/sess_8d1f0a77" },
	{ "php-fpm8.2", 8040, FS_OP_LOCK, .mount = SESSIONS, .per_s = 124, .mean_ns = US(3), .tail = 8 },
	{ "php-fpm8.2", 8040, READS, FS_T_SOCKET, .per_s = 480, .bytes = 1400, .mean_ns = US(4), .tail = 4 },
	{ "php-fpm8.2", 8040, FS_OP_CREATE, .mount = ROOT, .per_s = 6, .mean_ns = US(31), .tail = 3, .path = "/tmp/php8Xq2fT" },
	{ "php-fpm8.2", 8040, WRITES, .mount = ROOT, .per_s = 24, .bytes = 65536, .mean_ns = US(41), .tail = 3, .path = "/tmp/php8Xq2fT" },
	{ "php-fpm8.2", 8040, FS_OP_UNLINK, .mount = ROOT, .per_s = 6, .mean_ns = US(29), .tail = 3, .age_ms = 38, .path = "/tmp/php8Xq2fT" },
	{ "php-fpm8.2", 8041, FS_OP_OPEN, .mount = ROOT, .per_s = 22, .mean_ns = US(9), .tail = 3, .error = ENOENT, .error_pm = 700,
	  .path = "/srv/shop/vendor/composer/autoload_classmap.php" },
	{ "php-fpm8.2", 8040, READS, .mount = ROOT, .per_s = 31, .bytes = 8192, .mean_ns = US(5), .tail = 3,
	  .path = "/srv/shop/config/services.yaml" },
	{ "php-fpm8.2", 8040, READS, .mount = ROOT, .per_s = 84, .bytes = 8192, .mean_ns = US(5), .tail = 3,
	  .path = "/srv/shop/var/cache/prod/ContainerX7a/getShop_Cart_SubscriberService.php" },
	/* the web server: static files by sendfile */
	{ "nginx", 1105, READS, .mount = ROOT, .per_s = 430, .bytes = 32768, .mean_ns = US(13), .tail = 4, .miss_pm = 11,
	  .path = "/srv/shop/public/build/app.4f1c.js" },
	{ "nginx", 1106, READS, .mount = ROOT, .per_s = 190, .bytes = 32768, .mean_ns = US(13), .tail = 4, .miss_pm = 11,
	  .path = "/srv/shop/public/build/app.4f1c.js" },
	{ "nginx", 1105, FS_OP_OPEN, .mount = ROOT, .per_s = 40, .mean_ns = US(8), .tail = 3, .error = ENOENT, .error_pm = 90,
	  .path = "/srv/shop/public/build/app.4f1c.js" },
	{ "nginx", 1105, FS_OP_GETATTR, .mount = ROOT, .per_s = 96, .mean_ns = US(2), .tail = 3, .path = "/srv/shop/public" },
	{ "nginx", 1105, WRITES, .mount = LOG, .per_s = 30, .bytes = 210, .mean_ns = US(9), .tail = 6, .path = "/log/nginx/access.log" },
	{ "nginx", 1105, WRITES, FS_T_SOCKET, .per_s = 360, .bytes = 1400, .mean_ns = US(9), .tail = 3 },
	/* the backup: reads everything once, and what it reads is not in the cache */
	{ "restic", 9177, READS, .mount = ROOT, .per_s = 180, .bytes = 65536, .mean_ns = US(1900), .tail = 4, .miss_pm = 870,
	  .path = "/srv/shop/uploads/2211/4711.jpg" },
	{ "restic", 9177, READS, .mount = ROOT, .per_s = 21, .bytes = 65536, .mean_ns = US(1700), .tail = 4, .miss_pm = 900,
	  .path = "/srv/shop/uploads/2211/4712.jpg" },
	{ "restic", 9177, READS, .mount = ROOT, .per_s = 9, .bytes = 65536, .mean_ns = US(1800), .tail = 4, .miss_pm = 880,
	  .path = "/srv/shop/uploads/2211/invoice 4713 (copy).pdf" },
	{ "restic", 9177, READS, .mount = ROOT, .per_s = 4, .bytes = 65536, .mean_ns = US(1600), .tail = 3, .miss_pm = 900,
	  .path = "/srv/shop/uploads/2211/4714.jpg" },
	{ "restic", 9177, READS, .mount = SSHFS, .per_s = 6, .bytes = 131072, .mean_ns = US(9100), .tail = 3, .miss_pm = 1000,
	  .path = "/feeds/prices.csv" },
	{ "restic", 9177, WRITES, .mount = ROOT, .per_s = 1210, .bytes = 16384, .mean_ns = US(19), .tail = 5,
	  .path = "/var/cache/restic/9a41/data/5f/5f0c77e1b1a8d3" },
	{ "restic", 9177, FS_OP_OPEN, .mount = ROOT, .per_s = 64, .mean_ns = US(12), .tail = 4, .error = EACCES, .error_pm = 16,
	  .path = "/srv/shop/uploads/2211/4711.jpg" },
	{ "restic", 9177, FS_OP_GETATTR, .mount = ROOT, .per_s = 240, .mean_ns = US(5), .tail = 5, .path = "/srv/shop/uploads/2211" },
	{ "restic", 9177, FS_OP_READDIR, .mount = ROOT, .per_s = 14, .mean_ns = US(160), .tail = 4, .path = "/srv/shop/uploads/2211" },
	{ "restic", 9177, FS_OP_XATTR, .mount = ROOT, .per_s = 64, .mean_ns = US(3), .tail = 2, .error = ENODATA, .error_pm = 1000 },
	{ "restic", 9177, FS_OP_FSYNC, .mount = ROOT, .per_s = 2, .mean_ns = US(7400), .tail = 2,
	  .path = "/var/cache/restic/9a41/data/5f/5f0c77e1b1a8d3" },
	{ "restic", 9177, WRITES, .no_room = true, .mount = ROOT, .per_s = 3, .bytes = 4096, .mean_ns = US(17), .tail = 2,
	  .path = "/var/cache/restic/9a41/index/01" },
	/* the rest of the house */
	{ "systemd-journal", 231, WRITES, .mount = LOG, .per_s = 25, .bytes = 640, .mean_ns = US(14), .tail = 5,
	  .path = "/log/journal/3b1c/system.journal" },
	{ "systemd-journal", 231, FS_OP_FSYNC, .mount = LOG, .per_s = 1, .mean_ns = US(4300), .tail = 3,
	  .path = "/log/journal/3b1c/system.journal" },
	{ "systemd-journal", 231, READS, FS_T_SOCKET, .per_s = 22, .bytes = 300, .mean_ns = US(3), .tail = 2 },
	{ "systemd", 1, FS_OP_GETATTR, .mount = CGROUP, .per_s = 9, .mean_ns = US(5), .tail = 2, .path = "/system.slice" },
	{ "systemd", 1, FS_OP_STATFS, .mount = CGROUP, .per_s = 2, .mean_ns = US(3), .tail = 2 },
	{ "systemd", 1, FS_OP_MOUNT, .mount = USER, .at = 4, .mean_ns = US(210), .path = "tmpfs", .path2 = "/run/user/1000" },
	{ "systemd", 1, FS_OP_UMOUNT, .mount = USER, .at = 9, .mean_ns = US(5400), .path = "/run/user/1000" },
	{ "node_exporter", 780, READS, .mount = PROC, .per_s = 60, .bytes = 4096, .mean_ns = US(28), .tail = 3, .path = "/stat" },
	{ "node_exporter", 780, FS_OP_OPEN, .mount = PROC, .per_s = 60, .mean_ns = US(9), .tail = 3, .path = "/stat" },
	{ "node_exporter", 780, FS_OP_STATFS, .mount = DATA, .per_s = 1, .mean_ns = US(6), .tail = 2 },
	{ "scand", 9300, READS, .mount = RULES, .per_s = 30, .bytes = 32768, .mean_ns = US(60), .tail = 5, .miss_pm = 120,
	  .path = "/2211/core.db" },
	{ "node", 9350, WRITES, .mount = LOG, .per_s = 118, .bytes = 320, .mean_ns = US(11), .tail = 6, .mnt_id = 915,
	  .path = "/log/shop/access.log" },
	{ "node", 9350, READS, .mount = DOCKER, .per_s = 12, .bytes = 16384, .mean_ns = US(7), .tail = 2, .mnt_id = 911, .path = "/app/views/cart.ejs" },
	{ "report", 9610, READS, .mount = DOCKER, .per_s = 21, .bytes = 65536, .mean_ns = US(900), .tail = 4, .miss_pm = 700, .mnt_id = 911,
	  .path = "/app/reports/2022/11.csv", .error = EIO, .error_pm = 60 },
	{ "pg_dump", 9402, WRITES, .mount = ROOT, .per_s = 130, .bytes = 32768, .mean_ns = US(30), .tail = 4, .direct = true,
	  .path = "/srv/dump/shop.pgdump" },
	{ "pg_dump", 9402, READS, FS_T_SOCKET, .per_s = 210, .bytes = 8192, .mean_ns = US(5), .tail = 3 },
	{ "sh", 9555, READS, .mount = LOG, .per_s = 70, .bytes = 65536, .mean_ns = US(210), .tail = 3, .miss_pm = 900, .path = "/log/shop/access.log.1" },
	{ "sh", 9555, WRITES, .mount = LOG, .per_s = 60, .bytes = 16384, .mean_ns = US(17), .tail = 3, .path = "/log/shop/access.log.1.gz" },
	{ "sh", 9555, FS_OP_RENAME, .at = 5, .mean_ns = US(44), .path = "/var/log/shop/access.log", .path2 = "/var/log/shop/access.log.1" },
	{ "sh", 9555, FS_OP_UNLINK, .at = 6, .mean_ns = US(90), .path = "/var/log/shop/access.log.14.gz" },
	{ "sh", 9555, FS_OP_SETATTR, .mount = LOG, .at = 5, .mean_ns = US(12) },
	{ "cron.sh", 2205, READS, FS_T_PIPE, .per_s = 40, .bytes = 64, .mean_ns = US(400), .tail = 3 },
	{ "cron.sh", 2205, FS_OP_GETATTR, .mount = ROOT, .per_s = 820, .mean_ns = US(3), .tail = 3, .error = ENOENT, .error_pm = 500,
	  .path = "/usr/local/bin/true" },
	{ "bash", 6012, READS, FS_T_CHAR, .at = 2, .bytes = 1, .mean_ns = US(900) },
};

#define ESC "\033"
#define OSC ESC "]0;owned\007"
#define RLO "\342\200\256" /* right-to-left override */
#define BAD "\377\376\200\300\257"
#define WIDE "\346\274\242\345\255\227" /* two double-width characters */
#define LONG50 "0123456789/abcdefghijklmnopqrstuvwxyz-_ABCDEFGHIJK"

static const struct synth_mount hostile_mounts[] = {
	{ 1, 1, DEV(8, 0), .fstype = ESC "[31mext4", .point = "/", .source = OSC, .options = ESC "[2J" RLO, .size_mib = 1ULL << 43,
	  .used_mib = 1ULL << 43 },
	{ 2, 3, DEV(8, 16), 0xffffffffU & ~(FS_MOUNT_F_GONE), BAD, .root = BAD, .point = "/" RLO "tnuom" BAD, .source = "", .options = "",
	  .size_mib = 1, .used_mib = 1 },
	{ 3, 2, DEV(8, 16), .fstype = "", .point = "/" WIDE WIDE WIDE "\n\t,\"';=", .source = WIDE WIDE WIDE WIDE WIDE WIDE WIDE,
	  .options = LONG50 LONG50 LONG50 "0123456", .size_mib = 7, .used_mib = 7, .inodes_k = 9, .inodes_used_k = 9 },
	{ 4, 4, DEV(0, 44), .fstype = "0123456789012345678901234567890", .root = LONG50 "/", .point = "/" LONG50 LONG50 LONG50 "01234567",
	  .source = LONG50 LONG50 "" , .options = "", .hung_s = 3900000 },
	{ 5, 1, DEV(4095, 1048575), .fstype = "vanishes", .point = "/vanishes", .source = "x", .options = "rw", .error = EIO, .gone = 3 },
	{ 6, 1, DEV(0, 46), .fstype = "late", .point = "", .source = "", .options = "", .error = 4095, .born = 2 },
};

static const struct synth_waiter hostile_waiters[] = {
	{ 3, .pid = 18, .nr = 60000, .path = ESC "[5m" BAD "/" RLO },
	{ 3, .pid = 4, .nr = REC_UNKNOWN32, .path = "" },
};

static const struct synth_file hostile_files[] = {
	{ "threads", .op = FS_OP_WRITE, .mount = 0, .per_s = 300, .bytes = 4096, .mean_ns = US(50), .tail = 9, .error = 4095, .error_pm = 300,
	  .path = ESC "[2J" RLO "/" BAD "\n" },
	{ "threads", .op = FS_OP_READ, .type = FS_T_BLOCK, .mount = 1, .per_s = 20, .bytes = 4294963200U, .mean_ns = 1, .tail = 30, .miss_pm = 1000,
	  .path = "/" WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE },
	{ RLO "gpj.exe", .op = FS_OP_OPEN, .mount = 2, .per_s = 40, .mean_ns = US(20), .tail = 12, .error = 9999, .error_pm = 500,
	  .path = "/" LONG50 LONG50 LONG50 LONG50 },
	{ ESC "[2J" ESC "[H" ESC "c", .op = FS_OP_UNLINK, .per_s = 5, .mean_ns = US(1), .tail = 20, .age_ms = 4294967295U, .path = "" },
	{ "backslash\\", .op = FS_OP_RENAME, .per_s = 9, .mean_ns = US(90), .tail = 3, .path = OSC BAD BAD, .path2 = RLO "\n\r\t" ESC "[H" },
	{ "reused", .op = FS_OP_FSYNC, .mount = 3, .per_s = 12, .mean_ns = US(60), .tail = 20, .path = "" },
	{ "at once", .op = FS_OP_READ, .type = FS_T_REGULAR, .mount = 4, .per_s = 12, .bytes = 1, .mean_ns = US(5), .tail = 3, .path = "/" OSC },
	{ "pinned #", .op = FS_OP_MOUNT, .mount = 5, .at = 2, .mean_ns = US(5), .path = BAD, .path2 = ESC "[2J" WIDE },
};

static const struct synth_mount load_mounts[] = {
	{ 24, 1, DEV(253, 0), .fstype = "ext4", .point = "/", .source = "/dev/vda", .options = "rw,relatime", .size_mib = GIB(400),
	  .used_mib = GIB(110), .inodes_k = 26000, .inodes_used_k = 900 },
};

static const struct synth_file load_files[] = {
	{ "blocked", READS, .per_s = 200, .bytes = 16384, .mean_ns = US(4700), .tail = 2, .miss_pm = 1000, .path = "/srv/load/data" },
	{ "ping-pong", READS, FS_T_PIPE, .per_s = 400, .bytes = 1, .mean_ns = US(4), .tail = 2 },
	{ "ping-pong", WRITES, FS_T_PIPE, .per_s = 400, .bytes = 1, .mean_ns = US(2), .tail = 2 },
	{ "server", WRITES, .per_s = 3, .bytes = 4096, .mean_ns = US(20), .tail = 4, .path = "/srv/load/server.log" },
	{ "server", .op = FS_OP_OPEN, .per_s = 1, .mean_ns = US(8), .tail = 3, .error = ENOENT, .error_pm = 100, .path = "/srv/load/index.html" },
	{ "faulting", .op = FS_OP_GETATTR, .per_s = 9, .mean_ns = US(3), .tail = 3, .path = "/srv/load" },
	{ "timer", .op = FS_OP_FSYNC, .per_s = 1, .mean_ns = US(2100), .tail = 3, .path = "/srv/load/timer.state" },
};

#define FILES(scene) \
	.mounts = scene##_mounts, .mounts_nr = NR(scene##_mounts), \
	.files = scene##_files, .files_nr = NR(scene##_files)

const struct synth_fs_props synth_fs_props[SYNTH_SCENE_NR] = {
	[SYNTH_DATABASE] = { FILES(database), .waiters = database_waiters, .waiters_nr = NR(database_waiters) },
	[SYNTH_HOSTILE] = { FILES(hostile), .waiters = hostile_waiters, .waiters_nr = NR(hostile_waiters) },
	[SYNTH_LOAD] = { FILES(load) },
};
/* clang-format on */
