// Package metrics prints numbers in the Prometheus text format 0.0.4 and
// serves them over HTTP, from inside somebody else's event loop.
//
// Printing is a set of append-style helpers: Family for HELP and TYPE, Row for
// one sample, Histogram for durations. A Page is a whole scrape that renders
// itself in slices; NewPage makes one from a list of sections. What families
// exist and where their numbers live is for the caller to say.
//
// Serving is a Server whose every method returns at once. It owns no
// goroutine, reads no clock and touches only its own sockets. The loop that
// owns it watches these through a Poller, hands in readiness and the time, and
// calls Work while there is something to do; one call renders at most
// SliceBytes or sends at most sendBytes, so that whatever else the loop cares
// for waits for one such step and no longer.
//
// Promises: nothing is allocated once each slot has been used. At most Slots
// connections are held; further ones wait in the kernel. A page is whole, or
// the client can tell: it has a Content-Length or is chunked, and a transfer
// that breaks off is reset, never closed as if it were complete. While a page
// is on its way it takes 64 KiB, which the kernel gets back at the end.
//
// An address that connects more often than Options allow is reset before it is
// heard, loopback as any other. At most maxPeers addresses are remembered.
//
// HTTP is the small part that scrapers need: GET and HEAD of /metrics,
// HTTP/1.0 and 1.1, one request a connection. No TLS, no compression, no
// keep-alive, no Date. Requests are judged in this order:
//
//	syntax 400, 431, 505 · method 405 · token 401 · path 404
//
// so that without a token nothing but the method can be found out. Two
// Authorization fields in one request are a syntax error, since it cannot be
// known which of them a proxy in between believed.
package metrics
