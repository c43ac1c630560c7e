// Package reconcile compares what the services have on record with what Temporal keeps the time of, and with what they have told each other, and
// brings them together again.
//
// The services are right: what is open there has a workflow that runs, what was never there has none, and every hearer knows what was
// told. A workflow that is missing is begun from the events on record, as an empty Temporal is told them, so that it asks for the duties as they
// stand, with their due times and verdicts; what is broken already is settled by its due time and told once, since the services know what was told.
//
// It may run at any time, beside everything else and beside another one. What is on its way looks for a moment as if it were missing; so
// everything is looked at twice, and only what was found both times counts.
package reconcile
