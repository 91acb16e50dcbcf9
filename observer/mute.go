package observer

import (
	"time"

	"golang.org/x/sys/unix"
)

// mutePause is how long a socket is left alone that could not be received from.
// What waits in it stays there, so that it would be ready, and fail, in every
// turn: a kernel without recvmmsg(2), or one whose security module refuses it.
const mutePause = int64(100 * time.Millisecond)

// mute says so of one socket.
type mute struct {
	until int64 // when it is tried again; 0: it is heard
	rowAt int64 // when the last row of an error was written
}

// begin takes the socket fd out of what the loop waits for.
func (m *mute) begin(l *loop, fd int, token uint64) {
	m.until = l.now + mutePause
	l.poller.Mod(fd, 0, token)
}

// over reports that the pause has ended.
func (m *mute) over(now int64) bool { return m.until != 0 && now >= m.until }

// row reports whether an error is to be a row: one a second, as on a line. The
// counter has them all.
func (m *mute) row(now int64) bool {
	if m.rowAt != 0 && now-m.rowAt < decodeRowEveryNS {
		return false
	}
	m.rowAt = now
	return true
}

// unmute waits for the socket again.
func (u *udpSource) unmute(l *loop) bool {
	if !u.mute.over(l.now) {
		return false
	}
	u.mute.until = 0
	l.poller.Mod(u.udp.FD(), unix.EPOLLIN, tokenUDP)
	return true
}

// retryAt is when a muted socket is tried again; 0: never.
func (u *udpSource) retryAt() int64 {
	if u == nil {
		return 0
	}
	return u.mute.until
}
