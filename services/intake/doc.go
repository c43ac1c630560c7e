// Package intake owns what was said: complaints, messages, and the personal data
// in them.
//
// A complaint is on record when CreateComplaint answers: customer, complaint and
// the event complaint_received are committed together. From there it goes
//
//	RECEIVED ──assigned──▶ ACTIVE ──:resolve──▶ RESOLVING ──confirmed──▶ RESOLVED ──:close──▶ CLOSED
//	                         ▲                      │
//	                         └──────refused─────────┘
//
// with :resolve from RECEIVED too, :withdraw from all that is open to CLOSED,
// :close as no complaint from RECEIVED and ACTIVE to CLOSED, and :reopen from
// RESOLVED and CLOSED to ACTIVE in the next cycle. These rules are complaint.go,
// and nothing else changes a state.
//
// What holds always:
//   - Every change is one transaction with the event that tells of it, and, when
//     the caller sent an idempotency key, with that key (API-1).
//   - The version, which callers see as the etag, grows with every change.
//   - No edit touches a state or a clock; only reopening begins new clocks (CLK-4).
//   - What identifies a customer is stored sealed with the customer's own data
//     key and nowhere else: personal.go says what that is (API-4). Where the key
//     was destroyed, complaints remain, with empty texts.
//   - Complaints that share a telephone number, an e-mail address or the firm's
//     number for the customer belong to one customer (customer.go).
//
// Complaints of one matter are merged or linked (merge.go, link.go). What they are
// found and compared by is an index that follows the log of events (indexing.go):
// it keeps no words, filing does not wait for it, and it can be made again.
//
// The store's interface is store.go; sqlstore implements it, and storetest is
// what every implementation must pass.
package intake
