/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls on files: which operation each is and where its arguments say on what. Data only. Calls
 * that are not named leave at once. 32-bit programs (int 0x80, TS_COMPAT) have i386 numbers.
 */
#ifndef PROBETOP_FS_WAYS_BPF_H
#define PROBETOP_FS_WAYS_BPF_H

#include "fs.h"

#define FS_CALLS 512

/* How a call names what it works on. */
enum fs_by {
	FS_BY_NONE, /* it is none of these calls */
	FS_BY_FD,   /* a descriptor */
	FS_BY_TWO,  /* a descriptor that is read and one that is written */
	FS_BY_OPEN, /* a path; a descriptor comes out of it */
	FS_BY_STAT, /* a path; struct stat comes out of it */
	FS_BY_STATX,
	FS_BY_PATH, /* a path, or nothing */
};

/* Arguments by number from 1 on; 0: it has none. */
struct fs_way {
	__u8 op; /* enum fs_op */
	__u8 by; /* enum fs_by */
	__u8 fd; /* of FS_BY_PATH, OPEN, STAT, STATX: of the directory where the path begins */
	__u8 to; /* FS_BY_TWO: what is written; else as fd, of the second path */
	__u8 path, path2;
	__u8 flags;
	__u8 place; /* MOUNT: the type; the offset, where it is an argument; OPEN, STAT, STATX: the structure */
};

struct fs_ways {
	struct fs_way native, compat;
};

/* clang-format off */
#define READ(...)    { FS_OP_READ, FS_BY_FD, .fd = 1, ##__VA_ARGS__ }
#define WRITE(...)   { FS_OP_WRITE, FS_BY_FD, .fd = 1, ##__VA_ARGS__ }
#define TWO(...)     { FS_OP_READ, FS_BY_TWO, ##__VA_ARGS__ }
#define OPEN(...)    { FS_OP_OPEN, FS_BY_OPEN, ##__VA_ARGS__ }
#define FD(op, ...)  { FS_OP_##op, FS_BY_FD, .fd = 1, ##__VA_ARGS__ }
#define STAT(...)    { FS_OP_GETATTR, FS_BY_STAT, ##__VA_ARGS__ }
#define PATH(op, ...) { FS_OP_##op, FS_BY_PATH, ##__VA_ARGS__ }

