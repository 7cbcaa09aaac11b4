/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wait classes by system call: data only. A call that is not named sleeps as OTHER; BY_FD
 * marks the read and write families, which are told apart by the type of the descriptor.
 */
#ifndef PROBETOP_WAIT_BPF_H
#define PROBETOP_WAIT_BPF_H

#include "wait.h"

#define WAIT_BY_FD 0x40
#define WAIT_CALLS 512 /* numbers above are OTHER */

/* clang-format off */
#if defined(__TARGET_ARCH_x86)
#define NR_IO_URING_ENTER 426
/* Calls whose caller may sleep until its child execs: vfork and its like. */
static inline bool call_makes_process(long nr)
{
	return nr == 56 || nr == 57 || nr == 58 || nr == 435; /* clone fork vfork clone3 */
}
static const __u8 wait_by_call[WAIT_CALLS] = {
	[0] = WAIT_BY_FD, /* read */
	[1] = WAIT_BY_FD, /* write */
	[7] = WAIT_IDLE, /* poll */
	[17] = WAIT_BY_FD, /* pread64 */
	[18] = WAIT_BY_FD, /* pwrite64 */
	[19] = WAIT_BY_FD, /* readv */
	[20] = WAIT_BY_FD, /* writev */
	[23] = WAIT_IDLE, /* select */
	[34] = WAIT_IDLE, /* pause */
	[35] = WAIT_TIMER, /* nanosleep */
	[40] = WAIT_BY_FD, /* sendfile */
	[42] = WAIT_NET, /* connect */
	[43] = WAIT_IDLE, /* accept */
	[44] = WAIT_NET, /* sendto */
	[45] = WAIT_NET, /* recvfrom */
	[46] = WAIT_NET, /* sendmsg */
	[47] = WAIT_NET, /* recvmsg */
	[56] = WAIT_PIPE, /* clone, as vfork */
	[58] = WAIT_PIPE, /* vfork */
	[61] = WAIT_PIPE, /* wait4 */
	[65] = WAIT_PIPE, /* semop */
	[69] = WAIT_PIPE, /* msgsnd */
	[70] = WAIT_PIPE, /* msgrcv */
	[72] = WAIT_KLOCK, /* fcntl */
	[73] = WAIT_KLOCK, /* flock */
	[128] = WAIT_IDLE, /* rt_sigtimedwait */
	[130] = WAIT_IDLE, /* rt_sigsuspend */
	[202] = WAIT_FUTEX, /* futex */
	[208] = WAIT_IDLE, /* io_getevents */
	[220] = WAIT_PIPE, /* semtimedop */
	[230] = WAIT_TIMER, /* clock_nanosleep */
	[232] = WAIT_IDLE, /* epoll_wait */
	[242] = WAIT_PIPE, /* mq_timedsend */
	[243] = WAIT_PIPE, /* mq_timedreceive */
	[247] = WAIT_PIPE, /* waitid */
	[270] = WAIT_IDLE, /* pselect6 */
	[271] = WAIT_IDLE, /* ppoll */
	[275] = WAIT_BY_FD, /* splice */
	[276] = WAIT_BY_FD, /* tee */
	[278] = WAIT_BY_FD, /* vmsplice */
	[281] = WAIT_IDLE, /* epoll_pwait */
	[288] = WAIT_IDLE, /* accept4 */
	[295] = WAIT_BY_FD, /* preadv */
	[296] = WAIT_BY_FD, /* pwritev */
	[299] = WAIT_NET, /* recvmmsg */
	[307] = WAIT_NET, /* sendmmsg */
	[327] = WAIT_BY_FD, /* preadv2 */
	[328] = WAIT_BY_FD, /* pwritev2 */
	[333] = WAIT_IDLE, /* io_pgetevents */
	[426] = WAIT_IDLE, /* io_uring_enter */
	[435] = WAIT_PIPE, /* clone3, as vfork */
	[441] = WAIT_IDLE, /* epoll_pwait2 */
	[449] = WAIT_FUTEX, /* futex_waitv */
	[455] = WAIT_FUTEX, /* futex_wait */
};

