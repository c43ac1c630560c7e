// Package followup holds the workflow that keeps the time of the series that follows a resolution (FUP-1…3).
//
// The workflow decides nothing. Followup has each contact, its times and its duty on record from the first moment, and says how it stands and
// what is to be done; intake has the customer's address, routing knows people and the ladder. The workflow knows when to ask them. Each contact
// is a coroutine: it has the customer asked, the owner warned, what is missed brought before the ladder, and it waits for as long as followup
// says. A service that is down delays what only that service can do; it never stops a clock.
package followup
