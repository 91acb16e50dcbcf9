// Package intake is how bytes come in: datagrams on a Unix socket, a stream
// from a serial line. It turns them into frames that may be believed, or says
// in a small number why not.
//
// A source is opened once, with everything that can block or be refused, by
// whoever may wait. After that the loop owns it: receiving and judging make no
// call that can sleep, allocate nothing and read no clock. Every datagram and
// every byte ends in exactly one place: an accepted frame, or a count under
// one Reason, so that received = accepted + dropped at all times.
//
// What the kernel says of a sender is taken before what the sender says of
// itself, and a datagram is refused for the first rule it breaks. Whether a
// frame is new, late or too much is not known here: package watch remembers
// agents, its verdicts have their reasons in the same list.
//
// Not done here: nobody is logged to and nothing is counted; names, tokens and
// rates are unknown; a socket file that someone else removed is not made anew.
package intake
