// Package remedy owns what is given to customers: the remedies that are proposed for a complaint, each with the options that the
// customer may choose from, what was granted and offered of them, and the ledger of what that costs.
//
// propose.go reads as the list of what is refused, grant.go as what is granted and by whom. These hold at any time:
//
//   - A remedy belongs to the cycle of its complaint in which it was proposed; a complaint that has ended takes none until it is
//     reopened. What was not accepted ends with its cycle.
//   - What remedy goes by (facts.go) it was told by intake and routing. Of what is told late the newest counts.
//   - A revision is judged and approved for itself. Whoever grants holds its cost in the same transaction, behind the locks of complaint,
//     customer, agent's day and department's month, in this order. No entry of the ledger is ever changed, and the rows that are locked
//     are sums of entries.
//   - What somebody is entitled to counts for no cap (REM-3).
//   - An approval is of one revision, whose turn it is as the recorded times say, and nothing is approved by silence (approval.go, APPR-3). Nobody
//     decides on what they proposed or approved before (approve.go, APPR-2).
//   - An offer stands as its recorded times say, whenever anybody asks (CLK-1).
//   - Words for the customer are sealed with the customer's data key, and read only by those who handle complaints (API-4).
//     Kinds, reasons and amounts are plain, so that they can be summed.
//   - What is recorded and the events that tell of it are one transaction.
//
// The domain files use the generated enums, which are the project's vocabulary, and no generated messages but those of events.
package remedy
