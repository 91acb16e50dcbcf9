// An agent with vlp_linux.h. It does what it is told, a line at a time, and
// answers each with one line; see test/clients/agent.py for the words. Beyond
// those:
//
//	handler              a SIGABRT handler of the program's own, before the hook
//	hold N               takes N descriptors, so that beats must do without new ones
//	nonce N              as if it had beaten so often
//	error                answers the errno behind the last outcome
//	user UID             becomes that user
//	refused              dies of a system call that seccomp(2) traps
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "vlp_linux.h"

static vlp_linux agent, hook;

static void say(const char *text) {
	printf("%s\n", text);
	fflush(stdout);
}

static void say_number(const char *before, long n) {
	printf("%s%ld\n", before, n);
	fflush(stdout);
}

// line reads without reading ahead: a child must find the next one.
static int line(char *to, size_t size) {
	for (size_t n = 0; n < size; n++) {
		if (read(0, to + n, 1) != 1) return 0;
		if (to[n] == '\n') {
			to[n] = 0;
			return 1;
		}
	}
	return 0;
}

static void own_handler(int sig) {
	static const char text[] = "the program's own handler\n";
	(void)sig;
	if (write(2, text, sizeof text - 1) < 0) _exit(9);
	signal(sig, SIG_DFL);
	raise(sig);
}

// obeying forks; the child obeys, and the parent goes on when it has ended.
static void obey_fork(void) {
	pid_t child = fork();
	if (child == 0) {
		say_number("", getpid());
		return;
	}
	int status = 0;
	waitpid(child, &status, 0);
	say_number("ended with ", WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
}

static uint8_t status_of(const char *word) {
	static const char *const words[] = { "ok", "degraded", "critical", "stall" };
	for (uint8_t i = 0; i < 4; i++) {
		if (strcmp(word, words[i]) == 0) return i;
	}
	return 0xFF;
}

static void hold(rlim_t more) {
	int next = dup(0);
	struct rlimit limit = { (rlim_t)next + more, (rlim_t)next + more };
	close(next);
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0) exit(3);
	say("done");
}

static void beat(const char *status, const char *payload) {
	say(vlp_outcome_text(vlp_linux_beat(&agent, status_of(status), (uint32_t)strtoul(payload, NULL, 10))));
}

// fault is a death by a real fault, or by abort(3).
static void fault(int real) {
	static volatile uintptr_t nowhere = 8;
	fprintf(stderr, "the end of the agent\n");
	if (real) *(volatile int *)nowhere = 0;
	abort();
}

// refused has setsid(2) trapped. That signal comes once, so whoever survives it goes on.
static void refused(void) {
	struct sock_filter filter[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setsid, 0, 1),
					BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { 4, filter };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) exit(4);
	setsid();
	exit(0);
}

static int obey(const char *verb, const char *a, const char *b) {
	if (!strcmp(verb, "connect")) say(vlp_linux_open(&agent, b, 0) == 0 ? "done" : strerror(agent.error));
	else if (!strcmp(verb, "hook")) say(vlp_linux_open(&hook, b, 0) == 0 && vlp_linux_on_fatal(&hook) == 0 ? "done" : strerror(errno));
	else if (!strcmp(verb, "handler")) say(signal(SIGABRT, own_handler) != SIG_ERR ? "done" : "failed");
	else if (!strcmp(verb, "beat")) beat(a, b);
	else if (!strcmp(verb, "reconnect")) say(vlp_linux_reconnect(&agent) == 0 ? "done" : strerror(agent.error));
	else if (!strcmp(verb, "after")) agent.reconnect_after = (uint32_t)strtoul(a, NULL, 10), say("done");
	else if (!strcmp(verb, "fork")) obey_fork();
	else if (!strcmp(verb, "hold")) hold(strtoul(a, NULL, 10));
	else if (!strcmp(verb, "nonce")) agent.agent.nonce = strtoull(a, NULL, 10), say("done");
	else if (!strcmp(verb, "error")) say_number("", agent.error);
	else if (!strcmp(verb, "user")) say(setuid((uid_t)strtoul(a, NULL, 10)) == 0 ? "done" : strerror(errno));
	else if (!strcmp(verb, "fail")) fault(0);
	else if (!strcmp(verb, "fault")) fault(1);
	else if (!strcmp(verb, "refused")) refused();
	else return strcmp(verb, "exit") == 0 ? -1 : 2;
	return 0;
}

int main(void) {
	char text[256], verb[16], a[64], b[160];
	say_number("", getpid());
	while (line(text, sizeof text)) {
		verb[0] = a[0] = b[0] = 0;
		sscanf(text, "%15s %63s %159s", verb, a, b);
		int end = obey(verb, a, b);
		if (end != 0) return end < 0 ? 0 : end;
	}
	return 0;
}