/* 32-bit programs (int 0x80, TS_COMPAT): i386 numbers. */
static const __u8 wait_by_compat_call[WAIT_CALLS] = {
	[3] = WAIT_BY_FD, /* read */
	[4] = WAIT_BY_FD, /* write */
	[7] = WAIT_PIPE, /* waitpid */
	[29] = WAIT_IDLE, /* pause */
	[55] = WAIT_KLOCK, /* fcntl */
	[82] = WAIT_IDLE, /* select */
	[114] = WAIT_PIPE, /* wait4 */
	[142] = WAIT_IDLE, /* _newselect */
	[143] = WAIT_KLOCK, /* flock */
	[145] = WAIT_BY_FD, /* readv */
	[146] = WAIT_BY_FD, /* writev */
	[162] = WAIT_TIMER, /* nanosleep */
	[168] = WAIT_IDLE, /* poll */
	[177] = WAIT_IDLE, /* rt_sigtimedwait */
	[179] = WAIT_IDLE, /* rt_sigsuspend */
	[190] = WAIT_PIPE, /* vfork */
	[221] = WAIT_KLOCK, /* fcntl64 */
	[240] = WAIT_FUTEX, /* futex */
	[256] = WAIT_IDLE, /* epoll_wait */
	[267] = WAIT_TIMER, /* clock_nanosleep */
	[284] = WAIT_PIPE, /* waitid */
	[308] = WAIT_IDLE, /* pselect6 */
	[309] = WAIT_IDLE, /* ppoll */
	[319] = WAIT_IDLE, /* epoll_pwait */
	[362] = WAIT_NET, /* connect */
	[364] = WAIT_IDLE, /* accept4 */
	[369] = WAIT_NET, /* sendto */
	[370] = WAIT_NET, /* sendmsg */
	[371] = WAIT_NET, /* recvfrom */
	[372] = WAIT_NET, /* recvmsg */
	[407] = WAIT_TIMER, /* clock_nanosleep_time64 */
	[413] = WAIT_IDLE, /* pselect6_time64 */
	[414] = WAIT_IDLE, /* ppoll_time64 */
	[421] = WAIT_IDLE, /* rt_sigtimedwait_time64 */
	[422] = WAIT_FUTEX, /* futex_time64 */
};
#elif defined(__TARGET_ARCH_arm64)
#define NR_IO_URING_ENTER 426
/* Calls whose caller may sleep until its child execs: vfork and its like. */
static inline bool call_makes_process(long nr)
{
	return nr == 220 || nr == 435; /* clone clone3 */
}
static const __u8 wait_by_call[WAIT_CALLS] = {
	[4] = WAIT_IDLE, /* io_getevents */
	[22] = WAIT_IDLE, /* epoll_pwait */
	[25] = WAIT_KLOCK, /* fcntl */
	[32] = WAIT_KLOCK, /* flock */
	[63] = WAIT_BY_FD, /* read */
	[64] = WAIT_BY_FD, /* write */
	[65] = WAIT_BY_FD, /* readv */
	[66] = WAIT_BY_FD, /* writev */
	[67] = WAIT_BY_FD, /* pread64 */
	[68] = WAIT_BY_FD, /* pwrite64 */
	[69] = WAIT_BY_FD, /* preadv */
	[70] = WAIT_BY_FD, /* pwritev */
	[71] = WAIT_BY_FD, /* sendfile */
	[72] = WAIT_IDLE, /* pselect6 */
	[73] = WAIT_IDLE, /* ppoll */
	[75] = WAIT_BY_FD, /* vmsplice */
	[76] = WAIT_BY_FD, /* splice */
	[77] = WAIT_BY_FD, /* tee */
	[95] = WAIT_PIPE, /* waitid */
	[98] = WAIT_FUTEX, /* futex */
	[101] = WAIT_TIMER, /* nanosleep */
	[115] = WAIT_TIMER, /* clock_nanosleep */
	[133] = WAIT_IDLE, /* rt_sigsuspend */
	[137] = WAIT_IDLE, /* rt_sigtimedwait */
	[182] = WAIT_PIPE, /* mq_timedsend */
	[183] = WAIT_PIPE, /* mq_timedreceive */
	[188] = WAIT_PIPE, /* msgrcv */
	[189] = WAIT_PIPE, /* msgsnd */
	[192] = WAIT_PIPE, /* semtimedop */
	[193] = WAIT_PIPE, /* semop */
	[202] = WAIT_IDLE, /* accept */
	[203] = WAIT_NET, /* connect */
	[206] = WAIT_NET, /* sendto */
	[207] = WAIT_NET, /* recvfrom */
	[211] = WAIT_NET, /* sendmsg */
	[212] = WAIT_NET, /* recvmsg */
	[220] = WAIT_PIPE, /* clone, as vfork */
	[242] = WAIT_IDLE, /* accept4 */
	[243] = WAIT_NET, /* recvmmsg */
	[260] = WAIT_PIPE, /* wait4 */
	[269] = WAIT_NET, /* sendmmsg */
	[286] = WAIT_BY_FD, /* preadv2 */
	[287] = WAIT_BY_FD, /* pwritev2 */
	[292] = WAIT_IDLE, /* io_pgetevents */
	[426] = WAIT_IDLE, /* io_uring_enter */
	[435] = WAIT_PIPE, /* clone3, as vfork */
	[441] = WAIT_IDLE, /* epoll_pwait2 */
	[449] = WAIT_FUTEX, /* futex_waitv */
	[455] = WAIT_FUTEX, /* futex_wait */
};
static const __u8 wait_by_compat_call[WAIT_CALLS] = {};
#else
#error "no table of system calls for this machine: see wait.bpf.h"
#endif
/* clang-format on */

#endif
