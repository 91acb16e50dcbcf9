// Package sink is the event log: how rows reach flash.
//
// The promise: a row that was reported synced (Stats.Synced) is never lost, no
// row is ever glued to a torn one, and what survives a crash, a power cut or a
// failing disk has no hole before the last synced row. It holds wherever
// fdatasync tells the truth and a file system keeps the changes of one folder
// in order (ext4, f2fs, UBIFS, JFFS2). vfat does not, and is made to as far as can
// be (fat.go); exFAT is not. Observing never waits for it: Push takes a copy into
// a ring and returns.
//
// # File
//
// Rows end in LF, hold no NUL and none is split between files. A file begins
// with a start row (wall clock), so that each of its rows can be dated; one is
// also written at each start of the program. Rows stand in the order of their
// events. Where rows are missing, a lost row says how many and why.
//
// # Names
//
// PATH is written to. PATH.1 is the generation before it, PATH.2 the one
// before that, up to PATH.N. A generation never exceeds Options.MaxBytes: the
// row that would exceed it goes to the next one. Only a row that is longer by
// itself does, alone in its file. A gap in the numbers, left by a crash between
// two renames, is closed by the next rotation, which moves only the files
// before the gap. Files beyond N are not ours and are left alone. After a
// failed sync the rows since the last good one are written again to a new
// generation; a reader may then see them twice, in two files. A file that
// nothing of was ever synced is deleted instead, if it still is the one that was
// begun: its disk may have been mounted anew, without our last renames.
//
// # Cutting
//
// At a start and at a reopening, PATH and its generations are cut behind the
// last LF before the first NUL or the end. A power cut leaves such tails, torn
// or full of NULs, where length was stored before content. Only the end of a
// file is read, but at least twice what can be unsynced (Options.Unsynced). A
// file that cannot be read or cut is not appended to; it becomes PATH.1. Between
// a failed sync and the next start, PATH.1 may end in such a tail: what the
// cache shows of it, as long as it does, is not what the disk has.
//
// # Disks that fail for long
//
// A file whose sync failed is closed at once, and any other after some seconds
// of failures, but not on a full disk. So the disk can be unmounted, and what is
// mounted there next is written to. On a file system that has become read-only
// no sync counts, even where the kernel says that it was done.
//
// # Deleted files
//
// Each sync looks whether the file still has a name. One that was deleted is
// closed, and the rows since the last sync are written to a new one under PATH.
// One that was moved is written on until Reopen or the next rotation.
//
// # What it does not do
//
// It creates no folders, compresses nothing, and deletes a generation only to
// rotate or when the disk is full. Two processes must not write to one PATH.
// Anything but a regular file (/dev/null) is written to, but never renamed,
// cut or synced.
package sink
