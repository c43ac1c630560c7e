// Package routing owns who handles a complaint: departments and agents, assignments, and escalations of broken duties.
//
// A complaint that routing has heard of is assigned once: the department by a rule of the policy, then the person with the
// least load in it (ROUTE-1, ROUTE-2). It keeps its people when it is reopened. These hold at any time:
//
//   - An agent's load is the number of open complaints assigned to that agent, changed in the transaction that assigns, ends
//     or reopens one; concurrent assignments to a department are made one after the other.
//   - A duty has at most one escalation. It tells a higher level with every notice, and the top level again after that;
//     nothing an agent does stops the climb, only the duty's fulfilment does (ROUTE-4, CALL-2).
//   - Unassigned complaints escalate too: to the supervisor of the department's queue.
//   - What happened and the event that tells of it are one transaction.
//
// Departments and agents are the policy's directory. Those that leave it stay on record, inactive.
package routing
