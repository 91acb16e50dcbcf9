// The device of test/vm/field: it beats over its UART for ever, on bare metal.
//
// A beat in 100 ms, nonces from 1 after every reset, and as its payload the
// number of resets since power-on. A byte 'h' from outside makes it hang as
// firmware does: interrupts off, no way out but a reset.
//
// LM3S6965: UART0 is a PL011 at 4000C000, its clock gate bit 0 of RCGC1. The
// clock after reset is 12.5 MHz.
#include "vlp.h"

#define REG(address) (*(volatile uint32_t *)(address))
#define RCGC1 REG(0x400FE104)
#define UART_DR REG(0x4000C000)
#define UART_FR REG(0x4000C018)
#define UART_IBRD REG(0x4000C024)
#define UART_FBRD REG(0x4000C028)
#define UART_LCRH REG(0x4000C02C)
#define UART_CR REG(0x4000C030)
#define SYST_CSR REG(0xE000E010)
#define SYST_RVR REG(0xE000E014)

enum { CLOCK_HZ = 12500000, BAUD = 115200, TICKS_PER_SECOND = 100, DEVICE_ID = 42 };
enum { RXFE = 1 << 4, TXFF = 1 << 5, UARTEN = 1, TXE = 1 << 8, RXE = 1 << 9, FIFO_8N1 = 0x70 };

extern volatile uint32_t ticks;
__attribute__((section(".noinit"))) static volatile uint32_t boot_magic, boots;

static void uart_start(void) {
	RCGC1 |= 1;
	uint32_t divisor64 = CLOCK_HZ * 4u / BAUD; // 64 times CLOCK / (16 * BAUD)
	UART_CR = 0;
	UART_IBRD = divisor64 >> 6;
	UART_FBRD = divisor64 & 63;
	UART_LCRH = FIFO_8N1;
	UART_CR = UARTEN | TXE | RXE;
}

static void uart_send(const uint8_t *p, size_t n) {
	while (n--) {
		while (UART_FR & TXFF) {}
		UART_DR = *p++;
	}
}

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
	SYST_RVR = CLOCK_HZ / TICKS_PER_SECOND - 1;
	SYST_CSR = 7; // on, interrupt, processor clock
	vlp_start(&agent, DEVICE_ID);
	for (uint32_t next = ticks;; wait_until(next)) {
		next += TICKS_PER_SECOND / 10;
		uint64_t now = vlp_ms(&clock, ticks * (1000u / TICKS_PER_SECOND));
		if (vlp_beat(&agent, VLP_OK, boots, now, frame) == VLP_FINE) uart_send(frame, sizeof frame);
	}
}
