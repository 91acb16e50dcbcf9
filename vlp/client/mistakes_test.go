package client

import (
	"bytes"
	"errors"
	"strings"
	"syscall"
	"testing"
)

func TestMistakes(t *testing.T) {
	key := WithKey(fill(1))
	var s serial
	for _, m := range []struct {
		what string
		err  func() error
		want string
	}{
		{"no path", func() error { _, err := Dial(""); return err }, "is empty"},
		{"abstract", func() error { _, err := Dial("@vlpd"); return err }, "abstract sockets"},
		{"abstract", func() error { _, err := Dial("\x00vlpd"); return err }, "abstract sockets"},
		{"long", func() error { _, err := Dial("/" + strings.Repeat("x", 107)); return err }, "at most 107 bytes, got 108"},
		{"key on a socket", func() error { _, err := Dial("/s", key); return err }, "the kernel proves"},
		{"id on a socket", func() error { _, err := Dial("/s", WithID(7)); return err }, "the kernel proves"},
		{"absent", func() error { _, err := Dial("/nowhere/s", RequireObserver()); return err }, "no observer"},
		{"negative", func() error { _, err := Dial("/s", ReconnectAfter(-1)); return err }, "expected 0 or more"},
		{"name", func() error { _, err := DialUDP("gateway:9"); return err }, "not IP:PORT"},
		{"no port", func() error { _, err := DialUDP("127.0.0.1:0"); return err }, "port 0"},
		{"zone", func() error { _, err := DialUDP("[fe80::1%eth0]:9"); return err }, "number of an interface"},
		{"id 1", func() error { _, err := DialUDP("127.0.0.1:9", WithID(1)); return err }, "no agents"},
		{"two keys", func() error { _, err := DialUDP("127.0.0.1:9", key, WithMasterKey(fill(2))); return err }, "more than one key"},
		{"no writer", func() error { _, err := NewWriter(nil, 7); return err }, "no writer"},
		{"device 1", func() error { _, err := NewWriter(&s, 1); return err }, "cannot beat as 1"},
		{"device 0", func() error { _, err := NewWriter(&s, 0); return err }, "cannot beat as"},
		{"short key", func() error { _, err := ParseKey("ab"); return err }, "got 2 characters"},
		{"bad key", func() error { _, err := ParseKey(strings.Repeat("zz", 32)); return err }, "something else"},
	} {
		if err := m.err(); err == nil || !strings.Contains(err.Error(), m.want) {
			t.Errorf("%s: %v, want %q", m.what, err, m.want)
		}
	}
	_, err := Dial("/nowhere/s", RequireObserver())
	if !errors.Is(err, syscall.ENOENT) {
		t.Errorf("%v does not keep the errno", err)
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	k := fill(0x41)
	var b bytes.Buffer
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		b.WriteString(sprintf(format, k))
		b.WriteString(sprintf(format, struct{ K Key }{k}))
	}
	if s := b.String(); strings.Contains(s, "AAAA") || strings.Contains(s, "4141") || strings.Contains(s, "65 65") || strings.Contains(s, "0x41") {
		t.Error(s)
	}
}
