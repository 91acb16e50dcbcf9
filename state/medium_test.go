package state

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// medium is a file system of which is known what a power cut would leave: the
// content of a file is on the disk after Fdatasync, a name after SyncDir.
type medium struct {
	cut   int // steps until the power goes, or the error comes
	err   error
	files map[string]*inode // as programs see them
	disk  map[string]*inode // as names on the disk have them
}

type inode struct {
	data, synced []byte
	m            *medium
}

var errCut = errors.New("the power is gone")

func (m *medium) step() error {
	if m.cut--; m.cut < 0 {
		return m.err
	}
	return nil
}

func (m *medium) Create(path string) (File, error) {
	if err := m.step(); err != nil {
		return nil, err
	}
	f := &inode{m: m}
	m.files[path] = f
	return f, nil
}

func (m *medium) Rename(from, to string) error {
	if err := m.step(); err != nil {
		return err
	}
	m.files[to] = m.files[from]
	delete(m.files, from)
	return nil
}

func (m *medium) SyncDir(string) error {
	if err := m.step(); err != nil {
		return err
	}
	m.disk = map[string]*inode{}
	for name, f := range m.files {
		m.disk[name] = f
	}
	return nil
}

func (f *inode) Write(p []byte) (int, error) {
	if err := f.m.step(); err != nil {
		f.data = append(f.data, p[:len(p)/2]...)
		return len(p) / 2, err
	}
	f.data = append(f.data, p...)
	return len(p), nil
}

func (f *inode) Fdatasync() error {
	if err := f.m.step(); err != nil {
		return err
	}
	f.synced = bytes.Clone(f.data)
	return nil
}

func (f *inode) Close() error { return nil }

// after puts what a cut leaves into a real folder: each name as it is on the
// disk, or already as programs saw it, which the kernel is free to have written.
func (m *medium) after(t *testing.T, dir string, early bool) {
	t.Helper()
	names := m.disk
	if early {
		names = m.files
	}
	for name, f := range names {
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(trim(name))), f.synced, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
