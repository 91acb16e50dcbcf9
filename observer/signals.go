package observer

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"vlpd/platform"
)

// signals brings signals to the loop: a goroutine of the runtime hears them,
// leaves a note and rings.
type signals struct {
	bell   *platform.Doorbell
	end    atomic.Uint32 // the signal that ends us; 0: none
	hangup atomic.Bool
	state  atomic.Bool // SIGUSR1 asks for it
}

func listenSignals() (*signals, error) {
	bell, err := platform.NewDoorbell()
	if err != nil {
		return nil, err
	}
	s := &signals{bell: bell}
	heard := make(chan os.Signal, 8)
	signal.Notify(heard, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1)
	signal.Ignore(syscall.SIGPIPE)
	go s.hear(heard)
	return s, nil
}

func (s *signals) hear(heard <-chan os.Signal) {
	for sig := range heard {
		switch sig {
		case syscall.SIGHUP:
			s.hangup.Store(true)
		case syscall.SIGUSR1:
			s.state.Store(true)
		default:
			s.end.CompareAndSwap(0, uint32(sig.(syscall.Signal)))
		}
		s.bell.Ring()
	}
}

// take is the number of the signal that asks for the end, 0 if none did.
func (s *signals) take() uint16 { return uint16(s.end.Load()) }

// takeHangup reports SIGHUP once.
func (s *signals) takeHangup() bool { return s.hangup.Load() && s.hangup.Swap(false) }

// takeState reports SIGUSR1 once.
func (s *signals) takeState() bool { return s.state.Load() && s.state.Swap(false) }

// reload is what SIGHUP asks for.
func (l *loop) reload() {
	l.keeper.Reloading()
	if l.log != nil {
		l.log.Reopen()
	}
	if l.audit != nil {
		l.audit.Reopen()
	}
	for _, k := range l.keyrings {
		k.reload(l.notes.log, l.signals.bell.Ring)
	}
	l.keeper.Reloaded()
}
