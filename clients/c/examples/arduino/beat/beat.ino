// A sketch that beats once a second over its serial port. Copy vlp.h beside it.
#include "vlp.h"

const uint32_t DEVICE_ID = 7;
const uint32_t BEAT_MS = 1000;

static vlp_agent agent;
static vlp_clock uptime;
static uint32_t last;

void beat(uint8_t status, uint32_t payload) {
  uint8_t frame[VLP_SIZE];
  if (vlp_beat(&agent, status, payload, vlp_ms(&uptime, millis()), frame) == VLP_FINE) {
    Serial.write(frame, sizeof frame);
  }
}

void setup() {
  Serial.begin(115200);
  vlp_start(&agent, DEVICE_ID);
  beat(VLP_OK, analogRead(A0)); // differs from start to start, see vlp_start
  last = millis();
}

void loop() {
  if (millis() - last >= BEAT_MS) {
    last += BEAT_MS;
    beat(VLP_OK, analogRead(A0));
  }
  // the work of the device; it must not block for longer than the observer's threshold
}