static const struct fs_ways fs_ways[FS_CALLS] = {
#if defined(__TARGET_ARCH_x86)
	[0].native = READ(),			/* read */
	[1].native = WRITE(),			/* write */
	[2].native = OPEN(.path = 1, .flags = 2), /* open */
	[3].native = FD(CLOSE),			/* close */
	[4].native = STAT(.path = 1, .place = 2), /* stat */
	[5].native = FD(GETATTR),		/* fstat */
	[6].native = STAT(.path = 1, .place = 2), /* lstat */
	[17].native = READ(.place = 4),		/* pread64 */
	[18].native = WRITE(.place = 4),	/* pwrite64 */
	[19].native = READ(),			/* readv */
	[20].native = WRITE(),			/* writev */
	[21].native = PATH(LOOKUP, .path = 1),	/* access */
	[26].native = PATH(FSYNC, .flags = 3),	/* msync */
	[40].native = TWO(.to = 1, .fd = 2),	/* sendfile */
	[73].native = FD(LOCK),			/* flock */
	[74].native = FD(FSYNC),		/* fsync */
	[75].native = FD(FSYNC),		/* fdatasync */
	[76].native = PATH(TRUNCATE, .path = 1), /* truncate */
	[77].native = FD(TRUNCATE),		/* ftruncate */
	[78].native = FD(READDIR),		/* getdents */
	[82].native = PATH(RENAME, .path = 1, .path2 = 2), /* rename */
	[83].native = PATH(MKDIR, .path = 1),	/* mkdir */
	[84].native = PATH(RMDIR, .path = 1),	/* rmdir */
	[85].native = OPEN(.path = 1),		/* creat */
	[86].native = PATH(LINK, .path = 1, .path2 = 2), /* link */
	[87].native = PATH(UNLINK, .path = 1),	/* unlink */
	[88].native = PATH(LINK, .path = 1, .path2 = 2), /* symlink */
	[89].native = PATH(LOOKUP, .path = 1),	/* readlink */
	[90].native = PATH(SETATTR, .path = 1),	/* chmod */
	[91].native = FD(SETATTR),		/* fchmod */
	[92].native = PATH(SETATTR, .path = 1),	/* chown */
	[93].native = FD(SETATTR),		/* fchown */
	[94].native = PATH(SETATTR, .path = 1),	/* lchown */
	[132].native = PATH(SETATTR, .path = 1), /* utime */
	[133].native = PATH(MKNOD, .path = 1),	/* mknod */
	[137].native = PATH(STATFS, .path = 1),	/* statfs */
	[138].native = FD(STATFS),		/* fstatfs */
	[162].native = PATH(SYNC),		/* sync */
	[165].native = PATH(MOUNT, .path = 1, .path2 = 2, .flags = 4, .place = 3), /* mount */
	[166].native = PATH(UMOUNT, .path = 1, .flags = 2), /* umount2 */
	[188].native = PATH(XATTR, .path = 1),	/* setxattr */
	[189].native = PATH(XATTR, .path = 1),	/* lsetxattr */
	[190].native = FD(XATTR),		/* fsetxattr */
	[191].native = PATH(XATTR, .path = 1),	/* getxattr */
	[192].native = PATH(XATTR, .path = 1),	/* lgetxattr */
	[193].native = FD(XATTR),		/* fgetxattr */
	[194].native = PATH(XATTR, .path = 1),	/* listxattr */
	[195].native = PATH(XATTR, .path = 1),	/* llistxattr */
	[196].native = FD(XATTR),		/* flistxattr */
	[197].native = PATH(XATTR, .path = 1),	/* removexattr */
	[198].native = PATH(XATTR, .path = 1),	/* lremovexattr */
	[199].native = FD(XATTR),		/* fremovexattr */
	[217].native = FD(READDIR),		/* getdents64 */
	[235].native = PATH(SETATTR, .path = 1), /* utimes */
	[257].native = OPEN(.fd = 1, .path = 2, .flags = 3), /* openat */
	[258].native = PATH(MKDIR, .fd = 1, .path = 2), /* mkdirat */
	[259].native = PATH(MKNOD, .fd = 1, .path = 2), /* mknodat */
	[260].native = PATH(SETATTR, .fd = 1, .path = 2), /* fchownat */
	[261].native = PATH(SETATTR, .fd = 1, .path = 2), /* futimesat */
	[262].native = STAT(.fd = 1, .path = 2, .place = 3, .flags = 4), /* newfstatat */
	[263].native = PATH(UNLINK, .fd = 1, .path = 2, .flags = 3), /* unlinkat */
	[264].native = PATH(RENAME, .fd = 1, .path = 2, .to = 3, .path2 = 4), /* renameat */
	[265].native = PATH(LINK, .fd = 1, .path = 2, .to = 3, .path2 = 4), /* linkat */
	[266].native = PATH(LINK, .path = 1, .to = 2, .path2 = 3), /* symlinkat */
	[267].native = PATH(LOOKUP, .fd = 1, .path = 2), /* readlinkat */
	[268].native = PATH(SETATTR, .fd = 1, .path = 2), /* fchmodat */
	[269].native = PATH(LOOKUP, .fd = 1, .path = 2), /* faccessat */
	[275].native = TWO(.fd = 1, .to = 3),	/* splice */
	[277].native = FD(FSYNC, .flags = 4),	/* sync_file_range */
	[280].native = PATH(SETATTR, .fd = 1, .path = 2), /* utimensat */
	[285].native = FD(FALLOCATE),		/* fallocate */
	[295].native = READ(.place = 4),	/* preadv */
	[296].native = WRITE(.place = 4),	/* pwritev */
	[306].native = FD(SYNC),		/* syncfs */
	[316].native = PATH(RENAME, .fd = 1, .path = 2, .to = 3, .path2 = 4, .flags = 5), /* renameat2 */
	[326].native = TWO(.fd = 1, .to = 3),	/* copy_file_range */
	[327].native = READ(.place = 4),	/* preadv2 */
	[328].native = WRITE(.place = 4),	/* pwritev2 */
	[332].native = { FS_OP_GETATTR, FS_BY_STATX, .fd = 1, .path = 2, .flags = 3, .place = 5 }, /* statx */

	[3].compat = READ(),			/* read */
	[4].compat = WRITE(),			/* write */
	[5].compat = OPEN(.path = 1, .flags = 2), /* open */
	[6].compat = FD(CLOSE),			/* close */
	[8].compat = OPEN(.path = 1),		/* creat */
	[9].compat = PATH(LINK, .path = 1, .path2 = 2), /* link */
	[10].compat = PATH(UNLINK, .path = 1),	/* unlink */
	[14].compat = PATH(MKNOD, .path = 1),	/* mknod */
	[15].compat = PATH(SETATTR, .path = 1),	/* chmod */
	[16].compat = PATH(SETATTR, .path = 1),	/* lchown */
	[18].compat = PATH(GETATTR, .path = 1),	/* oldstat */
	[21].compat = PATH(MOUNT, .path = 1, .path2 = 2, .flags = 4, .place = 3), /* mount */
	[22].compat = PATH(UMOUNT, .path = 1),	/* umount */
	[28].compat = FD(GETATTR),		/* oldfstat */
	[30].compat = PATH(SETATTR, .path = 1),	/* utime */
	[33].compat = PATH(LOOKUP, .path = 1),	/* access */
	[36].compat = PATH(SYNC),		/* sync */
	[38].compat = PATH(RENAME, .path = 1, .path2 = 2), /* rename */
	[39].compat = PATH(MKDIR, .path = 1),	/* mkdir */
	[40].compat = PATH(RMDIR, .path = 1),	/* rmdir */
	[52].compat = PATH(UMOUNT, .path = 1, .flags = 2), /* umount2 */
	[83].compat = PATH(LINK, .path = 1, .path2 = 2), /* symlink */
	[84].compat = PATH(GETATTR, .path = 1),	/* oldlstat */
	[85].compat = PATH(LOOKUP, .path = 1),	/* readlink */
	[92].compat = PATH(TRUNCATE, .path = 1), /* truncate */
	[93].compat = FD(TRUNCATE),		/* ftruncate */
	[94].compat = FD(SETATTR),		/* fchmod */
	[95].compat = FD(SETATTR),		/* fchown */
	[99].compat = PATH(STATFS, .path = 1),	/* statfs */
	[100].compat = FD(STATFS),		/* fstatfs */
	[106].compat = PATH(GETATTR, .path = 1), /* stat */
	[107].compat = PATH(GETATTR, .path = 1), /* lstat */
	[108].compat = FD(GETATTR),		/* fstat */
	[118].compat = FD(FSYNC),		/* fsync */
	[141].compat = FD(READDIR),		/* getdents */
	[143].compat = FD(LOCK),		/* flock */
	[144].compat = PATH(FSYNC, .flags = 3),	/* msync */
	[145].compat = READ(),			/* readv */
	[146].compat = WRITE(),			/* writev */
	[148].compat = FD(FSYNC),		/* fdatasync */
	[180].compat = READ(.place = 4),	/* pread64 */
	[181].compat = WRITE(.place = 4),	/* pwrite64 */
	[182].compat = PATH(SETATTR, .path = 1), /* chown */
	[187].compat = TWO(.to = 1, .fd = 2),	/* sendfile */
	[193].compat = PATH(TRUNCATE, .path = 1), /* truncate64 */
	[194].compat = FD(TRUNCATE),		/* ftruncate64 */
	[195].compat = STAT(.path = 1, .place = 2), /* stat64 */
	[196].compat = STAT(.path = 1, .place = 2), /* lstat64 */
	[197].compat = FD(GETATTR),		/* fstat64 */
	[198].compat = PATH(SETATTR, .path = 1), /* lchown32 */
	[207].compat = FD(SETATTR),		/* fchown32 */
	[212].compat = PATH(SETATTR, .path = 1), /* chown32 */
	[220].compat = FD(READDIR),		/* getdents64 */
	[226].compat = PATH(XATTR, .path = 1),	/* setxattr */
	[227].compat = PATH(XATTR, .path = 1),	/* lsetxattr */
	[228].compat = FD(XATTR),		/* fsetxattr */
	[229].compat = PATH(XATTR, .path = 1),	/* getxattr */
	[230].compat = PATH(XATTR, .path = 1),	/* lgetxattr */
	[231].compat = FD(XATTR),		/* fgetxattr */
	[232].compat = PATH(XATTR, .path = 1),	/* listxattr */
	[233].compat = PATH(XATTR, .path = 1),	/* llistxattr */
	[234].compat = FD(XATTR),		/* flistxattr */
	[235].compat = PATH(XATTR, .path = 1),	/* removexattr */
	[236].compat = PATH(XATTR, .path = 1),	/* lremovexattr */
	[237].compat = FD(XATTR),		/* fremovexattr */
	[239].compat = TWO(.to = 1, .fd = 2),	/* sendfile64 */
	[268].compat = PATH(STATFS, .path = 1),	/* statfs64 */
	[269].compat = FD(STATFS),		/* fstatfs64 */
	[271].compat = PATH(SETATTR, .path = 1), /* utimes */
	[295].compat = OPEN(.fd = 1, .path = 2, .flags = 3), /* openat */
	[296].compat = PATH(MKDIR, .fd = 1, .path = 2), /* mkdirat */
	[297].compat = PATH(MKNOD, .fd = 1, .path = 2), /* mknodat */
	[298].compat = PATH(SETATTR, .fd = 1, .path = 2), /* fchownat */
	[299].compat = PATH(SETATTR, .fd = 1, .path = 2), /* futimesat */
	[300].compat = STAT(.fd = 1, .path = 2, .place = 3, .flags = 4), /* fstatat64 */
	[301].compat = PATH(UNLINK, .fd = 1, .path = 2, .flags = 3), /* unlinkat */
	[302].compat = PATH(RENAME, .fd = 1, .path = 2, .to = 3, .path2 = 4), /* renameat */
	[303].compat = PATH(LINK, .fd = 1, .path = 2, .to = 3, .path2 = 4), /* linkat */
	[304].compat = PATH(LINK, .path = 1, .to = 2, .path2 = 3), /* symlinkat */
	[305].compat = PATH(LOOKUP, .fd = 1, .path = 2), /* readlinkat */
	[306].compat = PATH(SETATTR, .fd = 1, .path = 2), /* fchmodat */
	[307].compat = PATH(LOOKUP, .fd = 1, .path = 2), /* faccessat */
	[313].compat = TWO(.fd = 1, .to = 3),	/* splice */
	[314].compat = FD(FSYNC, .flags = 6),	/* sync_file_range */
	[320].compat = PATH(SETATTR, .fd = 1, .path = 2), /* utimensat */
	[324].compat = FD(FALLOCATE),		/* fallocate */
	[333].compat = READ(.place = 4),	/* preadv */
	[334].compat = WRITE(.place = 4),	/* pwritev */
	[344].compat = FD(SYNC),		/* syncfs */
	[353].compat = PATH(RENAME, .fd = 1, .path = 2, .to = 3, .path2 = 4, .flags = 5), /* renameat2 */
	[377].compat = TWO(.fd = 1, .to = 3),	/* copy_file_range */
	[378].compat = READ(.place = 4),	/* preadv2 */
	[379].compat = WRITE(.place = 4),	/* pwritev2 */
	[383].compat = { FS_OP_GETATTR, FS_BY_STATX, .fd = 1, .path = 2, .flags = 3, .place = 5 }, /* statx */
	[412].compat = PATH(SETATTR, .fd = 1, .path = 2), /* utimensat_time64 */
#elif defined(__TARGET_ARCH_arm64)
	[5].native = PATH(XATTR, .path = 1),	/* setxattr */
	[6].native = PATH(XATTR, .path = 1),	/* lsetxattr */
	[7].native = FD(XATTR),			/* fsetxattr */
	[8].native = PATH(XATTR, .path = 1),	/* getxattr */
	[9].native = PATH(XATTR, .path = 1),	/* lgetxattr */
	[10].native = FD(XATTR),		/* fgetxattr */
	[11].native = PATH(XATTR, .path = 1),	/* listxattr */
	[12].native = PATH(XATTR, .path = 1),	/* llistxattr */
	[13].native = FD(XATTR),		/* flistxattr */
	[14].native = PATH(XATTR, .path = 1),	/* removexattr */
	[15].native = PATH(XATTR, .path = 1),	/* lremovexattr */
	[16].native = FD(XATTR),		/* fremovexattr */
	[32].native = FD(LOCK),			/* flock */
	[33].native = PATH(MKNOD, .fd = 1, .path = 2), /* mknodat */
	[34].native = PATH(MKDIR, .fd = 1, .path = 2), /* mkdirat */
	[35].native = PATH(UNLINK, .fd = 1, .path = 2, .flags = 3), /* unlinkat */
	[36].native = PATH(LINK, .path = 1, .to = 2, .path2 = 3), /* symlinkat */
	[37].native = PATH(LINK, .fd = 1, .path = 2, .to = 3, .path2 = 4), /* linkat */
	[38].native = PATH(RENAME, .fd = 1, .path = 2, .to = 3, .path2 = 4), /* renameat */
	[39].native = PATH(UMOUNT, .path = 1, .flags = 2), /* umount2 */
	[40].native = PATH(MOUNT, .path = 1, .path2 = 2, .flags = 4, .place = 3), /* mount */
	[43].native = PATH(STATFS, .path = 1),	/* statfs */
	[44].native = FD(STATFS),		/* fstatfs */
	[45].native = PATH(TRUNCATE, .path = 1), /* truncate */
	[46].native = FD(TRUNCATE),		/* ftruncate */
	[47].native = FD(FALLOCATE),		/* fallocate */
	[48].native = PATH(LOOKUP, .fd = 1, .path = 2), /* faccessat */
	[52].native = FD(SETATTR),		/* fchmod */
	[53].native = PATH(SETATTR, .fd = 1, .path = 2), /* fchmodat */
	[54].native = PATH(SETATTR, .fd = 1, .path = 2), /* fchownat */
	[55].native = FD(SETATTR),		/* fchown */
	[56].native = OPEN(.fd = 1, .path = 2, .flags = 3), /* openat */
	[57].native = FD(CLOSE),		/* close */
	[61].native = FD(READDIR),		/* getdents64 */
	[63].native = READ(),			/* read */
	[64].native = WRITE(),			/* write */
	[65].native = READ(),			/* readv */
	[66].native = WRITE(),			/* writev */
	[67].native = READ(.place = 4),		/* pread64 */
	[68].native = WRITE(.place = 4),	/* pwrite64 */
	[69].native = READ(.place = 4),		/* preadv */
	[70].native = WRITE(.place = 4),	/* pwritev */
	[71].native = TWO(.to = 1, .fd = 2),	/* sendfile */
	[76].native = TWO(.fd = 1, .to = 3),	/* splice */
	[78].native = PATH(LOOKUP, .fd = 1, .path = 2), /* readlinkat */
	[79].native = STAT(.fd = 1, .path = 2, .place = 3, .flags = 4), /* newfstatat */
	[80].native = FD(GETATTR),		/* fstat */
	[81].native = PATH(SYNC),		/* sync */
	[82].native = FD(FSYNC),		/* fsync */
	[83].native = FD(FSYNC),		/* fdatasync */
	[84].native = FD(FSYNC, .flags = 4),	/* sync_file_range */
	[88].native = PATH(SETATTR, .fd = 1, .path = 2), /* utimensat */
	[227].native = PATH(FSYNC, .flags = 3),	/* msync */
	[267].native = FD(SYNC),		/* syncfs */
	[276].native = PATH(RENAME, .fd = 1, .path = 2, .to = 3, .path2 = 4, .flags = 5), /* renameat2 */
	[285].native = TWO(.fd = 1, .to = 3),	/* copy_file_range */
	[286].native = READ(.place = 4),	/* preadv2 */
	[287].native = WRITE(.place = 4),	/* pwritev2 */
	[291].native = { FS_OP_GETATTR, FS_BY_STATX, .fd = 1, .path = 2, .flags = 3, .place = 5 }, /* statx */
#else
#error "no table of system calls for this machine: see fs_ways.bpf.h"
#endif
	/* Numbers from 424 on are the same on all machines. */
	[429] = { PATH(MOUNT, .fd = 1, .path = 2, .to = 3, .path2 = 4, .flags = 5),
		  PATH(MOUNT, .fd = 1, .path = 2, .to = 3, .path2 = 4, .flags = 5) }, /* move_mount */
	[437] = { OPEN(.fd = 1, .path = 2, .place = 3), OPEN(.fd = 1, .path = 2, .place = 3) }, /* openat2 */
	[439] = { PATH(LOOKUP, .fd = 1, .path = 2), PATH(LOOKUP, .fd = 1, .path = 2) }, /* faccessat2 */
	[452] = { PATH(SETATTR, .fd = 1, .path = 2), PATH(SETATTR, .fd = 1, .path = 2) }, /* fchmodat2 */
	[463] = { PATH(XATTR, .fd = 1, .path = 2), PATH(XATTR, .fd = 1, .path = 2) }, /* setxattrat */
	[464] = { PATH(XATTR, .fd = 1, .path = 2), PATH(XATTR, .fd = 1, .path = 2) }, /* getxattrat */
	[465] = { PATH(XATTR, .fd = 1, .path = 2), PATH(XATTR, .fd = 1, .path = 2) }, /* listxattrat */
	[466] = { PATH(XATTR, .fd = 1, .path = 2), PATH(XATTR, .fd = 1, .path = 2) }, /* removexattrat */
	[468] = { PATH(XATTR, .fd = 1, .path = 2), PATH(XATTR, .fd = 1, .path = 2) }, /* file_getattr */
	[469] = { PATH(XATTR, .fd = 1, .path = 2), PATH(XATTR, .fd = 1, .path = 2) }, /* file_setattr */
};
/* clang-format on */

#undef READ
#undef WRITE
#undef TWO
#undef OPEN
#undef FD
#undef STAT
#undef PATH

#endif
