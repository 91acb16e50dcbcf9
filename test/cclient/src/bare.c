// What vectors.c needs where there is nothing: a way out for a character, an
// end, and what the compiler may call.
//
//	Cortex-M   with test/vm/cortexm/startup.c; semihosting, as Arm's document of
//	           that name has it: BKPT 0xAB, the call in r0, its argument in r1
//	AVR        with avr-libc; UART 0, and sleep with interrupts off, which ends simavr
//	RISC-V     as a Linux program without a library, for qemu-riscv32
#include <stddef.h>
#include <stdint.h>

void put_char(char c);

#if defined(__arm__)

int test_main(void);
enum { SYS_WRITEC = 3, SYS_EXIT = 0x18, APPLICATION_EXIT = 0x20026, RUN_TIME_ERROR = 0x20023 };

static void semihosting(int call, const void *argument) {
	register int r0 __asm__("r0") = call;
	register const void *r1 __asm__("r1") = argument;
	__asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

void put_char(char c) { semihosting(SYS_WRITEC, &c); }

// Unaligned words are a fault, as on a Cortex-M0: UNALIGN_TRP in the CCR, ARMv7-M B3.2.8.
int main(void) {
	*(volatile uint32_t *)0xE000ED14 |= 1u << 3;
	semihosting(SYS_EXIT, (const void *)(test_main() == 0 ? APPLICATION_EXIT : RUN_TIME_ERROR));
	return 0;
}

#elif defined(__AVR__)

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

int test_main(void);

void put_char(char c) {
	while (!(UCSR0A & _BV(UDRE0))) {}
	UDR0 = (uint8_t)c;
}

int main(void) {
	UCSR0B = _BV(TXEN0);
	test_main();
	while (!(UCSR0A & _BV(UDRE0))) {}
	cli();
	sleep_enable();
	sleep_cpu();
	return 0;
}

#else

int test_main(void);
enum { SYS_WRITE = 64, SYS_EXIT = 93 };

static void kernel(long call, long a, const void *b, long c) {
	register long a7 __asm__("a7") = call;
	register long a0 __asm__("a0") = a;
	register const void *a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
}

void put_char(char c) { kernel(SYS_WRITE, 1, &c, 1); }

void _start(void) {
	for (;;) kernel(SYS_EXIT, test_main(), NULL, 0);
}

void *memset(void *to, int value, size_t n) {
	for (uint8_t *p = to; n--;) *p++ = (uint8_t)value;
	return to;
}

#endif

#ifndef __AVR__

void *memmove(void *to, const void *from, size_t n) {
	uint8_t *t = to;
	const uint8_t *f = from;
	if (t < f) {
		for (; n > 0; n--) *t++ = *f++;
	}
	for (; n > 0; n--) t[n - 1] = f[n - 1];
	return to;
}

void *memcpy(void *to, const void *from, size_t n) { return memmove(to, from, n); }

int memcmp(const void *a, const void *b, size_t n) {
	const uint8_t *x = a, *y = b;
	for (; n > 0; n--, x++, y++) {
		if (*x != *y) return *x - *y;
	}
	return 0;
}

#endif
