// What Node can't do with the pages of a file:
//   pages drop FILE        out of the page cache
//   pages map FILE READY   mapped and touched, until standard input ends
//   pages lock FILE READY  the same, and mlocked
// Creates READY when it is done.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *what) {
	perror(what);
	return 1;
}

int main(int count, char **values) {
	if (count < 3) {
		return 2;
	}
	int file = open(values[2], O_RDONLY);
	struct stat stats;
	if (file < 0 || fstat(file, &stats) != 0) {
		return fail(values[2]);
	}
	if (strcmp(values[1], "drop") == 0) {
		fdatasync(file);
		return posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) == 0 ? 0 : 1;
	}
	if (count < 4) {
		return 2;
	}
	size_t length = (size_t)stats.st_size;
	volatile char *pages = mmap(NULL, length, PROT_READ, MAP_SHARED, file, 0);
	if (pages == MAP_FAILED) {
		return fail("mmap");
	}
	for (size_t at = 0; at < length; at += 4096) {
		(void)pages[at];
	}
	if (strcmp(values[1], "lock") == 0 && mlock((const void *)pages, length) != 0) {
		return fail("mlock");
	}
	if (open(values[3], O_CREAT | O_WRONLY, 0600) < 0) {
		return fail(values[3]);
	}
	char ignored;
	while (read(0, &ignored, 1) > 0) {
	}
	return 0;
}
