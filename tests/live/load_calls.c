// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program that makes a known number of system calls, and says so: one JSON object on stdout.
 * It counts by itself, and times with CLOCK_MONOTONIC through the vDSO, which is no call.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ull
#define MIB	 (1 << 20)

static void die(const char *what)
{
	fprintf(stderr, "calls: %s failed: %s\n", what, strerror(errno));
	_exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* What is to be counted exactly: 100,000 write(2), 1,000 openat(2) that fail, 20 fsync. */
static int run_known(void)
{
	char path[] = "/tmp/probetop-calls-XXXXXX";
	int null = open("/dev/null", O_WRONLY), file = mkstemp(path), failed = 0;

	if (null < 0 || file < 0)
		die("opening");
	unlink(path);
	for (int i = 0; i < 100000; i++)
		if (write(null, "x", 1) != 1)
			die("write");
	for (int i = 0; i < 1000; i++)
		failed += syscall(SYS_openat, AT_FDCWD, "/nowhere/at/all", O_RDONLY) < 0 &&
			  errno == ENOENT;
	for (int i = 0; i < 20; i++)
		if (fsync(file))
			die("fsync");
	printf("{\"load\":\"known\",\"pid\":%d,\"failed\":%d}\n", getpid(), failed);
	fflush(stdout); /* one more write */
	return 0;
}

/*
 * Long calls: what the program's own clock says around them is nearly all inside, unless another
 * task takes the CPU on the way out: so it asks to be let alone for this tenth of a second.
 */
static int run_big(void)
{
	struct sched_param rt = {.sched_priority = 1};
	int fd = memfd_create("calls", 0);
	char *data = malloc(MIB);
	uint64_t ns = 0, from;
	int nr = 400;

	if (fd < 0 || !data)
		die("memory");
	memset(data, 1, MIB);
	sched_setscheduler(0, SCHED_FIFO, &rt); /* without the right to it, as good as it goes */
	if (pwrite(fd, data, MIB, 0) != MIB)	/* another call: its pages are made here */
		die("pwrite");
	for (int i = 0; i < nr; i++) {
		if (lseek(fd, 0, SEEK_SET))
			die("lseek");
		from = now_ns();
		if (write(fd, data, MIB) != MIB)
			die("write");
		ns += now_ns() - from;
	}
	printf("{\"load\":\"big\",\"pid\":%d,\"writes\":%d,\"ns\":%llu}\n", getpid(), nr,
	       (unsigned long long)ns);
	return 0;
}

/* Calls of processes that are gone before anybody looks. */
static int run_forks(void)
{
	int nr = 200, status;

	for (int i = 0; i < nr; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid) {
			for (int n = 0; n < 100; n++)
				syscall(SYS_getppid);
			_exit(0);
		}
		if (waitpid(pid, &status, 0) != pid || status)
			die("waitpid");
	}
	printf("{\"load\":\"forks\",\"pid\":%d,\"forks\":%d,\"getppids\":%d}\n", getpid(), nr,
	       nr * 100);
	return 0;
}

/* 32-bit calls from a 64-bit program: their numbers are those of i386. */
static int run_compat(void)
{
#ifdef __x86_64__
	long ret = 0;

	for (int i = 0; i < 1000; i++)
		__asm__ volatile("int $0x80"
				 : "=a"(ret)
				 : "a"(20L)
				 : "memory", "r8", "r9", "r10", "r11");
	printf("{\"load\":\"compat\",\"pid\":%d,\"right\":%d}\n", getpid(), ret == getpid());
	return 0;
#else
	return 77;
#endif
}

/* x32 numbers: refused unless the kernel was told to take them, and a call all the same. */
static int run_x32(void)
{
	int failed = 0;

	for (int i = 0; i < 500; i++)
		failed += syscall(0x40000000L + 39) < 0;
	printf("{\"load\":\"x32\",\"pid\":%d,\"failed\":%d}\n", getpid(), failed);
	return 0;
}

/* Numbers that no kernel has. */
static int run_strange(void)
{
	for (int i = 0; i < 300; i++) {
		syscall(999);
		syscall(123456);
	}
	printf("{\"load\":\"strange\",\"pid\":%d}\n", getpid());
	return 0;
}

