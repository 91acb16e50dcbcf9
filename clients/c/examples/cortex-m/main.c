// A bare Cortex-M that beats once a second over its UART, and says so when it
// crashes. For the LM3S6965 (qemu: lm3s6965evb); what is of that part only is
// between the two lines. Start code and linker script: test/vm/cortexm.
#include "vlp.h"

// ---- the part: UART0 is a PL011, 12.5 MHz after reset, SysTick of ARMv7-M

#define REG(address) (*(volatile uint32_t *)(address))
#define RESC REG(0x400FE05C) // cause of the reset, bits stay until written
#define RCGC1 REG(0x400FE104)
#define UART_DR REG(0x4000C000)
#define UART_FR REG(0x4000C018)
#define UART_IBRD REG(0x4000C024)
#define UART_FBRD REG(0x4000C028)
#define UART_LCRH REG(0x4000C02C)
#define UART_CR REG(0x4000C030)
#define SYST_CSR REG(0xE000E010)
#define SYST_RVR REG(0xE000E014)

enum { CLOCK_HZ = 12500000, BAUD = 115200, TX_FULL = 1 << 5 };

extern volatile uint32_t ticks; // of the start code, by SysTick

static void uart_start(void) {
	RCGC1 |= 1;
	uint32_t divisor64 = CLOCK_HZ * 4u / BAUD; // 64 times CLOCK / (16 * BAUD)
	UART_CR = 0;
	UART_IBRD = divisor64 >> 6;
	UART_FBRD = divisor64 & 63;
	UART_LCRH = 0x70;  // 8N1, FIFO
	UART_CR = 0x101;   // on, transmitter on
}

static void uart_send(const uint8_t *p, size_t n) {
	for (; n > 0; n--) {
		while (UART_FR & TX_FULL) {}
		UART_DR = *p++;
	}
}

static void clock_start(void) {
	SYST_RVR = CLOCK_HZ / 1000 - 1; // one tick a millisecond
	SYST_CSR = 7;
}

// ---- the device

#ifndef BEAT_MS
#define BEAT_MS 1000
#endif
enum { DEVICE_ID = 42 };

static vlp_agent agent;
static vlp_clock uptime;

static void beat(vlp_status status, uint32_t payload) {
	uint8_t frame[VLP_SIZE];
	if (vlp_beat(&agent, (uint8_t)status, payload, vlp_ms(&uptime, ticks), frame) == VLP_FINE) {
		uart_send(frame, sizeof frame);
	}
}

// last_words is called by the fault handlers of the start code, and only reads.
void last_words(void) {
	uint8_t frame[VLP_SIZE];
	if (vlp_panic(&agent, 0, 0, frame) == VLP_FINE) uart_send(frame, sizeof frame);
}

int main(void) {
	uart_start();
	clock_start();
	vlp_start(&agent, DEVICE_ID);
	beat(VLP_OK, RESC); // the first beat says why there was a reset
	for (uint32_t last = 0, n = 1;; n++) {
		while (ticks - last < BEAT_MS) __asm__("wfi");
		last += BEAT_MS;
		beat(VLP_OK, n);
#ifdef FAULT_AFTER // a crash, to see the last frame
		if (n == FAULT_AFTER) __builtin_trap();
#endif
	}
}
