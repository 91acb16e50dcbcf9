// A Linux program that beats once a second: beat SOCKET [SECONDS]
//
//	cc -std=gnu99 -O2 -I../.. -o beat beat.c
#include <stdio.h>
#include <stdlib.h>

#include "vlp_linux.h"

int main(int argc, char **argv) {
	static vlp_linux v;
	vlp_outcome before = VLP_SENT;
	long seconds = argc > 2 ? atol(argv[2]) : -1;
	if (argc < 2) {
		fprintf(stderr, "usage: %s SOCKET [SECONDS]\n", argv[0]);
		return 2;
	}
	if (vlp_linux_open(&v, argv[1], 1) == ENAMETOOLONG) { // any other will be tried again
		fprintf(stderr, "%s: a socket's path has 107 bytes at most\n", argv[1]);
		return 1;
	}
	vlp_linux_on_fatal(&v);
	for (uint32_t n = 1;; n++) {
		vlp_outcome now = vlp_linux_beat(&v, VLP_OK, n);
		if (now != before) { // once for an outage, however long
			fprintf(stderr, "%s: %s%s%s\n", argv[1], vlp_outcome_text(now), v.error ? ": " : "", v.error ? strerror(v.error) : "");
		}
		before = now;
		if (seconds >= 0 && n > seconds) return now == VLP_SENT ? 0 : 1;
		sleep(1);
	}
}