/* clang-format off */
#define CALLS(X) \
	X(read) X(write) X(close) X(fstat) X(lseek) X(mprotect) X(munmap) X(rt_sigaction) X(rt_sigprocmask) \
	X(ioctl) X(pread64) X(pwrite64) X(readv) X(writev) X(sched_yield) X(mremap) X(msync) X(mincore) \
	X(madvise) X(shmget) X(shmat) X(shmctl) X(dup) X(nanosleep) X(getitimer) X(setitimer) \
	X(getpid) X(sendfile) X(socket) X(connect) X(accept) X(sendto) X(recvfrom) X(sendmsg) X(recvmsg) \
	X(shutdown) X(bind) X(listen) X(getsockname) X(getpeername) X(socketpair) X(setsockopt) X(getsockopt) \
	X(execve) X(wait4) X(uname) X(semget) X(semop) X(semctl) X(shmdt) X(msgget) X(msgsnd) X(msgrcv) \
	X(msgctl) X(fcntl) X(flock) X(fsync) X(fdatasync) X(truncate) X(ftruncate) X(getcwd) X(chdir) \
	X(fchdir) X(fchmod) X(fchown) X(gettimeofday) X(getrlimit) X(getrusage) X(sysinfo) X(times) \
	X(getuid) X(syslog) X(getgid) X(geteuid) X(getegid) X(getppid) X(getgroups) X(getresuid) \
	X(getresgid) X(getpgid) X(getsid) X(capget) X(capset) X(rt_sigpending) X(rt_sigtimedwait) \
	X(rt_sigqueueinfo) X(rt_sigsuspend) X(sigaltstack) X(statfs) X(fstatfs) X(getpriority) \
	X(sched_setparam) X(sched_getparam) X(sched_setscheduler) X(sched_getscheduler) \
	X(sched_get_priority_max) X(sched_get_priority_min) X(sched_rr_get_interval) X(mlock) X(munlock) \
	X(mlockall) X(munlockall) X(prctl) X(adjtimex) X(chroot) X(mount) X(umount2) X(swapon) X(swapoff) \
	X(gettid) X(readahead) X(setxattr) X(lsetxattr) X(fsetxattr) X(getxattr) X(lgetxattr) X(fgetxattr) \
	X(listxattr) X(llistxattr) X(flistxattr) X(removexattr) X(lremovexattr) X(fremovexattr) X(futex) \
	X(sched_setaffinity) X(sched_getaffinity) X(io_setup) X(io_destroy) X(io_getevents) X(io_submit) \
	X(io_cancel) X(getdents64) X(semtimedop) X(fadvise64) X(timer_create) X(timer_settime) \
	X(timer_gettime) X(timer_getoverrun) X(timer_delete) X(clock_settime) X(clock_gettime) \
	X(clock_getres) X(clock_nanosleep) X(epoll_ctl) X(mbind) X(set_mempolicy) X(get_mempolicy) \
	X(mq_open) X(mq_unlink) X(mq_timedsend) X(mq_timedreceive) X(mq_notify) X(mq_getsetattr) \
	X(waitid) X(ioprio_set) X(ioprio_get) X(inotify_add_watch) X(inotify_rm_watch) X(openat) X(mkdirat) \
	X(mknodat) X(fchownat) X(unlinkat) X(renameat) X(linkat) X(symlinkat) X(readlinkat) X(fchmodat) \
	X(faccessat) X(pselect6) X(ppoll) X(get_robust_list) X(splice) X(tee) X(sync_file_range) \
	X(vmsplice) X(move_pages) X(utimensat) X(epoll_pwait) X(signalfd4) X(timerfd_create) \
	X(fallocate) X(timerfd_settime) X(timerfd_gettime) X(accept4) X(eventfd2) X(epoll_create1) X(dup3) \
	X(pipe2) X(inotify_init1) X(preadv) X(pwritev) X(perf_event_open) X(recvmmsg) X(fanotify_init) \
	X(fanotify_mark) X(prlimit64) X(name_to_handle_at) X(open_by_handle_at) X(clock_adjtime) X(syncfs) \
	X(sendmmsg) X(setns) X(getcpu) X(process_vm_readv) X(process_vm_writev) X(kcmp) X(finit_module) \
	X(sched_setattr) X(sched_getattr) X(renameat2) X(seccomp) X(getrandom) X(memfd_create) X(bpf) \
	X(execveat) X(userfaultfd) X(membarrier) X(mlock2) X(copy_file_range) X(preadv2) X(pwritev2) \
	X(pkey_mprotect) X(statx) X(pidfd_send_signal) X(io_uring_setup) X(io_uring_enter) \
	X(io_uring_register) X(open_tree) X(move_mount) X(fsopen) X(fsconfig) X(fsmount) X(fspick) \
	X(pidfd_open) X(openat2) X(pidfd_getfd) X(faccessat2) X(process_madvise) X(mount_setattr)
/* clang-format on */

/*
 * Every call that comes back from arguments that no call can take. Each in a child of its own:
 * one that is killed, or closes what others need, hurts nobody.
 */
static int run_names(void)
{
	static const struct {
		long nr;
		const char *name;
	} calls[] = {
#define ROW(name) {SYS_##name, #name},
		CALLS(ROW)
#undef ROW
	};
	int nr = sizeof(calls) / sizeof(calls[0]), status;

	printf("{\"load\":\"names\",\"pid\":%d,\"names\":[", getpid());
	for (int i = 0; i < nr; i++)
		printf("%s\"%s\"", i ? "," : "", calls[i].name);
	printf("]}\n");
	fflush(stdout);
	for (int i = 0; i < nr; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid) {
			alarm(2); /* one that waits after all */
			syscall(calls[i].nr, -1L, -1L, -1L, -1L, -1L, -1L);
			_exit(0);
		}
		if (waitpid(pid, &status, 0) != pid)
			die("waitpid");
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} runs[] = {{"known", run_known},    {"big", run_big},	     {"forks", run_forks},
		    {"names", run_names},    {"compat", run_compat}, {"x32", run_x32},
		    {"strange", run_strange}};

	for (size_t i = 0; argc == 2 && i < sizeof(runs) / sizeof(runs[0]); i++)
		if (!strcmp(argv[1], runs[i].name))
			return runs[i].run();
	fprintf(stderr, "usage: calls known|big|forks|names|compat|x32|strange\n");
	return 2;
}
