// Package e2e holds the end-to-end tests: the programs as users start them, driven over REST, gRPC and Temporal's own interface,
// with the demo policy, which has the same rules in seconds.
//
// There are two shapes. `make test` tells each story to a standalone of its own, with SQLite. Where PostgreSQL is tested TestRoles
// tells all stories that need no more than REST, gRPC and Temporal to one installation of six roles, twice each, in processes of
// their own; they are told at the same time. `make test-postgres` tells them only there. In the shape of the standalone alone stay:
//
//   - TestRecordedTimeDecides and the scenario services_late of TestHistoriesReplay hold deliveries back from within the process;
//   - TestDatedBackTooFar is about the built-in policy's hours, and an installation has one policy;
//   - TestDemo and its neighbours: the demonstration is told to a standalone, which has all services at one address;
//   - TestSecondStartCarriesOn, TestTemporalLosesItsData, TestImportSurvivesKills and the crash tests stop, kill or rob what others
//     would be using; TestRoles ends with restarts and kills of its own.
package e2e
