// Package routing owns who handles a complaint: departments and agents, assignments, and escalations of broken duties.
//
// A complaint that routing has heard of is assigned once: the department by the first rule of the current set that matches, then the
// person with the least load in it who can do what the rule wants (ROUTE-1, ROUTE-2; docs/adr/0014-rules.md). It keeps its people when it is reopened, unless they have left. These hold at any time:
//
//   - An agent's load is the number of open complaints assigned to that agent, changed in the transaction that assigns, ends
//     or reopens one; concurrent assignments to a department are made one after the other.
//   - A duty has at most one escalation. It tells a higher level with every notice that nobody acknowledged in time, and the top level
//     again after that; nothing an agent does stops the climb of a callback, only its fulfilment does (ROUTE-4, CALL-2).
//   - Unassigned complaints escalate too: to the supervisor of the department's queue.
//   - A hand-off changes nothing before it is accepted; then it changes the assignment in the same transaction. So exactly one is in
//     charge at any time (ROUTE-3). Whether it was answered in time is decided by what is recorded, not by who has heard of it.
//   - Who is named for a turn of an approval stays named for it, and is told in the transaction that names them (approver.go, APPR-3).
//   - What other services tell comes before the ladder, or to somebody, by one table (heard.go), once for each fact.
//   - What happened and the event that tells of it are one transaction.
//
// Departments, teams and agents are the directory, which this service owns (docs/adr/0013-the-directory.md): the policy's are only what a new
// installation begins with. Each change of it makes a new version, under one lock, with an event for each resource. What is decided is
// decided by the version that the deciding transaction has read. Somebody who leaves stays on record after having had a complaint;
// what is open goes back to the queue in the same transaction, so that nobody who has left is in charge of anything.
package routing
