// Package suite builds the services of Redress and runs them together: the only package that imports several services. The
// standalone, the production binary and the end-to-end tests all start from here, so there is one code path: a process has all
// roles, or some, and reaches the others at their addresses.
//
// New opens what can fail (keys, databases, connections) and starts nothing; Run serves until its context ends, then drains.
// Whatever is written once it was answered is safe: the databases are the services' own, and Temporal may be absent for any
// length of time while they go on accepting.
//
//   - role.go, config.go: the parts, and every setting with its flag and variable.
//   - migrate.go: keys, tables and Temporal's namespace, for processes that share them.
//   - keys.go: the secrets of an installation.
//   - wait.go: starting in any order.
//   - build.go, database.go, peers.go: the services, their databases, and where the others are.
//   - deliver.go: who hears whose events.
//   - namespace.go: which Temporal hears them, and what happens when its data are lost.
//   - worker.go: the Temporal worker, whenever Temporal can be reached.
//   - memory.go: how often garbage is collected.
//   - admin.go: what operators read.
//   - run.go: starting, and stopping in order.
package suite
