// A device that beats over its UART, on bare metal, with clients/c/vlp.h.
//
//	first boot    nonces 1..20, one in 100 ms, then a system reset
//	second boot   a line of boot text, nonces 1..10, three seconds of silence,
//	              nonces 11..20, the last one critical; then it sleeps for ever
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
#define AIRCR REG(0xE000ED0C)

enum { CLOCK_HZ = 12500000, BAUD = 115200, TICKS_PER_SECOND = 100, DEVICE_ID = 42 };
enum { TXFF = 1 << 5, UARTEN = 1, TXE = 1 << 8, FIFO_8N1 = 0x70 };

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

static vlp_agent agent;
static vlp_clock uptime;

// beat carries the boot it belongs to, so that the first beats of two boots differ.
static void beat(vlp_status status) {
	uint8_t frame[VLP_SIZE];
	uint64_t now = vlp_ms(&uptime, ticks * (1000u / TICKS_PER_SECOND));
	if (vlp_beat(&agent, (uint8_t)status, boots, now, frame) == VLP_FINE) uart_send(frame, sizeof frame);
}

static void beats(uint32_t n) {
	while (n--) {
		beat(VLP_OK);
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
	vlp_start(&agent, DEVICE_ID);
	if (boots == 1) {
		beats(20);
		system_reset();
	}
	uart_send(text, sizeof text - 1);
	beats(10);
	wait_ticks(3 * TICKS_PER_SECOND);
	beats(9);
	beat(VLP_CRITICAL);
	return 0;
}
