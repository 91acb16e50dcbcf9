// A device that beats over its UART, on bare metal.
//
//	first boot    nonces 1..20, one in 100 ms, then a system reset
//	second boot   a line of boot text, nonces 1..10, three seconds of silence,
//	              nonces 11..20, the last one critical; then it sleeps for ever
//
// LM3S6965: UART0 is a PL011 at 4000C000, its clock gate bit 0 of RCGC1. The
// clock after reset is 12.5 MHz.
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
enum { TXFF = 1 << 5, UARTEN = 1, TXE = 1 << 8, FIFO_8N1 = 0x70 };
enum { OK = 0, CRITICAL = 2 };

extern volatile uint32_t ticks;
__attribute__((section(".noinit"))) static volatile uint32_t boot_magic, boots;

static void uart_start(void) {
	RCGC1 |= 1;
	uint32_t divisor64 = CLOCK_HZ * 4u / BAUD; // 64 times CLOCK / (16 * BAUD)
	UART_CR = 0;
	UART_IBRD = divisor64 >> 6;
	UART_FBRD = divisor64 & 63;
	UART_LCRH = FIFO_8N1;
	UART_CR = UARTEN | TXE;
}

static void uart_send(const uint8_t *p, size_t n) {
	while (n--) {
		while (UART_FR & TXFF) {}
		UART_DR = *p++;
	}
}

static void wait_ticks(uint32_t n) {
	uint32_t begun = ticks;
	while (ticks - begun < n) __asm__("wfi");
}

static uint32_t crc32c(const uint8_t *p, size_t n) {
	uint32_t c = 0xFFFFFFFFu;
	while (n--) {
		c ^= *p++;
		for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ 0x82F63B78u : c >> 1;
	}
	return ~c;
}

static void put32(uint8_t *p, uint32_t v) {
	for (int i = 0; i < 4; i++) p[i] = (uint8_t)(v >> 8 * i);
}

static void beat(uint8_t status, uint32_t nonce) {
	uint8_t f[32] = {'V', 'A', 2, status};
	put32(f + 4, DEVICE_ID);
	put32(f + 8, ticks * (1000000000u / TICKS_PER_SECOND)); // low word of ns
	put32(f + 16, nonce);
	put32(f + 24, boots);
	put32(f + 28, crc32c(f, 28));
	uart_send(f, sizeof f);
}

static void beats(uint32_t first, uint32_t last) {
	for (uint32_t n = first; n <= last; n++) {
		beat(OK, n);
		wait_ticks(TICKS_PER_SECOND / 10);
	}
}

static void system_reset(void) {
	AIRCR = 0x05FA0004; // key, SYSRESETREQ
	for (;;) {}
}

int main(void) {
	static const uint8_t text[] = "\r\nVA boot 2, firmware 1.0, V\r\n";
	if (boot_magic != 0xB007B007) boot_magic = 0xB007B007, boots = 0;
	boots = boots + 1;
	uart_start();
	SYST_RVR = CLOCK_HZ / TICKS_PER_SECOND - 1;
	SYST_CSR = 7; // on, interrupt, processor clock
	if (boots == 1) {
		beats(1, 20);
		system_reset();
	}
	uart_send(text, sizeof text - 1);
	beats(1, 10);
	wait_ticks(3 * TICKS_PER_SECOND);
	beats(11, 19);
	beat(CRITICAL, 20);
	return 0;
}
