package liveness

import (
	"strconv"
	"sync/atomic"

	"vlpd/lean"
)

// HeartbeatEveryNS is how often the heartbeat file is renewed. Whoever watches
// it looks once a minute or so; the original wrote at every turn of its loop,
// a hundred times a second if beats came, each time a new file on flash.
const HeartbeatEveryNS = int64(1e9)

// heartbeat keeps the heartbeat file, in a goroutine of its own: flash may hang.
type heartbeat struct {
	file  heartbeatFile
	beats chan pulse    // one slot; what was not fetched gives way to newer
	done  chan struct{} // closed when the goroutine has ended
	say   func(Level, string)
	clock func() int64

	text       []byte
	limit      limit
	suppressed atomic.Uint64
}

// pulse is what the file says.
type pulse struct {
	turn uint64
	now  int64 // ns on the loop's clock
}

func newHeartbeat(o *Options) *heartbeat {
	return &heartbeat{
		file: newHeartbeatFile(o.HeartbeatPath), beats: make(chan pulse, 1), done: make(chan struct{}),
		say: o.Say, clock: monotonic(), text: make([]byte, 0, 48),
	}
}

// offer is the loop's: it never waits. The loop is the only sender, so the
// slot is free after one look.
func (h *heartbeat) offer(p pulse) {
	select {
	case h.beats <- p:
		return
	default:
	}
	select {
	case <-h.beats:
	default:
	}
	h.beats <- p
}

// run writes until beats is closed, and leaves no half file behind.
func (h *heartbeat) run() {
	for p := range h.beats {
		h.text = strconv.AppendUint(h.text[:0], p.turn, 10)
		h.text = append(h.text, ' ')
		h.text = strconv.AppendInt(h.text, p.now, 10)
		h.text = append(h.text, '\n')
		if err := h.file.write(h.text); err != nil {
			h.complain(err)
		}
	}
	h.file.clean()
	close(h.done)
}

// complain tells the first error at once, and then one a second at the most.
func (h *heartbeat) complain(err error) {
	suppressed, ok := h.limit.pass(h.clock())
	if !ok {
		h.suppressed.Add(1)
		return
	}
	text := "heartbeat file write error: " + err.Error()
	if suppressed > 0 {
		text += " (suppressed " + strconv.FormatUint(suppressed, 10) + ")"
	}
	h.say(Error, text)
}

// limit lets one line a second through.
type limit struct {
	begun      bool
	at         int64
	suppressed uint64
}

// pass reports whether a line may go out, and how many were held back before.
func (m *limit) pass(now int64) (suppressed uint64, ok bool) {
	if m.begun && now-m.at < 1e9 {
		m.suppressed++
		return 0, false
	}
	m.begun, m.at = true, now
	suppressed, m.suppressed = m.suppressed, 0
	return suppressed, true
}

// tmpName is beside path, and nobody else's as long as we live.
func tmpName(path string, pid int) string {
	return path + "." + strconv.Itoa(pid) + ".tmp"
}

var errShort = lean.New("write: fewer bytes taken than given")
