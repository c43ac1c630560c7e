// Package approval holds the workflow that keeps the time of one approval: of one version of a proposal that somebody above the proposer's
// authority has to decide on (APPR-3).
//
// The workflow decides nothing. Remedy has the approval, its steps and deadlines on record from the first moment, and says how it stands;
// routing knows who decides at a level, and tells them. The workflow knows when to ask them: it has somebody named, has them reminded at
// half time, and at the due time asks remedy, which moves up what nobody decided. Nothing is approved by silence: the last level is asked
// again and again. A service that is down delays what only that service can do; it never stops the deadline.
package approval
