// Package suite builds the services of Redress and runs them together: the only package that imports several services. The
// standalone, the production binary and the end-to-end tests all start from here, so there is one code path.
//
// New opens what can fail (keys, databases, listeners) and starts nothing; Run serves until its context ends, then drains.
// Whatever is written once it was answered is safe: the databases are the services' own, and Temporal may be absent for any
// length of time while they go on accepting.
//
//   - keys.go: the secrets of an installation, made at the first start.
//   - build.go: databases and services.
//   - deliver.go: who hears whose events.
//   - worker.go: the Temporal worker, whenever Temporal can be reached.
//   - run.go: starting, and stopping in order.
package suite
