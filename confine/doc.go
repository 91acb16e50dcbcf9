// Package confine takes away from this process what it does not need: the user
// that started it, capabilities, and system calls and files.
//
// Credentials, no_new_privs and Landlock domains belong to threads, and a Go
// program has several, which are made when the runtime likes. Everything here is
// done on all of them at once (syscall.AllThreadsSyscall, in a program without
// cgo); threads that come later are copies. With is the exception: it raises a
// capability in one thread for one call.
//
// The order at start, for whoever calls: what is opened once and needs root is
// opened; Become changes the user and keeps, not in effect, what the rest of
// start-up needs; the rest is done as the new user, with With around what needs
// more; Limit and Sandbox take away that as well. AllThreadsSyscall waits for
// every thread, one that hangs in a driver too, so all of this but the last
// Limit comes before anything is opened that may hang.
//
// A kernel that lacks Landlock or seccomp is no error, it is told. A kernel that
// lacks users is: nothing was taken away then.
package confine
