// Start of a Cortex-M3 without a library: the vector table, memory as C
// expects it, then main. ARMv7-M Architecture Reference Manual, B1.5.
#include <stdint.h>

extern uint32_t stack_top, data_start, data_end, data_load, bss_start, bss_end;
int main(void);

void reset(void) {
	uint32_t *from = &data_load;
	for (volatile uint32_t *to = &data_start; to < &data_end;) *to++ = *from++;
	for (volatile uint32_t *to = &bss_start; to < &bss_end;) *to++ = 0;
	main();
	for (;;) __asm__("wfi");
}

// A program may have something to say before it stands still.
__attribute__((weak)) void last_words(void) {}

static void fault(void) {
	last_words();
	for (;;) __asm__("wfi");
}

volatile uint32_t ticks;
static void systick(void) { ticks++; }

__attribute__((section(".vectors"), used)) static void *const vectors[16] = {
	&stack_top, reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, systick,
};

// The compiler may call this even without a library.
void *memset(void *to, int value, unsigned n) {
	for (uint8_t *p = to; n--;) *p++ = (uint8_t)value;
	return to;
}
