package demo

import (
	"strconv"
	"strings"

	"vlpd/lean"
)

// expected is what the plot must have made the observer write at the least:
// the pump, the device, and the device again while its line was unplugged.
var expected = []struct {
	kind  string
	least int
}{
	{"start", 1}, {"beat", 50}, {"stall", 3}, {"recovered", 3}, {"session", 1}, {"line", 3}, {"decode", 1}, {"stop", 1},
}

// summary stops the observer, reads the rest of its log and compares.
func (s *scene) summary(keep bool) error {
	page, err := scrape(s.observer.metrics)
	if err != nil {
		return lean.Wrap("metrics", err)
	}
	for _, a := range s.agents {
		a.stop()
	}
	s.agents = nil
	if err := s.observer.stop(); err != nil {
		return lean.Wrap("the observer did not stop cleanly", err)
	}
	if err := s.log.follow(s.say); err != nil {
		return err
	}
	tell("\nseen in the event log:")
	missing := ""
	for _, e := range expected {
		n := s.log.kinds[e.kind]
		tell("  " + left(e.kind, 10) + " " + strconv.Itoa(n))
		if n < e.least {
			missing += " " + e.kind + " (" + strconv.Itoa(n) + " of " + strconv.Itoa(e.least) + ")"
		}
	}
	tell("\nseen in the metrics:")
	for _, row := range page {
		if interesting(row) {
			tell("  " + row)
		}
	}
	if keep {
		tell("\nthe log stays in " + s.path("events.log"))
	}
	if missing != "" {
		return lean.New("not noticed:" + missing)
	}
	tell("\nall that happened was noticed")
	return nil
}

// interesting picks the rows that tell the story.
func interesting(row string) bool {
	for _, p := range []string{"varta_agent_up", "varta_stalls_total", "varta_agent_restarts_total", "varta_serial_frames_total",
		"varta_serial_skipped_bytes_total", "varta_serial_reopens_total", "varta_log_synced_records_total"} {
		if strings.HasPrefix(row, p) {
			return true
		}
	}
	return false
}
