// A stub: see README.md.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define HIGH 1
#define LOW 0
#define OUTPUT 1
#define A0 14

uint32_t millis(); // 32 bits, as on the boards
void pinMode(uint8_t pin, uint8_t mode);
void digitalWrite(uint8_t pin, uint8_t level);
int analogRead(uint8_t pin);

class HardwareSerial {
public:
	void begin(unsigned long baud);
	size_t write(const uint8_t *p, size_t n);
	void flush();
};
extern HardwareSerial Serial;

void setup();
void loop();
