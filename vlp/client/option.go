package client

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
)

// Option changes how a client is made.
type Option func(*settings) error

// settings are those of a client in the making.
type settings struct {
	reconnectAfter int
	require        bool
	id             uint32
	seal           *seal
	stream         bool // frames stand in a stream of bytes
}

// defaultReconnectAfter is 10 s of a full queue for whoever beats once a second.
const defaultReconnectAfter = 10

func gather(options []Option) (*settings, error) {
	o := &settings{reconnectAfter: defaultReconnectAfter}
	for _, option := range options {
		if err := option(o); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// RequireObserver makes it an error that the observer cannot be reached when
// the client is made. On UDP that is hardly ever known.
func RequireObserver() Option {
	return func(o *settings) error {
		o.require = true
		return nil
	}
}

// ReconnectAfter has the client connect again after n beats in a row that could
// not be sent for want of room, 10 if this option is not given, and at once for
// any other reason. The last of them is then sent again. With 0 only Reconnect
// connects. A writer is never connected again.
func ReconnectAfter(n int) Option {
	return func(o *settings) error {
		if n < 0 {
			return errors.New("client: ReconnectAfter(" + strconv.Itoa(n) + "): expected 0 or more")
		}
		o.reconnectAfter = n
		return nil
	}
}

// WithID has frames over UDP bear this id, 2 or above, and not that of the
// process: for programs that are process 1 of their container, and for those
// that are to be the same agent after each start. A master key is derived for it.
func WithID(id uint32) Option {
	return func(o *settings) error {
		if id < 2 {
			return errors.New("client: WithID(" + strconv.FormatUint(uint64(id), 10) + "): ids 0 and 1 are no agents")
		}
		o.id = id
		return nil
	}
}

// Key is a secret of 32 bytes. It does not print itself.
type Key [32]byte

// String keeps keys out of logs.
func (Key) String() string { return "[key]" }

// GoString keeps keys out of logs, also those with %#v.
func (Key) GoString() string { return "[key]" }

// ParseKey reads a key as the observer's key files have it: 64 hex digits, with
// white space around them. An error shows nothing of it.
func ParseKey(text string) (k Key, err error) {
	digits := strings.TrimSpace(text)
	if len(digits) != 2*len(k) {
		return Key{}, errors.New("client: a key has 64 hex digits, got " + strconv.Itoa(len(digits)) + " characters")
	}
	if _, err := hex.Decode(k[:], []byte(digits)); err != nil {
		return Key{}, errors.New("client: a key has 64 hex digits, and this has something else among them")
	}
	return k, nil
}

// WithKey seals frames under a key that others may have too (the observer's
// --key-file): 60 bytes a frame.
func WithKey(k Key) Option { return withSeal(seal{key: k}) }

// WithMasterKey seals frames under a key that is derived from this one for our
// id (--master-key-file): 64 bytes a frame. Whoever has the master key has those
// of all agents; DeriveKey makes the one that a single device needs.
func WithMasterKey(k Key) Option { return withSeal(seal{key: k, master: true}) }

// WithDerivedKey is WithMasterKey for a device that was given only its own key,
// made by DeriveKey for its id.
func WithDerivedKey(k Key) Option { return withSeal(seal{key: k, master: true, derived: true}) }

func withSeal(s seal) Option {
	return func(o *settings) error {
		if o.seal != nil {
			return errors.New("client: more than one key")
		}
		fresh := s // a session is one client's, an option may be given to many
		o.seal = &fresh
		return nil
	}
}
