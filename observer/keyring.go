package observer

import (
	"vlpd/diag"
	"vlpd/lean"
	"vlpd/secure"
)

// keyring is the keys of one source, which SIGHUP has read again.
type keyring struct {
	source string // for people
	file   string // for the names of files
	opener *secure.Opener
	load   func() (*secure.Keys, error) // as at start
	fresh  chan *secure.Keys            // that were read again; nil: they stay as they are
	busy   bool                         // somebody reads them
	again  bool                         // they may have changed since
}

func newKeyring(source, file string, o *secure.Opener, load func() (*secure.Keys, error)) *keyring {
	return &keyring{source: source, file: file, opener: o, load: load, fresh: make(chan *secure.Keys, 1)}
}

// reload has the key files read, by a goroutine since flash may hang; ring
// wakes the loop, which then calls take.
func (k *keyring) reload(log *diag.Log, ring func()) {
	if k.again = k.busy; k.busy {
		return
	}
	k.busy = true
	go func() {
		keys, err := k.load()
		if err == nil && keys.Empty() {
			err = lean.New("no key in any of the key files")
		}
		if err != nil {
			log.SayError(diag.Error, "SIGHUP: the keys of "+k.source+" stay as they are", err)
			keys = nil
		}
		k.fresh <- keys
		ring()
	}()
}

// take puts keys that were read again into use.
func (k *keyring) take(log *diag.Log, ring func()) {
	if !k.busy {
		return
	}
	select {
	case keys := <-k.fresh:
		k.busy = false
		if keys != nil {
			k.opener.Swap(keys).Wipe()
			log.Say(diag.Info, "the keys of "+k.source+" were read again")
		}
		if k.again {
			k.reload(log, ring)
		}
	default:
	}
}
