// Package facts turns recorded events into metrics of the business, in this one place: what was received, what is owed, what
// was kept and what was broken.
//
// Counters and histograms come from events, as they are committed by this process: each event is counted by the replica
// that recorded it, so sums over replicas are right. Gauges are read from the databases when somebody asks, and rarely: all
// replicas of a service tell the same number, so take the maximum of them. Labels are words of the contract, names of
// logs and of subscribers; no metric holds an id or anything personal.
package facts
