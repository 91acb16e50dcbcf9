package secret

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const digits = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F"

func write(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadToken(t *testing.T) {
	for _, text := range []string{digits, digits + "\n", "\t " + digits + " \r\n\n", strings.ToUpper(digits)} {
		got, err := ReadToken(write(t, text, 0o600))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		for i, b := range got {
			if int(b) != i {
				t.Fatalf("%q: byte %d is %d", text, i, b)
			}
		}
	}
}

func TestReadTokenRefusesText(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "token hex must be 64 characters, got 0"},
		{digits[1:], "token hex must be 64 characters, got 63"},
		{digits + "0", "token hex must be 64 characters, got 65"},
		{digits + "\n" + digits, "token hex must be 64 characters, got 129"},
		{"g" + digits[1:], "token has an invalid hex character 'g' at position 0"},
		{digits[:63] + "@", "token has an invalid hex character '@' at position 63"},
		{digits[:20] + "\x00" + digits[21:], `invalid hex character '\x00' at position 20`},
	} {
		path := write(t, c.text, 0o600)
		got, err := ReadToken(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("%q: error %v, want %q", c.text, err, c.want)
		}
		if got != [32]byte{} {
			t.Errorf("%q: a token came with the error", c.text)
		}
		if err != nil && strings.Contains(err.Error(), digits[:8]) {
			t.Errorf("%q: the error shows the secret: %v", c.text, err)
		}
	}
}

func TestPermissions(t *testing.T) {
	for _, c := range []struct {
		mode os.FileMode
		word string
	}{
		{0o600, ""}, {0o400, ""}, {0o700, ""},
		{0o640, "insecure permissions 640 (must be 0600 or stricter)"},
		{0o604, "insecure permissions 604 (must be 0600 or stricter)"},
		{0o610, "insecure permissions 610"},
		{0o666, "insecure permissions 666"},
	} {
		_, err := ReadFile(write(t, digits, c.mode))
		if c.word == "" && err != nil {
			t.Errorf("%o: %v", c.mode, err)
		}
		if c.word != "" && (!errors.Is(err, ErrPermissions) || !strings.Contains(err.Error(), c.word)) {
			t.Errorf("%o: error %v, want %q", c.mode, err, c.word)
		}
	}
}

// The order matters to whoever reads the message: the first cause is named.
func TestJudgeOrder(t *testing.T) {
	for _, c := range []struct {
		mode, owner, uid uint32
		want             error
		text             string
	}{
		{unix.S_IFREG | 0o600, 7, 7, nil, ""},
		{unix.S_IFREG | 0o600, 0, 0, nil, ""},
		{unix.S_IFREG | 0o400, 1000, 1000, nil, ""},
		{unix.S_IFREG | 0o600, 0, 1000, ErrOwner, "owned by uid 0, expected uid 1000"},
		{unix.S_IFREG | 0o600, 1000, 0, ErrOwner, "owned by uid 1000, expected uid 0"},
		{unix.S_IFREG | 0o007, 0, 0, ErrPermissions, "insecure permissions 007 (must be 0600 or stricter)"},
		{unix.S_IFCHR | 0o600, 0, 0, ErrNotRegular, "must be a regular file"},
		{unix.S_IFDIR | 0o777, 1, 7, ErrNotRegular, "must be a regular file"},
		{unix.S_IFREG | 0o644, 1, 7, ErrPermissions, "insecure permissions 644 (must be 0600 or stricter)"},
		{unix.S_IFREG | 0o040, 1, 7, ErrPermissions, "insecure permissions 040 (must be 0600 or stricter)"},
		{unix.S_IFREG | 0o600, 1, 7, ErrOwner, "owned by uid 1, expected uid 7"},
	} {
		err := judge(c.mode, c.owner, c.uid)
		if !errors.Is(err, c.want) || (err != nil && err.Error() != c.text) {
			t.Errorf("judge(%o, %d, %d) = %v, want %q", c.mode, c.owner, c.uid, err, c.text)
		}
	}
}

func TestOwner(t *testing.T) {
	if unix.Getuid() != 0 {
		t.Skip("giving a file away needs root")
	}
	path := write(t, digits, 0o600)
	if err := os.Chown(path, 12345, -1); err != nil {
		t.Fatal(err)
	}
	_, err := ReadFile(path)
	if !errors.Is(err, ErrOwner) || !strings.Contains(err.Error(), "owned by uid 12345, expected uid 0") {
		t.Fatalf("error %v", err)
	}
}

func TestNotAFile(t *testing.T) {
	dir := t.TempDir()
	target := write(t, digits, 0o600)
	link, fifo, loop := filepath.Join(dir, "link"), filepath.Join(dir, "fifo"), filepath.Join(dir, "loop")
	for _, err := range []error{os.Symlink(target, link), unix.Mkfifo(fifo, 0o600), os.Symlink(loop, loop)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		path string
		want error
	}{
		{link, ErrSymlink},
		{loop, ErrSymlink},
		{filepath.Join(loop, "token"), unix.ELOOP},
		{fifo, ErrNotRegular},
		{dir, ErrNotRegular},
		{"/dev/null", ErrNotRegular},
		{filepath.Join(dir, "none"), fs.ErrNotExist},
		{filepath.Join(target, "below"), unix.ENOTDIR},
	} {
		if _, err := ReadFile(c.path); !errors.Is(err, c.want) || !strings.HasPrefix(err.Error(), c.path+": ") {
			t.Errorf("%s: error %v, want %v", c.path, err, c.want)
		}
	}
}

func TestSize(t *testing.T) {
	full := strings.Repeat("x", MaxBytes)
	got, err := ReadFile(write(t, full, 0o600))
	if err != nil || !bytes.Equal(got, []byte(full)) {
		t.Fatalf("%d bytes, error %v", len(got), err)
	}
	if _, err := ReadFile(write(t, full+"x", 0o600)); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("error %v", err)
	}
}

func FuzzParseHex(f *testing.F) {
	for _, s := range []string{"", digits, digits[1:], "g" + digits[1:], strings.ToUpper(digits)} {
		f.Add([]byte(s))
	}
	const lower = "0123456789abcdef"
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := ParseHex(text)
		if err != nil {
			return
		}
		var back []byte
		for _, b := range key {
			back = append(back, lower[b>>4], lower[b&15])
		}
		if string(back) != strings.ToLower(string(text)) {
			t.Fatalf("%q became %q", text, back)
		}
	})
}
