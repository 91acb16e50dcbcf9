// The device of test/vm/field: it beats over its UART for ever, on bare metal.
//
// A beat in 100 ms, nonces from 1 after every reset, and as its payload the
// number of resets since power-on. A byte 'h' from outside makes it hang as
// firmware does: interrupts off, no way out but a reset.
#include "board.h"
#include "vlp.h"

__attribute__((section(".noinit"))) static volatile uint32_t boot_magic, boots;

static void hang(void) {
	__asm__ volatile("cpsid i");
	for (;;) {}
}

static void wait_until(uint32_t tick) {
	while ((int32_t)(ticks - tick) < 0) {
		if (!(UART_FR & RXFE) && (UART_DR & 0xFF) == 'h') hang();
		__asm__ volatile("wfi");
	}
}

int main(void) {
	static vlp_agent agent;
	static vlp_clock clock;
	uint8_t frame[VLP_SIZE];
	if (boot_magic != 0xB007B007) boot_magic = 0xB007B007, boots = 0;
	boots = boots + 1;
	uart_start();
	ticks_start();
	vlp_start(&agent, DEVICE_ID);
	for (uint32_t next = ticks;; wait_until(next)) {
		next += TICKS_PER_SECOND / 10;
		uint64_t now = vlp_ms(&clock, ticks * (1000u / TICKS_PER_SECOND));
		if (vlp_beat(&agent, VLP_OK, boots, now, frame) == VLP_FINE) uart_send(frame, sizeof frame);
	}
}
