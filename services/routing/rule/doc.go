// Package rule finds the department of a complaint by ordered rules, whose conditions are CEL (ROUTE-1).
//
// A set is compiled once and then never changes. Its conditions are typed by redress.routing.v1.RoutingFacts: what does not exist there,
// or is no true or false in the end, is a Problem with line and column, found when the set is saved. Evaluation has no side effects and
// a bounded cost. A condition that fails, on a complaint that its author did not think of, counts as false and is told: one bad rule must
// not keep a complaint from finding somebody.
package rule
