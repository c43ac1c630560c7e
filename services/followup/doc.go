// Package followup owns what is owed to customers: duties with their due times
// and verdicts, callbacks with their attempts, and the messages that were sent.
//
// Five duties are opened by a complaint's arrival, and again by each reopening:
// acknowledge, contact, first response, callback, resolution. The arrival of one
// that a regulator or platform forwarded opens a sixth: the authority's reply,
// which nothing but that reply ends (REC-1, REC-6). A duty is OPEN, then KEPT or
// RELEASED, and never opens again. These hold at any time:
//
//   - A verdict is decided by recorded times and by nothing else. In which order
//     facts, timers and questions arrive makes no difference to it (CLK-1).
//   - A broken duty stays owed, and stays broken on record however it ends,
//     unless a fact that was recorded in time arrives late and overturns it
//     (CALL-2, CLK-1).
//   - A due time never moves to a later time (CLK-4). It moves to an earlier one
//     when the severity rises: then what is owed is due by the earlier of its due
//     time and of what the new severity gives from that moment (RISK-5). A
//     severity that a person lowers moves nothing: what was promised stays owed.
//   - What happened and the event that tells of it are one transaction.
//
// Which fact meets which duty is one table, in duty.go. The callback of a cycle
// is the duty "<cycle>-callback" seen with its attempts; it has no record of
// its own that could differ from the duty's.
//
// The domain files use the generated enums, which are the project's vocabulary,
// and no generated messages.
package followup
