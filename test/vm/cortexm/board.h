// The board of these tests, LM3S6965: UART0 is a PL011 at 4000C000, its clock
// gate bit 0 of RCGC1. The clock after reset is 12.5 MHz.
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

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
#define AIRCR REG(0xE000ED0C)

enum { CLOCK_HZ = 12500000, BAUD = 115200, TICKS_PER_SECOND = 100, DEVICE_ID = 42 };
enum { RXFE = 1 << 4, TXFF = 1 << 5, UARTEN = 1, TXE = 1 << 8, RXE = 1 << 9, FIFO_8N1 = 0x70 };

extern volatile uint32_t ticks;

static inline void uart_start(void) {
	RCGC1 |= 1;
	uint32_t divisor64 = CLOCK_HZ * 4u / BAUD; // 64 times CLOCK / (16 * BAUD)
	UART_CR = 0;
	UART_IBRD = divisor64 >> 6;
	UART_FBRD = divisor64 & 63;
	UART_LCRH = FIFO_8N1;
	UART_CR = UARTEN | TXE | RXE;
}

static inline void uart_send(const uint8_t *p, size_t n) {
	while (n--) {
		while (UART_FR & TXFF) {}
		UART_DR = *p++;
	}
}

static inline void ticks_start(void) {
	SYST_RVR = CLOCK_HZ / TICKS_PER_SECOND - 1;
	SYST_CSR = 7; // on, interrupt, processor clock
}

#endif
