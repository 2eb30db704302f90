// SPDX-License-Identifier: GPL-2.0-or-later
// What `conf --olddefconfig` does, for many files in one process: parse the tree named on the command line once,
// then read pairs of file names, tab between them, from standard input: a .config to read and one to write.
#include <stdio.h>
#include <string.h>
#include "lkc.h"

int main(int argc, char **argv)
{
	char line[8192];

	if (argc != 2)
		return 2;
	conf_set_message_callback(NULL);
	conf_parse(argv[1]);
	while (fgets(line, sizeof(line), stdin)) {
		char *to;

		line[strcspn(line, "\n")] = '\0';
		to = strchr(line, '\t');
		if (!to)
			return 2;
		*to++ = '\0';
		sym_clear_all_valid(); // since 6.12 expressions keep values of the file before
		if (conf_read(line) || conf_write(to))
			return 1;
		puts(to);
		fflush(stdout);
	}
	return 0;
}
