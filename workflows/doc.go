// Package workflows is the root of the module that keeps time: durable workflows, the activities by which they
// reach the services, and the dispatcher that brings them the services' events.
//
//	events ──▶ dispatch ──starts, signals──▶ complaint (workflow) ──activities──▶ gRPC services
//
// Everything runs on one task queue, "redress" (complaint.TaskQueue). The module imports gen, the Temporal SDK and
// gRPC, nothing else, so an activity reaches a service through its contract or not at all. Services record facts and
// decide verdicts; workflows only know when to ask. No personal data enters a workflow: inputs, signals, results,
// failures, summaries, details and search attributes hold names, ids and times.
//
// Workflow code runs again from its history after every restart, so it must do the same again:
//
//   - time is workflow.Now; a deadline is an absolute time, what remains of it is computed at each wake-up
//   - coroutines are workflow.Go, channels workflow.Channel, choices workflow.Selector; no go, chan, select or sync
//   - no random numbers, no ids made up, no environment, no files, no network: these belong into activities
//   - no ranging over maps; order comes from slices
//   - package-level variables are never written
//   - logging is workflow.GetLogger, which keeps quiet in replay
//   - long waits are a timer under a cancellable context in a Selector; AwaitWithTimeout leaves its timer behind
//   - calendars and policies change between releases, so a service does that arithmetic
//   - a change of what a workflow does, in which order, is wrapped in workflow.GetVersion: the version's name says what
//     changed, the old branch stays until no history needs it, and a history of before is added to testdata
//   - workflowcheck finds most slips, the replay of recorded histories (testdata/histories) finds the rest
package workflows
