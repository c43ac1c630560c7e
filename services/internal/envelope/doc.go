// Package envelope keeps what workflows are told unreadable in Temporal's database (API-4).
//
// Inputs, results, signals, failures, memos, summaries and details are payloads. A Codec seals each of them whole, by Tink's AES-256-GCM, with
// the primary key of a file of its own, temporal.key, and says with which one in the payload's metadata: so keys can rotate, and what was sealed
// with an older key of the file is read as before. Payloads that were never sealed are read, too, so that an installation can begin at any time,
// with workflows under way.
//
// Not sealed is what Temporal itself needs to read: the names of workflows, activities and signals, workflow ids, search attributes, and the trace
// context in the headers. None of them holds personal data.
package envelope
