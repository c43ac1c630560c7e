// Package eventlog is the append-only log that each service keeps of the facts
// it records, with all that hangs on it.
//
//   - Append writes an event in the transaction of the change it tells of, so
//     that there is never one without the other.
//   - Run delivers the events to the subscribers: at least once, in order per
//     subject, in parallel across subjects, woken by the commit. See relay.go.
//   - Accept is the other side: it lets a receiver notice that it has seen an
//     event already.
//   - Every event carries the hash of its subject's previous one, and Run signs
//     checkpoints of the whole log, so that a changed, removed or cut off event
//     is found by Verify (API-2). See hash.go, checkpoint.go and verify.go.
//   - Server offers all this to other services.
//
// # Order
//
// Events have a sequence, which orders the log, and a position, which orders
// the events of one subject without gaps. On SQLite the sequence is the order of
// commits. On PostgreSQL it is the order in which the numbers were taken, and a
// lower number may become visible after a higher one; whoever reads the log in
// order of sequence goes through a reader, which never passes a number
// that may still appear. See reader.go.
//
// # Reading and waking
//
// Relays and streams follow the end of the log through one feed (feed.go): it is
// told what this process commits (told.go); what others commit is read by whoever
// comes first, and the rest take what was read. A commit in this process rings the
// bell (bell.go): a follower takes its channel before it looks, and the feed says
// that there is more when it has rung since the last look, so that no ring is
// lost. A commit in another replica is cried to this one by PostgreSQL
// (herald.go); that may be lost, and the sweep bounds the delay.
package eventlog
