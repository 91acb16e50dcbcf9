// Package tree holds the source to the house rules: imports point one way, as
// docs/architecture.md says; files and functions stay small; packages that
// would make the binary heavy stay out of it; nothing is left for later; no
// test sleeps. There is nothing to import here, only tests.
package tree
