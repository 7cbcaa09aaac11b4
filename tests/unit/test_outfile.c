/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output files: what may be written, what is left alone, and the words for it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "outfile.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))
#define OLD_TEXT  "old"

static char dir[] = "/tmp/probetop-outfile-XXXXXX";
static char start_dir[4096];

static int write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "we");

	if (!f)
		return -1;
	fputs(text, f);
	return fclose(f);
}

static int make_socket(const char *name)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), ret;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", name);
	ret = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&addr, sizeof(addr));
	if (fd >= 0)
		close(fd);
	return ret;
}

/* A directory with one of each kind; the tests run inside it. */
static int make_dir(void **state)
{
	if (!getcwd(start_dir, sizeof(start_dir)) || !mkdtemp(dir) || chdir(dir))
		return -1;
	umask(0); /* so that the mode is the program's own choice */
	return write_file("old", OLD_TEXT) || write_file("target", OLD_TEXT) ||
	       symlink("target", "link") || symlink("nowhere", "dangling") ||
	       symlink("/dev/null", "null") || mkdir("directory", 0700) || mkfifo("fifo", 0600) ||
	       make_socket("socket");
}

static int remove_dir(void **state)
{
	static const char *const names[] = {"old",  "target", "link", "dangling", "null",
					    "fifo", "socket", "new",  "dash"};

	for (size_t i = 0; i < NR(names); i++)
		unlink(names[i]);
	rmdir("directory");
	return chdir(start_dir) || rmdir(dir);
}

static char *slurp(const char *name)
{
	static char text[64];
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(n >= 0);
	text[n] = 0;
	return text;
}

static void a_new_file_is_only_ours(void **state)
{
	struct err e = {""};
	struct stat st;
	int fd = outfile_open("new", false, &e);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
	assert_string_equal(slurp("new"), "x");
	assert_string_equal(e.text, "");
	unlink("new");
}

/* Refused with and without --force, and nothing is touched. */
static void what_is_no_plain_file_is_refused(void **state)
{
	static const struct {
		const char *name;
		bool force;
		int want; /* 0: any error */
		const char *words;
	} rows[] = {
		{"old", false, -EEXIST, "the file exists. Name another, or say --force."},
		{"link", false, -EEXIST, NULL},
		{"link", true, -ELOOP, "symbolic link"},
		{"dangling", false, -EEXIST, NULL},
		{"dangling", true, -ELOOP, "symbolic link"},
		{"null", false, -EEXIST, NULL},
		{"null", true, -ELOOP, "symbolic link"},
		{"directory", false, -EEXIST, NULL},
		{"directory", true, -EISDIR, "directory"},
		{"fifo", false, -EEXIST, NULL},
		{"fifo", true, 0, NULL}, /* without a reader: -ENXIO */
		{"socket", true, 0, NULL},
		{"/dev/zero", true, -EINVAL, "no regular file"},
		{"/dev/zero", false, -EEXIST, NULL},
		{"missing/new", false, -ENOENT, NULL},
		{"missing/new", true, -ENOENT, NULL},
		{"", false, -ENOENT, NULL},
	};

	for (size_t i = 0; i < NR(rows); i++) {
		struct err e = {""};
		int ret = outfile_open(rows[i].name, rows[i].force, &e);

		if (ret >= 0 || (rows[i].want && ret != rows[i].want) ||
		    strncmp(e.text, "writing ", 8) ||
		    (rows[i].words && !strstr(e.text, rows[i].words)))
			fail_msg("\"%s\", force %d: got %d, \"%s\"", rows[i].name, rows[i].force,
				 ret, e.text);
	}
	assert_string_equal(slurp("old"), OLD_TEXT);
	assert_string_equal(slurp("target"), OLD_TEXT);
	assert_int_equal(access("nowhere", F_OK), -1);
}

/* With a reader the open succeeds, and it must still be refused: it is no regular file. */
static void a_fifo_with_a_reader_is_refused(void **state)
{
	struct err e = {""};
	int reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	assert_true(reader >= 0);
	assert_int_equal(outfile_open("fifo", true, &e), -EINVAL);
	assert_non_null(strstr(e.text, "no regular file"));
	close(reader);
}

static void force_empties_an_existing_file(void **state)
{
	struct err e = {""};
	struct stat before, after;
	int fd;

	assert_int_equal(write_file("old", "something long"), 0);
	assert_int_equal(stat("old", &before), 0);
	fd = outfile_open("old", true, &e);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &after), 0);
	assert_int_equal(after.st_size, 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(write(fd, "y", 1), 1);
	close(fd);
	assert_string_equal(slurp("old"), "y");
	assert_int_equal(write_file("old", OLD_TEXT), 0);
}

static void force_makes_a_file_that_is_not_there(void **state)
{
	struct err e = {""};
	int fd = outfile_open("new", true, &e);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(unlink("new"), 0);
}

/* Points the standard stream `stream` at a file and returns what arrives through `name`. */
static char *through(int stream, const char *name)
{
	int file = open("dash", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), saved = dup(stream),
	    fd;

	assert_true(file >= 0 && saved >= 0);
	assert_true(dup2(file, stream) >= 0);
	fd = outfile_open(name, false, NULL);
	dup2(saved, stream);
	close(saved);
	close(file);
	assert_true(fd > STDERR_FILENO);
	assert_int_equal(write(fd, name, strlen(name)), (ssize_t)strlen(name));
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
	return slurp("dash");
}

static void standard_streams_are_duplicated(void **state)
{
	static const struct {
		int stream;
		const char *name;
	} rows[] = {
		{STDOUT_FILENO, "-"},
		{STDOUT_FILENO, "/dev/stdout"},
		{STDERR_FILENO, "/dev/stderr"},
	};

	fflush(NULL);
	for (size_t i = 0; i < NR(rows); i++)
		assert_string_equal(through(rows[i].stream, rows[i].name), rows[i].name);
	assert_int_equal(access("-", F_OK), -1);
}

static void dev_null_is_taken_as_it_is(void **state)
{
	struct err e = {""};
	struct stat st;

	for (int force = 0; force < 2; force++) {
		int fd = outfile_open("/dev/null", force, &e);

		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &st), 0);
		assert_true(S_ISCHR(st.st_mode));
		close(fd);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_file_is_only_ours),
		cmocka_unit_test(what_is_no_plain_file_is_refused),
		cmocka_unit_test(a_fifo_with_a_reader_is_refused),
		cmocka_unit_test(force_empties_an_existing_file),
		cmocka_unit_test(force_makes_a_file_that_is_not_there),
		cmocka_unit_test(standard_streams_are_duplicated),
		cmocka_unit_test(dev_null_is_taken_as_it_is),
	};

	return cmocka_run_group_tests_name("outfile", tests, make_dir, remove_dir);
}
