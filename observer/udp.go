package observer

import (
	"golang.org/x/sys/unix"

	"vlpd/config"
	"vlpd/confine"
	"vlpd/diag"
	"vlpd/event"
	"vlpd/intake"
	"vlpd/lean"
	"vlpd/secure"
	"vlpd/vlp"
)

// udpLabel is what the UDP source is called.
const udpLabel = config.UDPLabel

// udpSource is the UDP socket as the loop has it; its source comes after those
// of the lines.
type udpSource struct {
	udp     *intake.UDP
	source  uint16
	trusted bool  // its agents may have commands run
	pending bool  // readable, or not read to its end
	rowAt   int64 // when the last decode row was written
	mute    mute
	name    string
}

// buildUDP opens the UDP socket, if one is asked for, and reads the keys in
// any case: a bad key file is not to be found out later.
func buildUDP(o *observer, _ *event.Format) error {
	l, c := o.loop, &o.c.UDP
	load := func() (*secure.Keys, error) {
		return secure.Load(secure.Files{Primary: c.Key, Accepted: c.Accepted, Master: c.Master})
	}
	keys, err := load()
	if err != nil {
		return err
	}
	if !c.PortSet {
		return nil
	}
	addr := c.Addr()
	cfg := intake.UDPConfig{IP: addr.IP, V4: addr.V4, Port: addr.Port, Text: addr.String(), RcvBuf: c.RcvBuf}
	switch {
	case !keys.Empty():
		cfg.Opener = secure.NewOpener(keys, secure.Config{Senders: max(1024, o.c.Capacity)})
		if !addr.Loopback() {
			o.diag.Say(diag.Warn, "secure UDP listens on a non-loopback address ("+addr.String()+"): frames are sealed, without forward secrecy")
		}
	case c.AcceptPlain && !c.Keyed(): // an empty key file must not open what a key would close
		o.diag.Say(diag.Warn, "UDP on "+addr.String()+" takes frames WITHOUT authentication: anybody who can send there can pretend to be any agent")
	case c.Keyed():
		return lean.New("--udp-port " + addr.String() + " cannot bind: no AEAD keys: there is none in the key files that were given")
	default:
		return lean.New("--udp-port " + addr.String() + " cannot bind: no AEAD keys are configured (--key-file, --accepted-key-file or --master-key-file), " +
			"and --i-accept-plaintext-udp was not passed")
	}
	if o.c.Recovery.IsSet() {
		o.diag.Say(diag.Warn, "recovery on "+transportName(keys)+" listener is enabled: whoever holds a key, or plainly whoever can send, can have the command run. NOT for safety-critical use.")
	}
	var u *intake.UDP
	if err := o.with(confine.Ports|confine.Net, func() (err error) {
		u, err = intake.ListenUDP(cfg)
		return err
	}); err != nil {
		return err
	}
	l.udp = &udpSource{udp: u, source: uint16(len(l.labels) - 1), trusted: c.Recovers()}
	if cfg.Opener != nil {
		l.keyrings = append(l.keyrings, newKeyring("secure UDP", udpLabel, cfg.Opener, load))
	}
	addr.Port = u.Port()
	l.udp.name = addr.String()
	return l.poller.Add(u.FD(), unix.EPOLLIN, tokenUDP)
}

func transportName(keys *secure.Keys) string {
	if keys.Empty() {
		return "plaintext-UDP"
	}
	return "secure-UDP"
}

// receiveUDP serves the UDP socket.
func (l *loop) receiveUDP(batches int) (more bool) {
	u := l.udp
	if u == nil || !u.unmute(l) && !u.pending {
		return false
	}
	for range batches {
		n, err := u.udp.Recv()
		if err != nil {
			l.udpError(err)
			u.pending = false
			u.mute.begin(l, u.udp.FD(), tokenUDP)
			return false
		}
		if n > 0 {
			l.tick()
		}
		if o := u.udp.Opener(); o != nil {
			o.Tick(l.now)
		}
		for i := range n {
			l.udpDatagram(u, i)
		}
		if n < fullBatch {
			u.pending = false
			return false
		}
	}
	return true
}

// udpDatagram is the path of one beat over UDP.
func (l *loop) udpDatagram(u *udpSource, i int) {
	var f vlp.Frame
	c := &l.count.sources[u.source]
	why := u.udp.Take(i, &f)
	switch {
	case why == intake.Accepted && u.udp.Earlier(i):
		why = intake.OutOfOrder
	case why == intake.Accepted:
		out, verdict := l.table.ObserveSealed(l.now, u.source, &f, u.udp.Session(i), l.out[:0])
		l.observed(c, out, verdict)
		return
	}
	if why == intake.Decode && u.udp.Session(i) { // only this frame can show it
		l.table.NewSession(u.source, u.udp.PID(i))
	}
	if fast := l.tooFast(noProcess); fast != intake.Accepted {
		why = fast
	}
	c.dropped[why]++
	if why == intake.Decode {
		l.count.faults[u.udp.Rejection(i).Fault]++
	}
	if u.rowAt != 0 && l.now-u.rowAt < decodeRowEveryNS {
		return // as on a line: who is not proven must not wear the flash
	}
	switch why {
	case intake.Oversize:
		u.rowAt = l.now
		l.emit(&event.Record{At: l.now, Source: u.source, Kind: event.Decode, Code: event.FaultOversize})
	case intake.Decode:
		rej := u.udp.Rejection(i)
		u.rowAt = l.now
		r := event.DecodeRecord(l.now, u.source, rej)
		l.emit(&r)
	}
}

// noProcess stands for all who send over UDP, whose refused datagrams share one limit.
const noProcess = 0

func (l *loop) udpError(err error) {
	l.count.receiveErrors++
	if !l.udp.mute.row(l.now) {
		return
	}
	errno, _ := errnoOf(err)
	l.emit(&event.Record{At: l.now, Source: l.udp.source, Kind: event.IO, Code: uint16(errno)})
}
