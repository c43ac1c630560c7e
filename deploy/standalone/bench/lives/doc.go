// Package lives measures what happens to complaints after they are on record: how many lives a second Redress gets through beside a
// bare Temporal workflow, how soon a burst is acknowledged, and how late breaches are noticed and told.
//
// It drives a standalone that runs in a process of its own, as a front end would: over gRPC, hearing by the event logs' streams what
// has become of its complaints. A life is filed → acknowledged and assigned → called back → resolved, each step begun when the one
// before was heard of. The bare workflow runs on the same kind of embedded server in the process that measures.
package lives
